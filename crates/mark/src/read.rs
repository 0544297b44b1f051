//! Reading: which variant of each of the owner's sites a suspect has.
//!
//! Suspect text is only lexed, never parsed, so fragments, minified bundles and broken text work. Per group of languages: align,
//! learn how names were changed, rename the suspect back, align again, and read each site by synthesis: the canonical site with
//! eight coarse tokens on each side is spelled both ways, and the spelling closer to the suspect's window wins.
//!
//! INVARIANT: blind. Only canonical text and its site table come in; a marked copy or a recipient is never seen.
//! INVARIANT: deterministic. Refuses to guess: a tie, a missing neighbour or a thin margin is erased.
//! Bounds: see `MAX_SUSPECT_BYTES`, `MAX_FILE_BYTES`, `MAX_SUSPECT_FILES`; what was cut or left out is in the report.

mod names;
mod site;

use std::ops::Range;

use ringfence_syntax::Language;

use crate::align::{Interner, Mapping, NONE, Stream, align, usize_of};
use crate::model::{Family, SiteTable, Variant};
use names::Names;

/// Most bytes of suspect text in one reading.
pub const MAX_SUSPECT_BYTES: usize = 32 << 20;
/// Most bytes of one suspect file: a bundle of one line counts as one.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// Most suspect files in one reading.
pub const MAX_SUSPECT_FILES: usize = 20_000;
/// Most bytes of canonical text in one reader: preselect with the similarity index.
pub const MAX_CANONICAL_BYTES: usize = 64 << 20;

/// Share of aligned names that must be unchanged for the dictionary not to be needed.
const NAMES_KEPT: f64 = 0.9;

/// What a reader refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The table was not made from this text.
    #[error("site table of {name} is for {expected} bytes, the text has {length}")]
    TableMismatch {
        /// File.
        name: String,
        /// Length the table says.
        expected: u32,
        /// Length of the text.
        length: usize,
    },
    /// A site lies outside the text, or its alternative does.
    #[error("site {site} of {name} lies outside its text")]
    SiteOutside {
        /// File.
        name: String,
        /// Index in the table.
        site: usize,
    },
    /// Too much owned text for one reader.
    #[error("{bytes} bytes of canonical text, at most {limit} fit one reader; preselect files by similarity")]
    TooMuchCanonicalText {
        /// Bytes given.
        bytes: usize,
        /// `MAX_CANONICAL_BYTES`.
        limit: usize,
    },
}

/// One of the owner's files as it was marked.
#[derive(Clone, Debug)]
pub struct CanonicalFile {
    /// Name for reports.
    pub name: String,
    /// Language of the text.
    pub language: Language,
    /// The canonical text.
    pub text: Vec<u8>,
    /// Its sites.
    pub table: SiteTable,
}

/// A piece of suspect text.
#[derive(Clone, Debug)]
pub struct SuspectFile {
    /// Name for reports.
    pub name: String,
    /// Language, when its name says; else it is tried as every language that is owned.
    pub language: Option<Language>,
    /// The text: a file, a fragment, a bundle.
    pub text: Vec<u8>,
}

/// What was read at one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteRead {
    /// Index of the canonical file.
    pub file: usize,
    /// Index of the site in the file's table.
    pub site: usize,
    /// The variant; `None` is erased.
    pub value: Option<Variant>,
}

/// How much of a canonical file was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileCoverage {
    /// Index of the canonical file.
    pub file: usize,
    /// Its tokens that take part in alignment.
    pub tokens: usize,
    /// Those with a partner in the suspect.
    pub aligned: usize,
    /// The suspect file that has most of the partners.
    pub suspect: Option<usize>,
}

/// Suspect text that was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Index of the suspect file.
    pub suspect: usize,
    /// Bytes that were read, from the start.
    pub read: usize,
    /// Bytes it has.
    pub length: usize,
}

