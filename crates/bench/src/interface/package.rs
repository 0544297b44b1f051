//! Measures one package: two copies, one of them rendered, the same questions to both.

use super::answers::Copy;
use super::work::{Work, copy, files};
use super::{
    BenchFile, CheckRow, Checked, Group, KeptRow, LanguageBench, Lines, Package, PackageRow, Same, Shown,
    literals,
};
use anyhow::{Context as _, Result, bail, ensure};
use ringfence_interface::{Docs, Options, Outcome, SourceFile, render};
use std::collections::BTreeMap;
use std::path::Path;

/// What rendering a package gave.
#[derive(Default)]
struct Rendered {
    files: (usize, usize, usize),
    lines: Lines,
    functions: usize,
    kept: Vec<KeptRow>,
    refused: Vec<String>,
    leaked: Vec<String>,
    written: Vec<String>,
}

/// Measures one package. An error is one that leaves nothing to measure.
pub fn measure(language: &dyn LanguageBench, package: &Package, work: &Work) -> Result<PackageRow> {
    let source = language.source(package, work)?;
    let folder = |name: &str| work.folder(&format!("{}-{}-{name}", language.language(), package.name));
    let original = folder("original")?;
    copy(&source, &original)?;
    language.prepare(package, &original, work)?;
    let groups = language.groups(package, &original, work)?;
    ensure!(
        groups
            .iter()
            .flat_map(|group| &group.files)
            .any(|file| file.shown == Shown::Interface),
        "no file of the package is imported by another one"
    );
    let interface = folder("interface")?;
    copy(&source, &interface)?;
    language.prepare(package, &interface, work)?;
    let profile = language.profile(package, &original, work)?;
    let rendered = reduce(language, &groups, &original, &interface, profile.as_ref())?;
    let half = if package.half {
        let half = folder("half")?;
        copy(&source, &half)?;
        language.prepare(package, &half, work)?;
        reduce(language, &halved(&groups), &original, &half, profile.as_ref())?;
        Some(half)
    } else {
        None
    };
    let original = Copy::of(&original, None)?;
    let interface = Copy::of(&interface, Some(&original))?;
    let half = half.map(|half| Copy::of(&half, Some(&original))).transpose()?;
    let checks = language
        .checkers()
        .iter()
        .map(|checker| {
            let question = format!("{} check {}", package.name, checker.name);
            let ask = |copy: &Copy| {
                work.answers().get(language, &question, copy, work, || {
                    language.check(checker.name, package, &copy.place, work)
                })
            };
            let baseline = ask(&original)?;
            let key = |problem: &str| language.same_problem(checker.name, problem).to_owned();
            let new = new_problems(&baseline, ask(&interface)?, key);
            let half = half
                .as_ref()
                .map(|half| ask(half).map(|said| new_problems(&baseline, said, key)))
                .transpose()?;
            Ok(CheckRow {
                baseline: baseline.problems.len(),
                new,
                half,
            })
        })
        .map(|checked: Result<CheckRow>| checked.map_err(|error| format!("{error:#}")))
        .collect();
    let items = items(language, package, &original, &interface, work).map_err(|error| format!("{error:#}"));
    let formatter = formatter(language, package, &original, &interface, &rendered.written, work)
        .map_err(|error| format!("{error:#}"));
    Ok(PackageRow {
        package: package.clone(),
        files: rendered.files,
        lines: rendered.lines,
        functions: rendered.functions,
        kept: rendered.kept,
        refused: rendered.refused,
        checks,
        items,
        leaked: rendered.leaked,
        formatter,
    })
}

/// Renders the groups of the original and writes the outcome over the other copy.
fn reduce(
    language: &dyn LanguageBench,
    groups: &[Group],
    original: &Path,
    interface: &Path,
    profile: Option<&ringfence_interface::ImportProfile>,
) -> Result<Rendered> {
    let mut all = Rendered::default();
    // What a view delivers besides source files: data, assets, manifests.
    let others: Vec<Vec<u8>> = files(original)?.into_iter().map(String::into_bytes).collect();
    let is_comment = |node: &ringfence_syntax::Node<'_>, text: &[u8]| language.is_comment(node, text);
    for group in groups {
        let texts: Vec<Vec<u8>> = group
            .files
            .iter()
            .map(|file| {
                let path = original.join(&file.path);
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
            })
            .collect::<Result<_>>()?;
        let sources: Vec<SourceFile<'_>> = group
            .files
            .iter()
            .zip(&texts)
            .map(|(file, text)| SourceFile {
                path: file.path.as_bytes(),
                text,
                visibility: match file.shown {
                    Shown::Whole => ringfence_interface::Shown::Whole,
                    Shown::Interface => ringfence_interface::Shown::Interface,
                },
            })
            .collect();
        let options = Options {
            docs: Docs::Full,
            import_profile: profile,
            others: &others,
            ..Options::default()
        };
        let outcomes = render(group.language, &sources, &options).context("rendering failed")?;
        ensure!(
            outcomes.len() == group.files.len(),
            "{} outcomes for {} files",
            outcomes.len(),
            group.files.len()
        );
        for ((file, text), outcome) in group.files.iter().zip(&texts).zip(outcomes) {
            all.take(group.language, file, text, outcome, interface, &is_comment)?;
        }
    }
    Ok(all)
}

