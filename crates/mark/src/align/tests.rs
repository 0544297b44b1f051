use proptest::prelude::*;

use super::*;

fn reference(left: &[u32], right: &[u32]) -> usize {
    let mut row = vec![0; right.len() + 1];
    for one in left {
        let mut diagonal = 0;
        for (at, other) in right.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if one == other {
                diagonal + 1
            } else {
                above.max(row[at])
            };
            diagonal = above;
        }
    }
    row[right.len()]
}

fn streams(left: &str, right: &str) -> (Stream, Stream) {
    let mut interner = Interner::default();
    let one = |text: &str, interner: &mut Interner| {
        Stream::new([(Language::Python, text.as_bytes())].into_iter(), interner, None)
    };
    (one(left, &mut interner), one(right, &mut interner))
}

const FIRST: &str = "def first(a, b):\n    total = a * 3 + b[1] - len(b)\n    for item in b: total += item ** 2\n    return total\n";
const SECOND: &str = "def second(path):\n    with open(path) as file:\n        return [line.strip() for line in file if line != 'x']\n";

#[test]
fn blocks_may_move_and_names_may_change() {
    let (canonical, suspect) = streams(
        &format!("{FIRST}{SECOND}"),
        &format!("{SECOND}{}", FIRST.replace("total", "t").replace("item", "x")),
    );
    let mapping = align(&canonical, &suspect, &vec![false; canonical.len()]);
    let mapped = mapping.forward.iter().filter(|partner| **partner != NONE).count();
    assert!(mapped + 2 >= canonical.len(), "{mapped} of {}", canonical.len());
    assert!(
        mapping.forward[0] > mapping.forward[canonical.len() - 2],
        "the blocks changed places"
    );
}

#[test]
fn unrelated_text_does_not_align() {
    let (canonical, suspect) = streams(
        FIRST,
        "class Other:\n    x = 1\n    y: int = 2\n    def __init__(self): pass\n",
    );
    let mapping = align(&canonical, &suspect, &vec![false; canonical.len()]);
    assert!(mapping.forward.iter().all(|partner| *partner == NONE));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn common_subsequences_are_longest(left in prop::collection::vec(0_u32..4, 0..150), right in prop::collection::vec(0_u32..4, 0..150)) {
        let expected = reference(&left, &right);
        prop_assert_eq!(common_length(&left, &right), expected);
        let pairs = common_pairs(&left, &right);
        prop_assert_eq!(pairs.len(), expected);
        prop_assert!(pairs.iter().all(|(i, j)| left[*i] == right[*j]));
        prop_assert!(pairs.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
    }

    #[test]
    fn mappings_are_one_to_one_and_keep_classes(left in "[ab(){}=+;\n 12]{0,200}", right in "[ab(){}=+;\n 12]{0,200}") {
        let (canonical, suspect) = streams(&left, &right);
        let mapping = align(&canonical, &suspect, &vec![false; canonical.len()]);
        for (i, j) in mapping.forward.iter().enumerate().filter(|(_, j)| **j != NONE) {
            let j = usize_of(*j);
            prop_assert_eq!(usize_of(mapping.backward[j]), i);
            prop_assert_eq!(canonical.class[i], suspect.class[j]);
            prop_assert_ne!(canonical.class[i], SEPARATOR);
        }
        let forward = mapping.forward.iter().filter(|partner| **partner != NONE).count();
        prop_assert_eq!(forward, mapping.backward.iter().filter(|partner| **partner != NONE).count());
    }

    #[test]
    fn a_text_aligns_with_itself(text in "([a-z]{1,3} = [a-z]{1,3}[+*-][0-9]{1,3}\n){0,30}") {
        let (canonical, suspect) = streams(&text, &text);
        let mapping = align(&canonical, &suspect, &vec![false; canonical.len()]);
        for (i, j) in mapping.forward.iter().enumerate().filter(|(_, j)| **j != NONE) {
            prop_assert_eq!(canonical.class[i], suspect.class[usize_of(*j)]);
        }
    }
}