/// The result of one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadReport {
    /// One per site of every canonical file, in order.
    pub reads: Vec<SiteRead>,
    /// One per canonical file, in order.
    pub coverage: Vec<FileCoverage>,
    /// Files that a limit cut or left out.
    pub cuts: Vec<Cut>,
    /// Names that were recognised under another name.
    pub renamed: usize,
}

/// The owner's side of readings: canonical files with their sites, lexed once.
pub struct Reader {
    files: Vec<CanonicalFile>,
    groups: Vec<Group>,
}

/// Languages whose text can turn into each other's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kin {
    Script,
    Single(Language),
}

fn kin(language: Language) -> Kin {
    match language {
        Language::JavaScript | Language::TypeScript | Language::Tsx => Kin::Script,
        other => Kin::Single(other),
    }
}

struct Group {
    kin: Kin,
    /// Tries a suspect of unknown language as this.
    language: Language,
    /// Canonical files, by index.
    files: Vec<usize>,
    interner: Interner,
    stream: Stream,
    mask: Vec<bool>,
    sites: Vec<site::Location>,
}

impl Reader {
    /// Lexes the canonical files and locates their sites.
    ///
    /// # Errors
    /// When a table does not fit its text, or the text is too much for one reader.
    pub fn new(files: Vec<CanonicalFile>) -> Result<Self, ReadError> {
        let bytes = files
            .iter()
            .map(|file| file.text.len())
            .fold(0, usize::saturating_add);
        if bytes > MAX_CANONICAL_BYTES {
            return Err(ReadError::TooMuchCanonicalText {
                bytes,
                limit: MAX_CANONICAL_BYTES,
            });
        }
        files.iter().try_for_each(check)?;
        let mut groups: Vec<Group> = Vec::new();
        for (index, file) in files.iter().enumerate() {
            match groups.iter_mut().find(|group| group.kin == kin(file.language)) {
                Some(group) => group.files.push(index),
                None => groups.push(Group {
                    kin: kin(file.language),
                    language: file.language,
                    files: vec![index],
                    interner: Interner::default(),
                    stream: Stream::default(),
                    mask: Vec::new(),
                    sites: Vec::new(),
                }),
            }
        }
        for group in &mut groups {
            let members: Vec<&CanonicalFile> =
                group.files.iter().filter_map(|file| files.get(*file)).collect();
            let texts = members.iter().map(|file| (file.language, file.text.as_slice()));
            group.stream = Stream::new(texts, &mut group.interner, None);
            group.sites = site::locate(&members, &group.stream);
            group.mask = vec![false; group.stream.len()];
            for location in &group.sites {
                let family = members
                    .get(location.member)
                    .and_then(|file| file.table.sites.get(location.site))
                    .map(|site| site.family);
                if family.is_some_and(never_seeds)
                    && let Some(tokens) = group.mask.get_mut(location.coarse.clone())
                {
                    tokens.fill(true);
                }
            }
        }
        Ok(Self { files, groups })
    }

    /// Reads every site against a suspect.
    #[must_use]
    pub fn read(&self, suspects: &[SuspectFile]) -> ReadReport {
        self.read_by(suspects, |shares, read| shares.iter().map(read).collect())
    }

