//! Single cases that real histories showed.

use ringfence_mark::model::{Profile, Site};
use ringfence_syntax::Language;
use ringfence_view::translate::{Flag, Outcome, Request, translate_file, translate_formatted};

use crate::subject::{Subject, codeword};

/// The subject of a text for the first recipient whose copy has (or lacks) some words.
fn delivered(name: &str, language: Language, text: &str, is_wanted: &dyn Fn(&str) -> bool) -> Subject {
    (0..512)
        .filter_map(|seed| Subject::new(name, language, Profile::Steady, text.as_bytes(), seed))
        .find(|subject| is_wanted(&copy(subject)))
        .expect("some recipient has such a copy")
}

fn copy(subject: &Subject) -> String {
    String::from_utf8(subject.delivered.clone()).unwrap()
}

fn accepted(subject: &Subject, pushed: &str) -> (String, Vec<Flag>) {
    match subject.translate(pushed.as_bytes()) {
        Outcome::Accepted(accepted) => (String::from_utf8(accepted.text).unwrap(), accepted.flags),
        Outcome::Conflict(conflict) => panic!("{}: {conflict:?}", subject.name),
    }
}

const GROUPS: &str = "use std::fmt;

pub fn check(names: &[String], groups: &[String]) -> bool {
    let mut seen = 0;
    // Names listed inside the groups should exist
    for name in names {
        seen += usize::from(groups.contains(name));
    }
    let all = names.len();
    seen == all
}
";

#[test]
fn equal_lines_in_two_spellings_stay_as_pushed_with_a_flag() {
    let line = "    // Names listed inside the groups should exist\n";
    let subject = delivered("groups.rs", Language::Rust, GROUPS, &|copy| {
        copy.contains("should exist.\n")
    });
    let pushed = copy(&subject).replace("    let all", &format!("{line}    let all"));
    let (text, flags) = accepted(&subject, &pushed);
    assert_eq!(
        text, pushed,
        "the vendor's spelling stays at the first, the typed one at the second"
    );
    assert!(
        flags.iter().any(|flag| matches!(flag, Flag::VendorTextKept { pushed, owner, .. } if pushed.start == 5 && owner.start == 5)),
        "{flags:?}"
    );
    // The next push stands on it, and so does one that takes the second line out again.
    let Outcome::Accepted(first) = subject.translate(pushed.as_bytes()) else {
        panic!("a conflict")
    };
    let next = subject.after(&first, pushed.as_bytes());
    let edited = pushed.replace("let mut seen = 0;", "let mut seen = 0_usize;");
    let (text, flags) = accepted(&next, &edited);
    assert_eq!((text.as_str(), flags.len()), (edited.as_str(), 0));
    let removed = pushed.replacen(line, "", 1);
    let (text, _) = accepted(&next, &removed);
    assert_eq!(text, removed);
}

const EQUAL: &str = "class Subscriber {
  check() {
    const { a, b, comparator, destination } = this;
    let areEqual = false;
    if (comparator) {
      areEqual = tryCatch(comparator)(a, b);
      if (areEqual === errorObject) {
        destination.error(errorObject.e);
      }
    } else {
      areEqual = a === b;
    }
    return areEqual;
  }
}
";

#[test]
fn a_given_spelling_that_stands_in_a_rewritten_line_is_flagged() {
    let subject = delivered("equal.js", Language::JavaScript, EQUAL, &|copy| {
        copy.contains("= b === a;")
    });
    let given = copy(&subject);
    let (before, rest) = given.split_once("    if (comparator) {").unwrap();
    let (_, after) = rest.split_once("    return areEqual").unwrap();
    let pushed = format!(
        "{before}    try {{\n      areEqual = comparator ? comparator(a, b) : b === a;\n    }} catch (e) {{\n      destination.error(e);\n    }}\n    return areEqual{after}"
    );
    let (text, flags) = accepted(&subject, &pushed);
    assert!(
        text.contains(": a === b;") || !flags.is_empty(),
        "{text}\n{flags:?}"
    );
}

const QUOTED: &str = "def split(decl, sep):
    if decl is None:
        return None
    character = decl[:1] == '/' and ';' or '/'
    first, second = decl.split(character, 1)
    return first.rstrip(sep), second.lstrip(sep)


def join(parts, sep):
    return sep.join(parts)
";

#[test]
fn a_formatter_that_turns_quotes_leaves_the_owners_parentheses() {
    let subject = delivered("split.py", Language::Python, QUOTED, &|copy| {
        copy.contains("(decl[:1] == '/' and ';') or '/'")
    });
    let pushed = copy(&subject).replace('\'', "\"");
    let (text, flags) = accepted(&subject, &pushed);
    assert_eq!(text, QUOTED.replace('\'', "\""));
    assert_eq!(flags, []);
}

#[test]
fn a_file_moved_to_where_nothing_is_marked_stays_as_pushed_with_flags() {
    let subject = delivered("groups.rs", Language::Rust, GROUPS, &|copy| copy != GROUPS);
    let request = Request {
        language: Some(Language::Rust),
        base: &subject.text,
        base_table: Some(&subject.table),
        chosen: &|site: &Site| subject.chosen(site),
        delivered: &subject.delivered,
        pushed: &subject.delivered,
        find_sites: &|_| None,
        codeword: &|id| codeword(subject.seed, id),
    };
    let Outcome::Accepted(accepted) = translate_file(&request).unwrap() else {
        panic!("a conflict")
    };
    assert_eq!(accepted.text, subject.delivered);
    assert!(!accepted.flags.is_empty() && accepted.pins.is_empty());
    // Where the same sites are found it is no edit.
    let find = |text: &[u8]| subject.find.table(text);
    let same = Request {
        find_sites: &find,
        ..request
    };
    let Outcome::Accepted(accepted) = translate_file(&same).unwrap() else {
        panic!("a conflict")
    };
    assert_eq!(accepted.text, subject.text);
    assert!(accepted.flags.is_empty());
}

