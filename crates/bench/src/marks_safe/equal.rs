//! Copies that must mean the very same to a compiler: equal syntax trees in Python, equal object code in C.

use super::Work;
use anyhow::{Result, ensure};
use ringfence_mark::model::{Family, Site};
use ringfence_probe::tree::turned;
use serde::Serialize;

/// Files compared.
#[derive(Clone, Debug, Serialize)]
pub struct EqualRow {
    /// What was compared.
    pub what: &'static str,
    /// Equal ones.
    pub equal: u64,
    /// All that could be compared.
    pub compared: u64,
    /// Some of the others.
    pub different: Vec<String>,
}

/// Families that only change how a Python tree is written down.
const LAYOUT: &[Family] = &[
    Family::BlankLine,
    Family::CommentPeriod,
    Family::Parentheses,
    Family::HexCase,
];

/// Families whose two spellings a C compiler must turn into the same code.
///
/// Not the others: the order of functions, cases and statements, `if`s and conditionals with swapped branches move code. Comparisons are held to
/// it: only those are turned of which at most one side is worked out (`find/c/turned.rs`).
const EXPRESSIONS: &[Family] = &[
    Family::BlankLine,
    Family::CommentPeriod,
    Family::Parentheses,
    Family::HexCase,
    Family::Braces,
    Family::Increment,
    Family::CompoundAssignment,
    Family::QualifierOrder,
    Family::Idiom,
    Family::Comparison,
];

const TREES: &str = "python3 - <<'END'
import ast, hashlib, os
for folder, _, files in sorted(os.walk('.')):
    for name in sorted(files):
        if name.endswith('.py'):
            path = os.path.join(folder, name)
            try:
                tree = ast.dump(ast.parse(open(path, 'rb').read()))
            except SyntaxError:
                continue
            print('EQUAL', path, hashlib.sha256(tree.encode()).hexdigest())
END";

/// Without debug information, paths and assertions (they write down their lines); a file that does not compile by itself is not compared.
const OBJECTS: &str = "for file in $(ls *.c contrib/*/*.c 2>/dev/null); do \
    if cc -O2 -g0 -DNDEBUG -I. -c -o .object \"$file\" 2>/dev/null; then \
    objcopy -O binary -j .text -j .rodata -j .data .object .bytes 2>/dev/null; \
    echo EQUAL $file $(sha256sum < .bytes | cut -d' ' -f1); fi; done; rm -f .object .bytes";

pub(super) fn measure(work: &mut Work<'_, '_>) -> Result<Option<EqualRow>> {
    let (what, command, families) = match work.suite.language {
        "Python" => ("syntax trees", TREES, LAYOUT),
        "C" => ("object files", OBJECTS, EXPRESSIONS),
        _ => return Ok(None),
    };
    let before = lines(work, command, &|site| site.canonical)?;
    let after = lines(work, command, &|site: &Site| {
        if families.contains(&site.family) {
            turned(site)
        } else {
            site.canonical
        }
    })?;
    ensure!(
        !before.is_empty() && before.len() == after.len(),
        "{} files compiled before and {} after",
        before.len(),
        after.len()
    );
    let different: Vec<String> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after)
        .map(|(before, _)| before.split(' ').nth(1).unwrap_or(before).to_owned())
        .collect();
    let compared = u64::try_from(before.len()).unwrap_or(u64::MAX);
    Ok(Some(EqualRow {
        what,
        equal: compared.saturating_sub(u64::try_from(different.len()).unwrap_or(u64::MAX)),
        compared,
        different: different.into_iter().take(8).collect(),
    }))
}

fn lines(
    work: &mut Work<'_, '_>,
    command: &str,
    choose: &dyn Fn(&Site) -> ringfence_mark::model::Variant,
) -> Result<Vec<String>> {
    work.copy.set(choose)?;
    let outcome = work.shell(command)?;
    Ok(String::from_utf8_lossy(&outcome.output)
        .lines()
        .filter(|line| line.starts_with("EQUAL "))
        .map(str::to_owned)
        .collect())
}
