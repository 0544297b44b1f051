//! Real edits: hunks between two published versions of the same package, made by a vendor on his marked copy.
//!
//! Prints the shares of exact, flagged, conflicting and silently different results. The pairs of versions are pinned
//! (`cargo xtask corpus`); further ones: `RINGFENCE_VERSIONS=FOLDER` with one folder `name-version` for each version.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringfence_mark::model::Profile;
use ringfence_syntax::Language;
use ringfence_view::translate::{ConflictReason, Flag, Outcome, pins_of, three_way, three_way_with};

use crate::laws::difference;
use crate::real;
use crate::subject::{Subject, codeword};

/// One edit of one file.
struct Edit {
    name: String,
    language: Language,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Most edits of one hunk taken from one file.
const HUNKS: usize = 6;

/// Most files taken of one package.
const FILES: usize = 12;

/// Pinned pairs of versions: folders of the corpus, and the folder of the sources inside both.
const PAIRS: &[(&str, &str, &str)] = &[
    ("clap-builder-4.6.0", "clap-builder-4.6.7", "src"),
    ("click-8.1.7", "click", "src/click"),
    ("express-4.18.2", "express", "lib"),
    ("rxjs-7.5.0", "rxjs-7.8.1", "src/internal"),
];

/// Fewest edits that the pinned pairs give, and in how many languages.
const FEWEST: (usize, usize) = (150, 4);

/// Folders of the older and the newer version, the pinned ones first.
fn pairs() -> Vec<(PathBuf, PathBuf)> {
    let corpus = real::corpus();
    let mut pairs: Vec<(PathBuf, PathBuf)> = PAIRS
        .iter()
        .map(|(old, new, inside)| (corpus.join(old).join(inside), corpus.join(new).join(inside)))
        .collect();
    for (old, new) in &pairs {
        let there = old.is_dir() && new.is_dir();
        assert!(
            there,
            "{} or {} is missing; run: cargo xtask corpus",
            old.display(),
            new.display()
        );
    }
    let more = std::env::var_os("RINGFENCE_VERSIONS").map(PathBuf::from);
    let mut folders: Vec<PathBuf> = more
        .iter()
        .flat_map(|root| std::fs::read_dir(root).unwrap().flatten())
        .map(|entry| entry.path())
        .collect();
    folders.sort_by_key(|path| (package(path), path.clone()));
    for pair in folders.windows(2) {
        if package(&pair[0]).is_some() && package(&pair[0]) == package(&pair[1]) {
            pairs.push((pair[0].clone(), pair[1].clone()));
        }
    }
    pairs
}

/// Name of the package that a folder `name-version` holds a version of.
fn package(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let at = name
        .rmatch_indices('-')
        .find(|(at, _)| name[at + 1..].starts_with(|first: char| first.is_ascii_digit()))?
        .0;
    Some(name[..at].to_owned())
}

/// The edit that makes only some hunks of the change from one text to another.
fn one_hunk(before: &[u8], after: &[u8], wanted: usize) -> Option<Vec<u8>> {
    let mut number = 0;
    let mut text = Vec::new();
    let mut found = false;
    for (old, new) in hunks(before, after) {
        let take = old != new && {
            number += 1;
            number - 1 == wanted
        };
        found |= take;
        text.extend(if take { new } else { old });
    }
    found.then_some(text)
}

/// Two texts as a list of pieces (old, new): equal ones and changed ones by turns.
fn hunks(before: &[u8], after: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let old: Vec<&[u8]> = before.split_inclusive(|byte| *byte == b'\n').collect();
    let new: Vec<&[u8]> = after.split_inclusive(|byte| *byte == b'\n').collect();
    let mut input = imara_diff::InternedInput::<&[u8]>::default();
    input.update_before(old.iter().copied());
    input.update_after(new.iter().copied());
    let mut diff = imara_diff::Diff::compute(imara_diff::Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let mut pieces = Vec::new();
    let (mut left, mut right) = (0, 0);
    for hunk in diff.hunks() {
        let (a, b) = (hunk.before.start as usize, hunk.after.start as usize);
        pieces.push((old[left..a].concat(), new[right..b].concat()));
        (left, right) = (hunk.before.end as usize, hunk.after.end as usize);
        pieces.push((old[a..left].concat(), new[b..right].concat()));
    }
    pieces.push((old[left..].concat(), new[right..].concat()));
    pieces
}

fn edits() -> Vec<Edit> {
    let mut edits = Vec::new();
    for (old, new) in pairs() {
        let mut taken = 0;
        for path in real::sources(&old) {
            let inside = path.strip_prefix(&old).unwrap();
            // A file that only one version has is no edit.
            let (Ok(before), Ok(after)) = (std::fs::read(&path), std::fs::read(new.join(inside))) else {
                continue;
            };
            let language = Language::from_path(path.as_os_str().as_encoded_bytes()).unwrap();
            let minified = before.len() > 200 * before.iter().filter(|byte| **byte == b'\n').count().max(1);
            if before == after
                || before.len() > 45_000
                || after.len() > 45_000
                || before.is_empty()
                || minified
            {
                continue;
            }
            let name = format!("{} -> {}", path.display(), new.display());
            let count = hunks(&before, &after)
                .iter()
                .filter(|(old, new)| old != new)
                .count();
            let step = count.div_ceil(HUNKS).max(1);
            for hunk in (0..count).step_by(step) {
                let after = one_hunk(&before, &after, hunk).unwrap();
                edits.push(Edit {
                    name: format!("{name}, hunk {hunk}"),
                    language,
                    before: before.clone(),
                    after,
                });
            }
            if count > 1 {
                edits.push(Edit {
                    name,
                    language,
                    before,
                    after,
                });
            }
            taken += 1;
            if taken == FILES {
                break;
            }
        }
    }
    edits
}

/// One token a line, so that a merge by lines is a merge by tokens.
fn token_lines(text: &[u8]) -> Vec<u8> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.first() {
        let word = rest.iter().take_while(|byte| is_word(**byte)).count();
        let blank = rest.iter().take_while(|byte| **byte == b' ').count();
        let (token, after) = rest.split_at(word.max(blank).max(1));
        match first {
            b'\n' => lines.extend_from_slice(b"\\n"),
            b'\\' => lines.extend_from_slice(b"\\\\"),
            _ => lines.extend_from_slice(token),
        }
        lines.push(b'\n');
        rest = after;
    }
    lines
}

fn from_token_lines(lines: &[u8]) -> Vec<u8> {
    let tokens = lines.split(|byte| *byte == b'\n');
    tokens
        .flat_map(|token| match token {
            b"\\n" => b"\n",
            b"\\\\" => b"\\",
            other => other,
        })
        .copied()
        .collect()
}

/// What a vendor would have pushed: the same edit on his own copy; lines that he rewrote are as he typed them.
fn push(edit: &Edit, delivered: &[u8]) -> Vec<u8> {
    let mut by_tokens = |base: &[u8], ours: &[u8], theirs: &[u8]| {
        let merged = three_way(&token_lines(base), &token_lines(ours), &token_lines(theirs));
        Some(merged.map_or_else(|_| theirs.to_vec(), |lines| from_token_lines(&lines)))
    };
    three_way_with(&edit.before, delivered, &edit.after, &mut by_tokens).unwrap()
}

/// Whether the merge that plays the vendor made the edit and no other: on a copy with another order of lines it can put a changed
/// item in a second time. Then the owner's real next text is not what was pushed, in any spelling.
fn is_the_edit(subject: &Subject, edit: &Edit, pushed: &[u8]) -> bool {
    let table = subject.find.table(&edit.after);
    table
        .is_some_and(|table| pins_of(&table, &edit.after, pushed, &|id| codeword(subject.seed, id)).is_some())
}

/// Whether a result lacks nothing of an edit but what the vendor's copy said already.
///
/// Where the delivered spelling of a place is by chance the one that the edit puts there, the vendor types nothing,
/// so nothing can come back: the owner's spelling stays. What is lacking, made alone on the vendor's copy, must leave
/// that copy as it is, and the result with what is lacking must be the edit: anything else is a wrong result.
fn lacks_only_what_was_said(edit: &Edit, delivered: &[u8], result: &[u8]) -> bool {
    let [before, after, result] = [&edit.before, &edit.after, result].map(token_lines);
    let Ok(lacking) = three_way(&result, &before, &after) else {
        return false;
    };
    let whole = three_way(&before, &lacking, &result).is_ok_and(|text| text == after);
    let alone = Edit {
        name: edit.name.clone(),
        language: edit.language,
        before: edit.before.clone(),
        after: from_token_lines(&lacking),
    };
    whole && push(&alone, delivered) == delivered
}

/// What was changed in the delivered copy, for a message.
fn changes(delivered: &[u8], pushed: &[u8]) -> String {
    let show = |sign: &str, text: &[u8]| -> String {
        String::from_utf8_lossy(text)
            .lines()
            .take(8)
            .map(|line| format!("    {sign}{line}\n"))
            .collect()
    };
    let changed = hunks(delivered, pushed)
        .into_iter()
        .filter(|(old, new)| old != new)
        .take(6);
    let list: String = changed
        .map(|(old, new)| show("-", &old) + &show("+", &new) + "\n")
        .collect();
    format!("  pushed\n{list}")
}

const SAID: &str = "exact, the rest was said";

fn kind(outcome: &Outcome, edit: &Edit, delivered: &[u8]) -> &'static str {
    match outcome {
        Outcome::Conflict(conflict) => match conflict.reason {
            ConflictReason::NotRenderable => "conflict: no path",
            ConflictReason::SpellingsDisagree => "conflict: disagree",
            ConflictReason::BreaksSyntax => "conflict: syntax",
            ConflictReason::BeyondLimits => "conflict: limits",
        },
        Outcome::Accepted(accepted) => {
            let marks = accepted.flags.iter().any(|flag| *flag != Flag::DoesNotParse);
            match (accepted.text == edit.after, marks) {
                (true, false) => "exact",
                (true, true) => "exact, flagged",
                (false, true) => "different, flagged",
                (false, false) if lacks_only_what_was_said(edit, delivered, &accepted.text) => SAID,
                (false, false) => "DIFFERENT",
            }
        }
    }
}

