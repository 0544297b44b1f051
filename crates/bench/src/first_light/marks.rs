//! Finding, gating and rendering marks against bare parses and plain copies, in CPU time of one thread.

use super::Subjects;
use crate::corpus::{SourceFile, sample};
use crate::measure::{cpu, in_turns, median, megabytes};
use crate::row::{Goal, Peer, Row};
use anyhow::{Context, Result, ensure};
use ringfence_mark::codeword::{AnchorKey, CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::model::{Profile, Site, SiteTable, Variant};
use ringfence_mark::{render, site_table};
use ringfence_syntax::Language;
use std::hint::black_box;
use std::time::Duration;
use tree_sitter::Parser;

const FINDING: &str = "finding sites and gates";
const ALL: &str = "all languages";
const RENDERING: &str = "rendering one more recipient from the stored table";
const COPYING: &str = "rendering with table and codeword in memory";

/// Text measured of each language: enough to be steady, little enough for a coffee.
const MOST_BYTES: usize = 2_500_000;
const ROUNDS: u32 = 5;

const ANCHOR: AnchorKey = AnchorKey([7; 32]);
const CODE: CodeKey = CodeKey([8; 32]);
const RECIPIENT: RecipientKey = RecipientKey([9; 32]);

pub fn names() -> Vec<String> {
    let languages = Language::ALL.iter().map(|language| finding(language.name()));
    languages
        .chain([finding(ALL), RENDERING.to_owned(), COPYING.to_owned()])
        .collect()
}

fn finding(what: &str) -> String {
    format!("{FINDING}, {what}")
}

/// A text that has sites, with its table as it is stored.
struct Marked {
    language: Language,
    text: Vec<u8>,
    stored: Vec<u8>,
    table: SiteTable,
}

pub fn measure(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let all = subjects.wants(&finding(ALL)) || subjects.wants(RENDERING) || subjects.wants(COPYING);
    let mut marked = Vec::new();
    for language in Language::ALL
        .into_iter()
        .filter(|language| all || subjects.wants(&finding(language.name())))
    {
        let files: Vec<SourceFile> = subjects
            .files()?
            .iter()
            .filter(|file| file.language == language)
            .cloned()
            .collect();
        let bytes: usize = files.iter().map(|file| file.text.len()).sum();
        let count = files.len().saturating_mul(MOST_BYTES) / bytes.max(MOST_BYTES);
        let found = tables(&sample(&files, count))?;
        if found.is_empty() {
            eprintln!("bench: the corpus has no {} with sites; no row", language.name());
        }
        marked.extend(found);
    }
    find_all(subjects, &marked, give)?;
    if subjects.wants(RENDERING) {
        let (ours, peer) = in_turns(ROUNDS, || draw(&marked), || copy(&marked))?;
        give(rendering_row(
            RENDERING,
            &marked,
            &ours,
            &peer,
            Some(Goal::ValueAtLeast(50.0)),
        ));
    }
    if subjects.wants(COPYING) {
        let bits = codewords(&marked);
        let (ours, peer) = in_turns(ROUNDS, || spell(&marked, &bits), || copy(&marked))?;
        give(rendering_row(COPYING, &marked, &ours, &peer, None));
    }
    Ok(())
}

fn find_all(subjects: &Subjects, marked: &[Marked], give: &mut dyn FnMut(Row)) -> Result<()> {
    let together = subjects.wants(&finding(ALL));
    let (mut all_finding, mut all_parsing, mut all_bytes) = (0.0, 0.0, 0);
    for language in Language::ALL
        .into_iter()
        .filter(|language| together || subjects.wants(&finding(language.name())))
    {
        let files: Vec<&Marked> = marked.iter().filter(|file| file.language == language).collect();
        if files.is_empty() {
            continue;
        }
        let (ours, peer) = in_turns(ROUNDS, || find(&files), || parse(language, &files))?;
        let (ours, peer) = (median(&ours), median(&peer));
        let bytes = files.iter().map(|file| file.text.len()).sum();
        give(finding_row(language.name(), bytes, ours, peer));
        all_finding += ours;
        all_parsing += peer;
        all_bytes += bytes;
    }
    if together {
        give(finding_row(ALL, all_bytes, all_finding, all_parsing));
    }
    Ok(())
}

fn finding_row(what: &str, bytes: usize, ours: f64, peer: f64) -> Row {
    Row {
        name: finding(what),
        value: megabytes(bytes) / ours,
        unit: "MB/s CPU",
        peer: Some(Peer {
            name: "bare tree-sitter parse".to_owned(),
            value: megabytes(bytes) / peer,
        }),
        goal: Some(Goal::RatioAtLeast(0.3)),
    }
}

fn rendering_row(
    name: &str,
    marked: &[Marked],
    ours: &[Duration],
    peer: &[Duration],
    goal: Option<Goal>,
) -> Row {
    let size = megabytes(marked.iter().map(|file| file.text.len()).sum());
    Row {
        name: name.to_owned(),
        value: size / median(ours),
        unit: "MB/s CPU",
        peer: Some(Peer {
            name: "memcpy".to_owned(),
            value: size / median(peer),
        }),
        goal,
    }
}

/// Texts without any site are left out on both sides: most are refused before a parse and would flatter us.
fn tables(files: &[SourceFile]) -> Result<Vec<Marked>> {
    let mut marked = Vec::new();
    for file in files {
        let table = site_table(file.language, Profile::Robust, &file.text, &ANCHOR)
            .with_context(|| file.path.clone())?;
        if !table.sites.is_empty() {
            let stored = table.encode().with_context(|| file.path.clone())?;
            marked.push(Marked {
                language: file.language,
                text: file.text.clone(),
                stored,
                table,
            });
        }
    }
    Ok(marked)
}

fn find(files: &[&Marked]) -> Result<Duration> {
    let ((), time) = cpu(|| {
        for file in files {
            let table = site_table(file.language, Profile::Robust, &file.text, &ANCHOR)?;
            ensure!(
                table == file.table,
                "a second table of the same text is another one"
            );
        }
        Ok(())
    })?;
    Ok(time)
}

/// The peer of finding: tree-sitter alone, a parser used again, nothing done with the tree.
pub fn parse_all<'a>(files: impl Iterator<Item = (Language, &'a [u8])>) -> Result<()> {
    let mut parsers: Vec<(Language, Parser)> = Vec::new();
    for (language, text) in files {
        let at = match parsers.iter().position(|(known, _)| *known == language) {
            Some(at) => at,
            None => {
                let mut parser = Parser::new();
                parser
                    .set_language(&grammar(language))
                    .context("a grammar does not load")?;
                parsers.push((language, parser));
                parsers.len().saturating_sub(1)
            }
        };
        let (_, parser) = parsers.get_mut(at).context("a parser is missing")?;
        black_box(parser.parse(text, None).context("a text could not be parsed")?);
    }
    Ok(())
}