#[test]
fn a_layout_that_may_come_from_the_given_spelling_is_flagged() {
    let subject = delivered("equal.js", Language::JavaScript, EQUAL, &|copy| {
        copy.contains("= b === a;")
    });
    let given = copy(&subject);
    let line = given
        .lines()
        .find(|line| line.contains("= b === a;"))
        .expect("the line with the given spelling");
    // A formatter breaks the line; every word stays.
    let broken = line.replace(" = ", "\n        = ");
    let (text, flags) = accepted(&subject, &given.replace(line, &broken));
    assert!(text.contains("areEqual\n"), "{text}");
    assert!(
        flags.iter().any(|flag| matches!(flag, Flag::LayoutKept { .. })),
        "{flags:?}"
    );
    // The same elsewhere tells nothing of a spelling, so it needs no flag.
    let elsewhere = "    if (comparator) {";
    if !subject
        .delivered
        .windows(elsewhere.len())
        .any(|bytes| bytes == elsewhere.as_bytes())
    {
        panic!("the subject lost the line");
    }
    let (_, flags) = accepted(
        &subject,
        &given.replace(elsewhere, "    if (\n      comparator\n    ) {"),
    );
    assert_eq!(flags, []);
}

const NAMES: &str = "pub struct Names {
    all: Vec<String>,
}

impl Names {
    pub fn with(&mut self, name: String) -> Names {
        self.all.push(name);
        Names { all: self.all.clone() }
    }

    pub fn joined(&self, other: &Names) -> Names {
        let all = self.all.iter().chain(&other.all).cloned();
        Names { all: all.collect() }
    }
}
";

/// Breaks lines longer than a width behind their first opening parenthesis and before its partner, as formatters do.
fn broken_at(width: usize, text: &str) -> String {
    let lines = text.lines().flat_map(|line| {
        let indent: String = line.chars().take_while(|letter| *letter == ' ').collect();
        let ends = line.split_once('(').zip(line.rsplit_once(')'));
        match ends.filter(|_| line.len() > width) {
            Some(((head, _), (_, tail))) if line.len() > head.len() + tail.len() + 2 => {
                let inner = &line[head.len() + 1..line.len() - tail.len() - 1];
                vec![
                    format!("{head}("),
                    format!("{indent}    {inner}"),
                    format!("{indent}){tail}"),
                ]
            }
            _ => vec![line.to_owned()],
        }
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn the_owners_formatter_tells_which_layout_comes_from_a_given_spelling() {
    let subject = delivered("names.rs", Language::Rust, NAMES, &|copy| {
        copy.contains("String) -> Self {") && copy.contains("&Names) -> Names {")
    });
    let given = copy(&subject);
    let long = |text: &str| {
        text.lines()
            .filter(|line| line.contains('('))
            .map(str::len)
            .collect::<Vec<_>>()
    };
    let mut widths: Vec<usize> = long(&given).into_iter().chain(long(NAMES)).collect();
    widths.sort_unstable();
    widths.dedup();
    let (mut plain, mut told) = (0, 0);
    for width in widths {
        let pushed = broken_at(width, &given);
        if pushed == given || broken_at(width, &pushed) != pushed {
            continue;
        }
        let request = Request {
            language: Some(Language::Rust),
            base: &subject.text,
            base_table: Some(&subject.table),
            chosen: &|site: &Site| subject.chosen(site),
            delivered: &subject.delivered,
            pushed: pushed.as_bytes(),
            find_sites: &|text| subject.find.table(text),
            codeword: &|id| codeword(subject.seed, id),
        };
        let format = |text: &[u8]| Some(broken_at(width, std::str::from_utf8(text).ok()?).into_bytes());
        let outcome = translate_formatted(&request, &format).unwrap();
        let Outcome::Accepted(accepted) = outcome else {
            panic!("a conflict at width {width}")
        };
        let text = String::from_utf8(accepted.text).unwrap();
        // No flag: byte for byte what the owner's formatter makes of his own text. A flag: his formatter would have it otherwise, or a line that is
        // broken now is no longer one on which rustfmt leaves both spellings.
        assert_eq!(
            accepted.flags.is_empty(),
            text == broken_at(width, NAMES),
            "{width}: {text}"
        );
        if accepted.flags.is_empty() {
            plain += 1;
        } else {
            assert!(
                accepted
                    .flags
                    .iter()
                    .all(|flag| matches!(flag, Flag::LayoutKept { .. } | Flag::VendorTextKept { .. })),
                "{:?}",
                accepted.flags
            );
            told += 1;
        }
        // Another formatter says nothing about this push: then every layout beside a given spelling may come from it.
        let other = |text: &[u8]| Some([text, b"\n"].concat());
        let guessed = translate_formatted(&request, &other).unwrap();
        assert_eq!(guessed, translate_file(&request).unwrap());
    }
    assert!(plain > 0 && told > 0, "{plain} plain, {told} told");
}