#[test]
fn only_what_the_copy_said_already_is_excused() {
    let texts = |before: &str, after: &str| Edit {
        name: "impl".to_owned(),
        language: Language::Rust,
        before: before.as_bytes().to_vec(),
        after: after.as_bytes().to_vec(),
    };
    let before =
        "impl From<&'_ Group> for Group {\n    fn from(group: &Group) -> Self {\n        group.clone()\n";
    let after =
        "impl From<&'_ Self> for Group {\n    fn from(group: &Self) -> Self {\n        group.clone()\n";
    let edit = texts(before, after);
    let delivered = before.replace("&Group)", "&Self)");
    let half = after.replace("&Self)", "&Group)");
    let excused = |edit: &Edit, delivered: &str, result: &str| {
        lacks_only_what_was_said(edit, delivered.as_bytes(), result.as_bytes())
    };
    assert!(
        excused(&edit, &delivered, &half),
        "the copy read so before the edit"
    );
    assert!(!excused(&edit, before, &half), "typed, and turned back");
    assert!(!excused(&edit, &delivered, before), "the edit itself is lacking");
    let elsewhere = texts(before, &before.replace("clone", "cloned"));
    let leaked = delivered.replace("clone", "cloned");
    assert!(
        !excused(&elsewhere, &delivered, &leaked),
        "the vendor's spelling where nothing was edited"
    );
    assert!(
        !excused(&edit, &delivered, &half.replace("clone", "cloned")),
        "something else was changed"
    );
}