    /// Reads every site against a suspect; `by` applies the function to every share, in whatever order and on however many cores, and
    /// returns the results in the shares' order. What one site is compared with never hangs on another site.
    #[must_use]
    pub fn read_by(
        &self,
        suspects: &[SuspectFile],
        by: impl Fn(
            &[Range<usize>],
            &(dyn Fn(&Range<usize>) -> Vec<Option<Variant>> + Sync),
        ) -> Vec<Vec<Option<Variant>>>,
    ) -> ReadReport {
        let (lengths, cuts) = bounded(suspects);
        let mut report = ReadReport {
            cuts,
            ..ReadReport::default()
        };
        let mut values: Vec<Vec<Option<Variant>>> = self
            .files
            .iter()
            .map(|file| vec![None; file.table.sites.len()])
            .collect();
        let mut coverage: Vec<FileCoverage> = (0..self.files.len())
            .map(|file| FileCoverage {
                file,
                tokens: 0,
                aligned: 0,
                suspect: None,
            })
            .collect();
        for group in &self.groups {
            let chosen: Vec<usize> = (0..suspects.len())
                .filter(|index| {
                    let language = suspects.get(*index).and_then(|suspect| suspect.language);
                    language.is_none_or(|language| kin(language) == group.kin)
                        && lengths.get(*index).is_some_and(|length| *length > 0)
                })
                .collect();
            let texts = chosen.iter().filter_map(|index| {
                let suspect = suspects.get(*index)?;
                let text = suspect.text.get(..*lengths.get(*index)?)?;
                Some((suspect.language.unwrap_or(group.language), text))
            });
            let mut interner = Interner::default();
            let mut stream = Stream::new(texts, &mut interner, Some(&group.interner));
            let mut mapping = align(&group.stream, &stream, &group.mask);
            if Names::learn(group, &stream, &mapping).kept() < NAMES_KEPT {
                report.renamed += names::rename_back(group, &mut stream, &mapping);
                mapping = align(&group.stream, &stream, &group.mask);
            }
            group.cover(&stream, &mapping, &chosen, &mut coverage);
            let names = Names::learn(group, &stream, &mapping);
            let members: Vec<&CanonicalFile> = group
                .files
                .iter()
                .filter_map(|file| self.files.get(*file))
                .collect();
            let read = |share: &Range<usize>| {
                let mut reading = site::Reading::new(group, &members, &stream, &mapping, &names, &interner);
                let sites = group.sites.get(share.clone()).unwrap_or_default();
                sites.iter().map(|location| reading.read(location)).collect()
            };
            let values_of_shares = by(&shares(group.sites.len()), &read);
            for (location, value) in group.sites.iter().zip(values_of_shares.into_iter().flatten()) {
                let file = group
                    .files
                    .get(location.member)
                    .and_then(|file| values.get_mut(*file));
                if let Some(slot) = file.and_then(|values| values.get_mut(location.site)) {
                    *slot = value;
                }
            }
        }
        for (file, values) in values.into_iter().enumerate() {
            let reads = values
                .into_iter()
                .enumerate()
                .map(|(site, value)| SiteRead { file, site, value });
            report.reads.extend(reads);
        }
        report.coverage = coverage;
        report
    }

    /// Returns the canonical files, in the order of the report's indexes.
    #[must_use]
    pub fn files(&self) -> &[CanonicalFile] {
        &self.files
    }
}

impl Group {
    fn cover(&self, suspect: &Stream, mapping: &Mapping, chosen: &[usize], coverage: &mut [FileCoverage]) {
        for (member, range) in self.stream.coarse_starts.windows(2).enumerate() {
            let &[start, end] = range else { continue };
            let partners: Vec<u32> = mapping.forward.get(start..end).unwrap_or_default().to_vec();
            let aligned: Vec<u32> = partners
                .iter()
                .copied()
                .filter(|partner| *partner != NONE)
                .collect();
            let mut by_file: Vec<u32> = aligned
                .iter()
                .filter_map(|partner| suspect.file.get(usize_of(*partner)).copied())
                .collect();
            by_file.sort_unstable();
            // The first of the longest, so that equal shares have one answer.
            let best = by_file
                .chunk_by(|one, other| one == other)
                .rev()
                .max_by_key(|files| files.len());
            let slot = self.files.get(member).and_then(|file| coverage.get_mut(*file));
            if let Some(slot) = slot {
                slot.tokens = partners.len().saturating_sub(1);
                slot.aligned = aligned.len();
                slot.suspect = best
                    .and_then(|files| files.first())
                    .and_then(|file| chosen.get(usize_of(*file)).copied());
            }
        }
    }
}

/// Sites that are read one after the other.
const SITES_A_SHARE: usize = 256;

fn shares(sites: usize) -> Vec<Range<usize>> {
    (0..sites)
        .step_by(SITES_A_SHARE)
        .map(|start| start..start.saturating_add(SITES_A_SHARE).min(sites))
        .collect()
}