impl Rendered {
    fn take(
        &mut self,
        language: ringfence_syntax::Language,
        file: &BenchFile,
        text: &[u8],
        outcome: Outcome,
        interface: &Path,
        is_comment: &dyn Fn(&ringfence_syntax::Node<'_>, &[u8]) -> bool,
    ) -> Result<()> {
        let place = interface.join(&file.path);
        let remove =
            || std::fs::remove_file(&place).with_context(|| format!("cannot remove {}", place.display()));
        let before = || {
            (
                literals::code_lines(language, text, is_comment),
                literals::functions(language, text).len(),
            )
        };
        match outcome {
            Outcome::Whole => {
                if file.shown == Shown::Interface {
                    bail!("{} came back whole", file.path);
                }
                self.files.1 += 1;
            }
            Outcome::Interface(rendered) => {
                let (lines, functions) = before();
                self.files.0 += 1;
                self.functions += functions;
                self.lines.before += lines;
                self.lines.after += literals::code_lines(language, &rendered.text, is_comment);
                self.lines.removed += literals::removed_lines(language, text, &rendered.text, is_comment);
                let kept_lines: Vec<usize> = rendered
                    .kept
                    .iter()
                    .map(|kept| usize::try_from(kept.line).unwrap_or(usize::MAX))
                    .collect();
                self.leaked.extend(
                    literals::leaked(language, text, &kept_lines, &rendered.text, is_comment)
                        .into_iter()
                        .map(|literal| format!("{}: {literal}", file.path)),
                );
                self.kept.extend(rendered.kept.iter().map(|kept| KeptRow {
                    what: format!("{:?}", kept.what).to_lowercase(),
                    place: format!("{}:{} {}", file.path, kept.line, kept.name),
                    why: kept.why.clone(),
                }));
                std::fs::write(&place, &rendered.text)
                    .with_context(|| format!("cannot write {}", place.display()))?;
                self.written.push(file.path.clone());
            }
            Outcome::Hidden { .. } => {
                let (lines, _) = before();
                self.files.2 += 1;
                self.lines.before += lines;
                self.lines.removed += lines;
                remove()?;
            }
            Outcome::Refused { line, reason } => {
                self.refused.push(format!("{}:{line}: {reason:?}", file.path));
                remove()?;
            }
        }
        Ok(())
    }
}

/// The same files, with every second of the reduced ones whole, by the hash of their path.
fn halved(groups: &[Group]) -> Vec<Group> {
    let mut halved = groups.to_vec();
    for file in halved.iter_mut().flat_map(|group| &mut group.files) {
        // FNV-1a: the same half on every machine.
        let hash = file.path.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        if hash & 0x10000 != 0 {
            file.shown = Shown::Whole;
        }
    }
    halved
}

/// Problems that the original does not have, or not as often.
fn new_problems(baseline: &Checked, said: Checked, key: impl Fn(&str) -> String) -> Vec<String> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for problem in &baseline.problems {
        *known.entry(key(problem)).or_default() += 1;
    }
    said.problems
        .into_iter()
        .filter(|problem| match known.get_mut(&key(problem)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect()
}

fn items(
    language: &dyn LanguageBench,
    package: &Package,
    original: &Copy,
    interface: &Copy,
    work: &Work,
) -> Result<(usize, usize, usize, Vec<String>)> {
    let question = format!("{} items", package.name);
    let ask = |copy: &Copy| {
        work.answers().get(language, &question, copy, work, || {
            language.public_items(package, &copy.place, work)
        })
    };
    let wanted = ask(original).context("of the original")?;
    ensure!(
        !wanted.is_empty(),
        "the second tool found no public item in the original"
    );
    let found = ask(interface).context("of the interface")?;
    let (mut equal, mut loosened, mut missing) = (0, 0, Vec::new());
    for (name, signature) in &wanted {
        match found
            .get(name)
            .map(|other| (other, language.same(signature, other)))
        {
            Some((_, Same::Equal)) => equal += 1,
            Some((_, Same::Loosened)) => loosened += 1,
            Some((other, Same::Different)) => missing.push(format!("{name}: {signature} became {other}")),
            None => missing.push(format!("{name}: {signature} is missing")),
        }
    }
    Ok((equal, loosened, wanted.len(), missing))
}

fn formatter(
    language: &dyn LanguageBench,
    package: &Package,
    original: &Copy,
    interface: &Copy,
    written: &[String],
    work: &Work,
) -> Result<Option<(usize, usize)>> {
    let question = format!("{} formatter of {}", package.name, written.join(" "));
    let ask = |copy: &Copy| {
        work.answers().get(language, &question, copy, work, || {
            language.formatter(package, &copy.place, written, work)
        })
    };
    let before = ask(original)?;
    let after = ask(interface)?;
    Ok(before.zip(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_counts_as_often_as_it_is_new() {
        let said = |problems: &[&str]| Checked {
            problems: problems.iter().map(|problem| (*problem).to_owned()).collect(),
        };
        let new = |baseline: &[&str], now: &[&str]| {
            new_problems(&said(baseline), said(now), |problem| problem.to_lowercase())
        };
        assert_eq!(new(&["a", "b"], &["a", "A", "c"]), ["A", "c"]);
        assert!(new(&["A", "a"], &["a"]).is_empty());
    }

    #[test]
    fn about_a_half_of_the_reduced_files_stays_reduced() {
        let group = Group {
            language: ringfence_syntax::Language::Rust,
            files: (0..200)
                .map(|number| BenchFile {
                    path: format!("src/module_{number}.rs"),
                    shown: Shown::Interface,
                })
                .collect(),
        };
        let halved = halved(std::slice::from_ref(&group));
        let reduced = halved[0]
            .files
            .iter()
            .filter(|file| file.shown == Shown::Interface)
            .count();
        assert!((60..140).contains(&reduced), "{reduced}");
        assert_eq!(halved[0].files.len(), 200);
    }
}