#[test]
fn real_edits_come_back_exactly_where_unflagged() {
    let edits = edits();
    let languages: BTreeSet<&str> = edits.iter().map(|edit| edit.language.name()).collect();
    assert!(
        edits.len() >= FEWEST.0 && languages.len() >= FEWEST.1,
        "only {} edits in {languages:?}",
        edits.len()
    );
    let loud = std::env::var_os("RINGFENCE_LOUD").is_some();
    let mut wrong = Vec::new();
    for profile in [Profile::Steady, Profile::Robust] {
        let mut shares: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let (mut pins, mut touched, mut places) = (0, 0, 0);
        for (number, edit) in edits.iter().enumerate() {
            let Some(subject) = Subject::new(&edit.name, edit.language, profile, &edit.before, number as u64)
            else {
                continue;
            };
            let pushed = push(edit, &subject.delivered);
            let outcome = subject.translate(&pushed);
            let mut kind = kind(&outcome, edit, &subject.delivered);
            if kind == "DIFFERENT" && profile == Profile::Robust && !is_the_edit(&subject, edit, &pushed) {
                kind = "another edit";
            }
            *shares.entry((edit.language.name(), kind)).or_default() += 1;
            places += subject.applied();
            if let Outcome::Accepted(accepted) = &outcome {
                pins += accepted.pins.len();
                touched += accepted.touched.len();
                if kind.starts_with("DIFF") || (loud && kind.starts_with("diff")) {
                    wrong.push(format!(
                        "{profile:?} {kind} {} {}",
                        edit.name,
                        difference(&accepted.text, &edit.after)
                            + &changes(&subject.delivered, &pushed)
                            + &format!("{:?}", accepted.flags)
                    ));
                }
            } else if loud {
                wrong.push(format!("{profile:?} {} {outcome:?}", edit.name));
            }
        }
        println!(
            "{profile:?}: {} edits, {places} places spelled in another way, {pins} pins, {touched} touched",
            edits.len()
        );
        let languages: BTreeSet<&str> = shares.keys().map(|key| key.0).collect();
        for language in languages {
            let all: usize = shares
                .iter()
                .filter(|(key, _)| key.0 == language)
                .map(|(_, count)| count)
                .sum();
            let list = shares.iter().filter(|(key, _)| key.0 == language);
            let list: Vec<String> = list
                .map(|(key, count)| {
                    format!("{} {:.1} % ({count})", key.1, 100.0 * *count as f64 / all as f64)
                })
                .collect();
            println!("  {language}: {}", list.join(", "));
        }
        let exact: usize = shares
            .iter()
            .filter(|(key, _)| key.1 == "exact")
            .map(|(_, count)| count)
            .sum();
        if profile == Profile::Steady {
            assert!(
                exact * 5 >= edits.len() * 4,
                "only {exact} of {} edits exact",
                edits.len()
            );
        }
        if !loud {
            assert!(wrong.is_empty(), "unflagged and different: {}", wrong.join("\n"));
        }
    }
    println!("{}", wrong.join("\n"));
}

#[test]
fn a_word_that_was_given_and_moved_into_a_rewritten_line_is_flagged() {
    let middle = "\npub fn first(value: u64) -> u64 {\n    value.rotate_left(7)\n}\n\npub fn second(value: u64) -> u64 {\n    value.rotate_left(9)\n}\n";
    let line = "pub const EARLY: u64 = 0x4662daa9_d393_11d0;\n";
    let text = format!("{line}{middle}");
    let subject = (0..64)
        .filter_map(|seed| Subject::new("moved.rs", Language::Rust, Profile::Steady, text.as_bytes(), seed))
        .find(|subject| !subject.delivered.starts_with(line.as_bytes()))
        .unwrap();
    let delivered = String::from_utf8(subject.delivered.clone()).unwrap();
    let (given, rest) = delivered.split_once('\n').unwrap();
    let moved = given.replace("EARLY", "LATE").replace("pub ", "pub(crate) ");
    let Outcome::Accepted(accepted) = subject.translate(format!("{rest}\n{moved}\n").as_bytes()) else {
        panic!("a moved line is accepted");
    };
    let copied = |flag: &Flag| matches!(flag, Flag::VendorLineCopied { .. });
    assert!(accepted.flags.iter().any(copied), "{:?}", accepted.flags);
}