/// Families whose spellings differ in coarse tokens within a few tokens.
const fn never_seeds(family: Family) -> bool {
    matches!(
        family,
        Family::ListOrder
            | Family::Comparison
            | Family::Idiom
            | Family::SelfType
            | Family::Increment
            | Family::QualifierOrder
            | Family::Conditional
            | Family::StatementOrder
            | Family::BareReturn
            | Family::CompoundAssignment
            | Family::SelfQualifier
            | Family::Modifier
            | Family::ImportGroup
    )
}

fn check(file: &CanonicalFile) -> Result<(), ReadError> {
    let length = file.text.len();
    if usize_of(file.table.text_length) != length {
        return Err(ReadError::TableMismatch {
            name: file.name.clone(),
            expected: file.table.text_length,
            length,
        });
    }
    for (index, site) in file.table.sites.iter().enumerate() {
        let inside = |start: u32, end: u32| start <= end && usize_of(end) <= length;
        let pieces = site.alternative.iter().all(|piece| match piece {
            crate::model::Piece::Source { start, end } => inside(*start, *end),
            crate::model::Piece::Text(_) => true,
        });
        if !inside(site.start, site.end) || !pieces {
            return Err(ReadError::SiteOutside {
                name: file.name.clone(),
                site: index,
            });
        }
    }
    Ok(())
}

/// Bytes of each suspect that are read, and what is cut.
fn bounded(suspects: &[SuspectFile]) -> (Vec<usize>, Vec<Cut>) {
    let (mut left, mut lengths, mut cuts) = (MAX_SUSPECT_BYTES, Vec::new(), Vec::new());
    for (index, suspect) in suspects.iter().enumerate() {
        let length = suspect.text.len();
        let read = if index < MAX_SUSPECT_FILES {
            length.min(MAX_FILE_BYTES).min(left)
        } else {
            0
        };
        left -= read;
        lengths.push(read);
        if read < length {
            cuts.push(Cut {
                suspect: index,
                read,
                length,
            });
        }
    }
    (lengths, cuts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codeword::AnchorKey;
    use crate::model::Profile;

    #[test]
    fn it_does_not_matter_which_sites_are_read_together() {
        let texts = [include_str!("read.rs"), include_str!("align.rs")];
        let files = texts.map(|text| CanonicalFile {
            name: "file.rs".to_owned(),
            language: Language::Rust,
            text: text.into(),
            table: crate::site_table(
                Language::Rust,
                Profile::Robust,
                text.as_bytes(),
                &AnchorKey([3; 32]),
            )
            .unwrap(),
        });
        // Marked at every second site, with other names, so that spellings hold texts that neither side has.
        let suspects = files.clone().map(|file| SuspectFile {
            name: "suspect".to_owned(),
            language: Some(Language::Rust),
            text: String::from_utf8(
                crate::render(&file.table, &file.text, &|site| {
                    if site.start % 2 == 0 {
                        Variant::Zero
                    } else {
                        Variant::One
                    }
                })
                .unwrap(),
            )
            .unwrap()
            .replace("suspect", "nimble")
            .replace("group", "heap")
            .into_bytes(),
        });
        let reader = Reader::new(files.to_vec()).unwrap();
        let alone = reader.read(&suspects);
        assert!(alone.reads.iter().filter(|read| read.value.is_some()).count() > 60);
        for most in [1, 7, 64] {
            // Cut further, and the last part first.
            let cut = reader.read_by(&suspects, |shares, read| {
                let parts = |share: &Range<usize>| {
                    let end = share.end;
                    let starts = share.clone().step_by(most);
                    starts
                        .map(move |start| start..end.min(start + most))
                        .collect::<Vec<_>>()
                };
                let last_first = |share: &Range<usize>| {
                    let mut done: Vec<_> = parts(share).iter().rev().map(read).collect();
                    done.reverse();
                    done.concat()
                };
                shares.iter().map(last_first).collect()
            });
            assert_eq!(alone, cut, "{most} sites together");
        }
    }
}
