//! Java: packages of Debian, checked by `javac`; public and protected members by `javap` on the class files.

use super::work::{Call, Work, files, first_line};
use super::{BenchFile, Checked, Checker, Group, Kind, LanguageBench, Package, Shown};
use anyhow::{Context as _, Result, ensure};
use ringfence_syntax::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Subjects, and whether a half of them is checked too.
const SUBJECTS: &[(&str, bool)] = &[
    ("commons-codec", true),
    ("commons-collections", true),
    ("commons-csv", true),
    ("commons-io", true),
    ("commons-lang", true),
    ("picocli", false),
];

/// Where the sources are in all of them.
const SOURCES: &str = "src/main/java/";

/// Where class files go: a folder that lists of files leave out.
const CLASSES: &str = ".classes";

/// Java, by the compiler on PATH.
pub struct Java;

impl LanguageBench for Java {
    fn language(&self) -> &'static str {
        "java"
    }

    fn questions(&self) -> &'static str {
        include_str!("java.rs")
    }

    fn tools(&self) -> &'static [(&'static str, &'static [&'static str])] {
        &[("javac", &["-version"])]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[Checker {
            name: "javac",
            goal: 0.95,
        }]
    }

    fn packages(&self) -> Vec<Package> {
        SUBJECTS
            .iter()
            .map(|(name, half)| Package {
                name: (*name).to_owned(),
                kind: Kind::Library,
                half: *half,
            })
            .collect()
    }

    fn source(&self, package: &Package, work: &Work) -> Result<PathBuf> {
        work.subject(&package.name)
    }

    fn prepare(&self, _package: &Package, copy: &Path, _work: &Work) -> Result<()> {
        for path in files(copy)? {
            if !path.starts_with(SOURCES) {
                std::fs::remove_file(copy.join(&path)).with_context(|| format!("cannot remove {path}"))?;
            }
        }
        Ok(())
    }

    fn groups(&self, _package: &Package, copy: &Path, _work: &Work) -> Result<Vec<Group>> {
        Ok(vec![Group {
            language: Language::Java,
            files: sources(copy)?
                .into_iter()
                .map(|path| BenchFile {
                    path,
                    shown: Shown::Interface,
                })
                .collect(),
        }])
    }

    fn check(&self, _checker: &str, _package: &Package, copy: &Path, work: &Work) -> Result<Checked> {
        let classes = copy.join(CLASSES);
        if classes.exists() {
            std::fs::remove_dir_all(&classes).context("cannot empty the folder of classes")?;
        }
        let mut arguments: Vec<String> = [
            "-nowarn",
            "-encoding",
            "UTF-8",
            "-proc:none",
            "-Xmaxerrs",
            "1000",
            "-d",
            CLASSES,
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.extend(sources(copy)?);
        let said = work.run(Call::new("javac", copy).arguments(&arguments))?;
        let problems: Vec<String> = said
            .err
            .lines()
            .filter_map(|line| line.split_once(": error: "))
            .map(|(place, message)| {
                let file = place.split(':').next().unwrap_or(place);
                format!("{file}: {message}")
            })
            .collect();
        ensure!(
            said.success || !problems.is_empty(),
            "javac failed: {}",
            first_line(&said.err)
        );
        Ok(Checked { problems })
    }

    fn public_items(&self, package: &Package, copy: &Path, work: &Work) -> Result<BTreeMap<String, String>> {
        let classes = copy.join(CLASSES);
        if !classes.is_dir() {
            self.check("javac", package, copy, work)?;
        }
        let mut arguments = vec!["-protected".to_owned()];
        arguments.extend(
            files(&classes)?
                .into_iter()
                .filter(|path| path.ends_with(".class")),
        );
        let said = work.run(Call::new("javap", &classes).arguments(&arguments))?;
        ensure!(said.success, "{}", first_line(&said.err));
        Ok(members(&said.out))
    }

    fn formatter(
        &self,
        _package: &Package,
        _copy: &Path,
        _files: &[String],
        _work: &Work,
    ) -> Result<Option<usize>> {
        Ok(None)
    }
}

fn sources(copy: &Path) -> Result<Vec<String>> {
    Ok(files(copy)?
        .into_iter()
        .filter(|path| path.ends_with(".java"))
        .collect())
}

/// Public and protected members of classes that others can name, from what javap prints.
///
/// Nobody can extend an enumeration: that it is final or abstract, and which of its methods are, is left out.
fn members(said: &str) -> BTreeMap<String, String> {
    let mut classes: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut open: Option<(String, bool)> = None;
    for line in said.lines() {
        let text = line.trim();
        match &open {
            None => {
                let Some(head) = text.strip_suffix('{').map(str::trim_end) else {
                    continue;
                };
                let Some(name) = class_name(head) else { continue };
                let is_enum = head.contains(" extends java.lang.Enum<");
                classes.insert(name.clone(), (plain(head, is_enum), Vec::new()));
                open = Some((name, is_enum));
            }
            Some(_) if text == "}" => open = None,
            Some((name, is_enum)) => {
                if let Some((_, found)) = classes.get_mut(name)
                    && text != "static {};"
                {
                    found.push(plain(text, *is_enum));
                }
            }
        }
    }
    let is_seen = |name: &str| {
        let parts: Vec<&str> = name.split('$').collect();
        (1..=parts.len()).all(|count| {
            let outer = parts.get(..count).unwrap_or_default().join("$");
            classes
                .get(&outer)
                .is_some_and(|(head, _)| head.starts_with("public "))
        })
    };
    let mut items = BTreeMap::new();
    for (name, (head, found)) in &classes {
        if !is_seen(name) {
            continue;
        }
        items.insert(name.clone(), head.clone());
        for member in found {
            items.insert(format!("{name}: {member}"), member.clone());
        }
    }
    items
}

/// The name in the head of a class: the word after `class` or `interface`, type parameters left out.
fn class_name(head: &str) -> Option<String> {
    let mut words = head
        .split(' ')
        .skip_while(|word| !matches!(*word, "class" | "interface"));
    words.next()?;
    let name = words.next()?;
    Some(name.split('<').next().unwrap_or(name).to_owned())
}

fn plain(line: &str, is_enum: bool) -> String {
    if !is_enum {
        return line.to_owned();
    }
    line.split(' ')
        .filter(|word| !matches!(*word, "final" | "abstract"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_hidden_classes_are_left_out() {
        let said = "Compiled from \"A.java\"\npublic class p.A<T> extends q.B {\n  public static final int N;\n  protected void f(int) throws java.io.IOException;\n  static {};\n}\nclass p.A$Hidden {\n  public void g();\n}\npublic class p.A$Hidden$Inner {\n  public void h();\n}\npublic final class p.E extends java.lang.Enum<p.E> {\n  public abstract int size();\n}\n";
        let found = members(said);
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "p.A",
                "p.A: protected void f(int) throws java.io.IOException;",
                "p.A: public static final int N;",
                "p.E",
                "p.E: public int size();"
            ]
        );
        assert_eq!(found["p.E"], "public class p.E extends java.lang.Enum<p.E>");
    }
}
