//! Single cases that real histories showed.

use ringfence_mark::model::{Profile, Site};
use ringfence_syntax::Language;
use ringfence_view::translate::{Flag, Outcome, Request, translate_file};

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
        flags
            .iter()
            .any(|flag| matches!(flag, Flag::VendorTextKept { .. })),
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