fn parse(language: Language, files: &[&Marked]) -> Result<Duration> {
    let ((), time) = cpu(|| parse_all(files.iter().map(|file| (language, file.text.as_slice()))))?;
    Ok(time)
}

fn grammar(language: Language) -> tree_sitter::Language {
    match language {
        Language::Rust => tree_sitter_rust::LANGUAGE,
        Language::Python => tree_sitter_python::LANGUAGE,
        Language::JavaScript => tree_sitter_javascript::LANGUAGE,
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
        Language::Java => tree_sitter_java::LANGUAGE,
        Language::Go => tree_sitter_go::LANGUAGE,
        Language::C => tree_sitter_c::LANGUAGE,
        Language::Cpp => tree_sitter_cpp::LANGUAGE,
        Language::CSharp => tree_sitter_c_sharp::LANGUAGE,
    }
    .into()
}

/// All that one more recipient costs: decoding the stored table, drawing the codeword, writing the copy.
fn draw(marked: &[Marked]) -> Result<Duration> {
    let ((), time) = cpu(|| {
        for file in marked {
            let table = SiteTable::decode(&file.stored)?;
            black_box(render(&table, &file.text, &|site: &Site| {
                codeword_bit(&RECIPIENT, &CODE, site.id)
            })?);
        }
        Ok(())
    })?;
    Ok(time)
}

/// The codewords of all files, by the first bytes of the sites' ids.
fn codewords(marked: &[Marked]) -> Vec<std::collections::HashMap<[u8; 16], Variant>> {
    let bits = |file: &Marked| {
        file.table
            .sites
            .iter()
            .map(|site| (site.id.0, codeword_bit(&RECIPIENT, &CODE, site.id)))
            .collect()
    };
    marked.iter().map(bits).collect()
}

fn spell(marked: &[Marked], bits: &[std::collections::HashMap<[u8; 16], Variant>]) -> Result<Duration> {
    let ((), time) = cpu(|| {
        for (file, bits) in marked.iter().zip(bits) {
            let choose = |site: &Site| bits.get(&site.id.0).copied().unwrap_or(site.canonical);
            black_box(render(&file.table, &file.text, &choose)?);
        }
        Ok(())
    })?;
    Ok(time)
}

fn copy(marked: &[Marked]) -> Result<Duration> {
    let ((), time) = cpu(|| {
        for file in marked {
            black_box(file.text.clone());
        }
        Ok(())
    })?;
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_parses_as_its_peer() {
        let texts = [
            (Language::Rust, "fn a() {}"),
            (Language::Python, "a = 1\n"),
            (Language::JavaScript, "a();"),
            (Language::TypeScript, "let a: number;"),
            (Language::Tsx, "<a/>;"),
            (Language::Java, "class A {}"),
            (Language::Go, "package a\n"),
            (Language::C, "int a;"),
            (Language::Cpp, "namespace a { class B {}; }"),
            (Language::CSharp, "class A {}"),
        ];
        assert_eq!(texts.len(), Language::ALL.len());
        parse_all(texts.iter().map(|(language, text)| (*language, text.as_bytes()))).unwrap();
    }

    #[test]
    fn both_renderings_give_the_same_copy() {
        let text = b"def f(a, b):\n    if not a:\n        return (1)\n    else:\n        return 2\n\n\ndef g(a):\n    # Says no.\n    return a\n".to_vec();
        let files = [SourceFile {
            path: "a.py".to_owned(),
            language: Language::Python,
            text,
        }];
        let marked = tables(&files).unwrap();
        let file = &marked[0];
        let bits = codewords(&marked);
        let drawn = render(&SiteTable::decode(&file.stored).unwrap(), &file.text, &|site| {
            codeword_bit(&RECIPIENT, &CODE, site.id)
        });
        let spelled = render(&file.table, &file.text, &|site| bits[0][&site.id.0]);
        assert_eq!(drawn.unwrap(), spelled.unwrap());
        spell(&marked, &bits).unwrap();
        draw(&marked).unwrap();
    }
}
