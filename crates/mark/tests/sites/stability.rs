//! An owner's edit elsewhere changes neither the ids nor the selection of the sites it does not touch.

use super::*;

/// A line break between two items at the top level, about the middle of the file.
fn middle_joint(fixture: &Fixture) -> usize {
    let tree = ringfence_syntax::parse(fixture.language, &fixture.text).unwrap();
    let middle = u32::try_from(fixture.text.len() / 2).unwrap();
    let item = tree
        .root()
        .unwrap()
        .named_children()
        .filter(|item| item.end() <= middle && item.end() - item.start() > 80)
        .last();
    // A class or an include guard may hold the whole file: the edit then comes after it.
    item.map_or(fixture.text.len(), |item| item.end() as usize)
}

fn function(language: Language) -> &'static str {
    match language {
        Language::Rust => {
            "\n\nfn added_by_an_edit(amount: u32) -> u32 {\n    let doubled = amount * 2;\n    doubled\n}\n\n"
        }
        Language::Python => {
            "\n\n\ndef added_by_an_edit(amount):\n    doubled = amount * 2\n    return doubled\n\n\n"
        }
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            "\n\nfunction added_by_an_edit(amount) {\n  const doubled = amount * 2;\n  return doubled;\n}\n\n"
        }
        Language::Java => {
            "\n\nclass AddedByAnEdit {\n    int doubled(int amount) {\n        return amount * 2;\n    }\n}\n\n"
        }
        Language::Go => {
            "\n\nfunc addedByAnEdit(amount int) int {\n\tdoubled := amount * 2\n\treturn doubled\n}\n\n"
        }
        Language::CSharp => {
            "\n\nclass AddedByAnEdit\n{\n    int Doubled(int amount)\n    {\n        return amount * 2;\n    }\n}\n\n"
        }
        Language::C | Language::Cpp => {
            "\n\nstatic int added_by_an_edit(int amount)\n{\n    int doubled = amount * 2;\n    return doubled;\n}\n\n"
        }
    }
}

#[test]
fn a_function_added_elsewhere_changes_at_most_its_own_neighbourhood() {
    for (fixture, robust, _) in tables() {
        let at = middle_joint(fixture);
        let mut edited = fixture.text[..at].to_vec();
        edited.extend_from_slice(function(fixture.language).as_bytes());
        edited.extend_from_slice(&fixture.text[at..]);
        let after = site_table(fixture.language, Profile::Robust, &edited, &key()).unwrap();
        let lost: Vec<_> = ids(robust).difference(&ids(&after)).copied().collect();
        let gained: Vec<_> = ids(&after).difference(&ids(robust)).copied().collect();
        // The pair across the joint goes; the new function brings its own and at most two pairs.
        assert!(lost.len() <= 1, "{} loses {}", fixture.name, lost.len());
        assert!(gained.len() <= 6, "{} gains {}", fixture.name, gained.len());
    }
}

#[test]
fn a_line_added_in_a_body_leaves_all_other_ids() {
    for (fixture, robust, _) in tables() {
        let gaps: Vec<&Site> = robust
            .sites
            .iter()
            .filter(|site| site.family == Family::BlankLine)
            .collect();
        let Some(gap) = gaps.get(gaps.len() / 2) else {
            continue;
        };
        let statement: &[u8] = match fixture.language {
            Language::Python => b"added_by_an_edit()",
            _ => b"added_by_an_edit();",
        };
        let end = gap.end as usize;
        let line = fixture.text[..end]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .unwrap()
            + 1;
        let mut edited = fixture.text[..end].to_vec();
        edited.extend_from_slice(statement);
        edited.push(b'\n');
        edited.extend_from_slice(&fixture.text[line..]);
        let after = site_table(fixture.language, Profile::Robust, &edited, &key()).unwrap();
        let lost = ids(robust).difference(&ids(&after)).count();
        let gained = ids(&after).difference(&ids(robust)).count();
        assert!(
            lost <= 2 && gained <= 4,
            "{}: lost {lost}, gained {gained}",
            fixture.name
        );
    }
}

#[test]
fn order_pairs_never_overlap_their_neighbours() {
    for (fixture, robust, _) in tables() {
        let mut pairs: Vec<&Site> = robust
            .sites
            .iter()
            .filter(|site| site.family == Family::FunctionOrder)
            .collect();
        pairs.sort_by_key(|site| site.start);
        for two in pairs.windows(2) {
            let nested = two[1].end <= two[0].end;
            assert!(
                nested || two[0].end <= two[1].start,
                "{} at {}",
                fixture.name,
                two[1].start
            );
        }
    }
}
