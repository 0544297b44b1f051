//! Swapped functions: the owner's order comes back when both stand once and side by side, else the vendor's stays with a flag.

use ringfence_mark::model::{Family, Piece, Profile};
use ringfence_syntax::Language;
use ringfence_view::translate::{Flag, Outcome};

use crate::laws::difference;
use crate::real;
use crate::subject::Subject;

/// Two functions that the copy has in the other order: the owner's first and second one, as he wrote them.
struct Pair {
    subject: Subject,
    first: Vec<u8>,
    second: Vec<u8>,
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// Every swapped pair of the real files, one subject each, with sites of no other family.
fn pairs() -> Vec<Pair> {
    let mut pairs = Vec::new();
    let known = |file: &&real::File| matches!(file.1, Language::Rust | Language::Python);
    for (name, language, text) in real::files().iter().filter(known) {
        for seed in 0..4 {
            let subject = Subject::with_families(name, *language, Profile::Robust, text, seed, &|family| {
                family == Family::FunctionOrder
            })
            .unwrap();
            let swapped = subject
                .table
                .sites
                .iter()
                .find_map(|site| match site.alternative.as_slice() {
                    [
                        Piece::Source { start, end },
                        _,
                        Piece::Source { start: a, end: b },
                    ] if subject.chosen(site) != site.canonical => {
                        Some((*a as usize..*b as usize, *start as usize..*end as usize))
                    }
                    _ => None,
                });
            if let Some((first, second)) = swapped {
                let (first, second) = (text[first].to_vec(), text[second].to_vec());
                let once =
                    |part: &[u8]| text.windows(part.len()).filter(|window| *window == part).count() == 1;
                if !once(&first) || !once(&second) {
                    continue;
                }
                pairs.push(Pair {
                    subject,
                    first,
                    second,
                });
            }
        }
    }
    assert!(
        pairs.len() > 3,
        "only {} swapped pairs in the real files",
        pairs.len()
    );
    pairs
}

/// Puts text at the first place where `part` stands.
fn with(text: &[u8], part: &[u8], new: &[u8]) -> Vec<u8> {
    let at = find(text, part).unwrap();
    [&text[..at], new, &text[at + part.len()..]].concat()
}

/// The indentation of a function's first code line, and a small function of the same language that fits beside it.
fn small_function(pair: &Pair) -> Vec<u8> {
    let at = find(&pair.subject.text, &pair.first).unwrap();
    let line = pair.subject.text[..at]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let indent = String::from_utf8(pair.subject.text[line..at].to_vec()).unwrap();
    match pair.subject.language {
        Language::Python => format!("def zebra(stripes):\n{indent}    return stripes\n\n{indent}"),
        _ => format!("fn zebra(stripes: u32) -> u32 {{\n{indent}    stripes\n{indent}}}\n\n{indent}"),
    }
    .into_bytes()
}

#[test]
fn a_new_function_between_a_swapped_pair_keeps_the_vendors_order_and_says_so() {
    for pair in pairs() {
        let new = [small_function(&pair), pair.first.clone()].concat();
        let pushed = with(&pair.subject.delivered, &pair.first, &new);
        let Outcome::Accepted(accepted) = pair.subject.translate(&pushed) else {
            panic!("{}: conflict", pair.subject.name);
        };
        let kept = |flag: &Flag| matches!(flag, Flag::VendorOrderKept { .. });
        assert!(
            accepted.flags.iter().any(kept),
            "{}: {:?}",
            pair.subject.name,
            accepted.flags
        );
        let second = find(&accepted.text, &pair.second).unwrap();
        assert!(
            second < find(&accepted.text, &new).unwrap(),
            "{}: the vendor's order",
            pair.subject.name
        );
    }
}

#[test]
fn a_new_function_before_or_after_a_swapped_pair_lands_there_in_the_owners_order() {
    for pair in pairs() {
        let new = small_function(&pair);
        let before = |part: &[u8]| [&new, part].concat();
        let pushed = with(&pair.subject.delivered, &pair.second, &before(&pair.second));
        let expected = with(&pair.subject.text, &pair.first, &before(&pair.first));
        let Outcome::Accepted(accepted) = pair.subject.translate(&pushed) else {
            panic!("{}: conflict", pair.subject.name);
        };
        // The new neighbour may take the pair's place in the order of roles; then, and only then, there is a flag.
        if accepted.flags.is_empty() {
            assert!(
                accepted.text == expected,
                "{}: {}",
                pair.subject.name,
                difference(&accepted.text, &expected)
            );
        }
    }
}

#[test]
fn a_swapped_function_that_was_rewritten_or_renamed_returns_to_its_place() {
    let mut exact = 0;
    for pair in pairs() {
        let rewritten = |part: &[u8]| {
            let end = part
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(part.len(), |end| end + 1);
            let (head, body) = part.split_at(end);
            let body = String::from_utf8_lossy(body)
                .replace("self", "myself")
                .replace("return", "yield");
            [head, body.as_bytes()].concat()
        };
        let new = rewritten(&pair.first);
        let pushed = with(&pair.subject.delivered, &pair.first, &new);
        let expected = with(&pair.subject.text, &pair.first, &new);
        let Outcome::Accepted(accepted) = pair.subject.translate(&pushed) else {
            panic!("{}: conflict", pair.subject.name);
        };
        if accepted.flags.iter().all(|flag| *flag == Flag::DoesNotParse) {
            assert!(
                accepted.text == expected,
                "{}: {}",
                pair.subject.name,
                difference(&accepted.text, &expected)
            );
            exact += 1;
        }
    }
    assert!(exact > 2, "only {exact} rewritten functions returned");
}
