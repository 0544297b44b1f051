//! Go: packages of Debian and of Go's own library, checked by `go build` and `go vet`; public items by Go's type checker; form by gofmt.

use super::work::{Call, Said, Work, files, first_line};
use super::{BenchFile, Checked, Checker, Group, Kind, LanguageBench, Package, Shown};
use anyhow::{Context as _, Result, ensure};
use ringfence_syntax::Language;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Prints the exported items of packages.
const ITEMS: &str = include_str!("go/items.go");

/// A subject: its module, the folders of it that are measured (empty: all), and the subjects that it imports.
struct Subject {
    name: &'static str,
    module: &'static str,
    folders: &'static [&'static str],
    needs: &'static [&'static str],
    half: bool,
}

const fn subject(name: &'static str, module: &'static str, half: bool) -> Subject {
    Subject {
        name,
        module,
        folders: &[],
        needs: &[],
        half,
    }
}

/// Packages of Debian by the name of their subject; those with a slash are folders of the installed Go's own library.
const SUBJECTS: &[Subject] = &[
    subject("archive/zip", "std.example/zip", true),
    Subject {
        folders: &[""],
        needs: &["pflag"],
        ..subject("cobra", "github.com/spf13/cobra", true)
    },
    subject("compress/flate", "std.example/flate", true),
    subject("encoding/gob", "std.example/gob", false),
    subject("encoding/json", "std.example/json", true),
    Subject {
        folders: &["cmp"],
        ..subject("go-cmp", "github.com/google/go-cmp", true)
    },
    Subject {
        folders: &[
            "apidiff",
            "constraints",
            "ebnf",
            "event",
            "maps",
            "mmap",
            "rand",
            "slices",
            "utf8string",
        ],
        ..subject("go-exp", "golang.org/x/exp", true)
    },
    subject("go-toml", "github.com/BurntSushi/toml", true),
    subject("go-yaml", "gopkg.in/yaml.v3", true),
    Subject {
        folders: &[""],
        ..subject("gorilla-mux", "github.com/gorilla/mux", true)
    },
    Subject {
        folders: &[""],
        ..subject("gorilla-websocket", "github.com/gorilla/websocket", true)
    },
    subject("pflag", "github.com/spf13/pflag", true),
    subject("pkg-errors", "github.com/pkg/errors", true),
    subject("text/template", "std.example/template", false),
];

/// Go, by the compiler on PATH.
pub struct Go;

impl LanguageBench for Go {
    fn language(&self) -> &'static str {
        "go"
    }

    fn questions(&self) -> &'static str {
        include_str!("go.rs")
    }

    fn tools(&self) -> &'static [(&'static str, &'static [&'static str])] {
        &[("go", &["version"])]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[
            Checker {
                name: "go build",
                goal: 0.95,
            },
            Checker {
                name: "go vet",
                goal: 0.95,
            },
        ]
    }

    fn packages(&self) -> Vec<Package> {
        SUBJECTS
            .iter()
            .map(|subject| Package {
                name: subject.name.to_owned(),
                kind: Kind::Library,
                half: subject.half,
            })
            .collect()
    }

    fn source(&self, package: &Package, work: &Work) -> Result<PathBuf> {
        if !package.name.contains('/') {
            return work.subject(&package.name);
        }
        let said = work.run(Call::new("go", &std::env::temp_dir()).arguments(["env", "GOROOT"]))?;
        let folder = Path::new(said.out.trim()).join("src").join(&package.name);
        ensure!(folder.is_dir(), "the installed Go has no {}", folder.display());
        Ok(folder)
    }

    /// A module without anything to download: what it imports is replaced by the pinned subject beside it.
    fn prepare(&self, package: &Package, copy: &Path, work: &Work) -> Result<()> {
        let subject = subject_of(package)?;
        for path in files(copy)? {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let parts: Vec<&str> = path.split('/').collect();
            let wanted = subject.folders.is_empty()
                || subject.folders.iter().any(|wanted| {
                    folder == *wanted || !wanted.is_empty() && folder.starts_with(&format!("{wanted}/"))
                });
            let other_module = subject.folders.len() > 1
                && parts.len() > 2
                && (1..parts.len())
                    .filter_map(|count| parts.get(..count))
                    .any(|parents| copy.join(parents.join("/")).join("go.mod").is_file());
            let library = !package.name.contains('/') || parts.len() == 1 || package.name == "text/template";
            let is_test = path.ends_with("_test.go") || parts.contains(&"testdata");
            if !wanted || is_test || other_module || !library || path.ends_with(".sum") {
                std::fs::remove_file(copy.join(&path)).with_context(|| format!("cannot remove {path}"))?;
            }
        }
        let mut manifest = format!("module {}\n\ngo 1.18\n", subject.module);
        for need in subject.needs {
            let other = SUBJECTS
                .iter()
                .find(|other| other.name == *need)
                .context("no such subject")?;
            let place = work.subject(other.name)?;
            manifest.push_str(&format!(
                "\nrequire {0} v0.0.0\n\nreplace {0} => {1}\n",
                other.module,
                place.display()
            ));
        }
        std::fs::write(copy.join("go.mod"), manifest).context("cannot write go.mod")?;
        Ok(())
    }

    fn groups(&self, _package: &Package, copy: &Path, _work: &Work) -> Result<Vec<Group>> {
        let mut found = Vec::new();
        for path in files(copy)?.into_iter().filter(|path| path.ends_with(".go")) {
            let text =
                std::fs::read_to_string(copy.join(&path)).with_context(|| format!("cannot read {path}"))?;
            // A program is what nobody imports.
            let is_entry = text.lines().any(|line| line.trim_end() == "package main");
            found.push(BenchFile {
                path,
                shown: if is_entry { Shown::Whole } else { Shown::Interface },
            });
        }
        Ok(vec![Group {
            language: Language::Go,
            files: found,
        }])
    }

    fn check(&self, checker: &str, _package: &Package, copy: &Path, work: &Work) -> Result<Checked> {
        let command = checker.strip_prefix("go ").unwrap_or(checker);
        let said = go(work, copy, &[command, "./..."])?;
        let mut problems = Vec::new();
        for line in said.err.lines().filter(|line| !line.starts_with('#')) {
            problems.push(without_numbers(line));
        }
        ensure!(
            said.success || !problems.is_empty(),
            "go {command} failed without a word"
        );
        Ok(Checked { problems })
    }

    fn public_items(&self, _package: &Package, copy: &Path, work: &Work) -> Result<BTreeMap<String, String>> {
        let listed = go(work, copy, &["list", "./..."])?;
        ensure!(listed.success, "{}", first_line(&listed.err));
        let folder = work.folder("go-items")?;
        let program = folder.join("items.go");
        std::fs::write(&program, ITEMS).context("cannot write items.go")?;
        let program = program.to_str().context("a scratch folder with an odd name")?;
        let mut arguments = vec!["run", program];
        arguments.extend(listed.out.lines());
        let said = go(work, copy, &arguments)?;
        ensure!(said.success, "{}", first_line(&said.err));
        Ok(said
            .out
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(name, kind)| (name.to_owned(), kind.trim_end().to_owned()))
            .collect())
    }

    fn formatter(
        &self,
        _package: &Package,
        copy: &Path,
        files: &[String],
        work: &Work,
    ) -> Result<Option<usize>> {
        let mut arguments = vec!["-l".to_owned()];
        arguments.extend(files.iter().cloned());
        let said = work.run(Call::new("gofmt", copy).arguments(&arguments))?;
        ensure!(said.success, "{}", first_line(&said.err));
        let changed: BTreeSet<&str> = said.out.lines().collect();
        Ok(Some(changed.len()))
    }
}

fn subject_of(package: &Package) -> Result<&'static Subject> {
    SUBJECTS
        .iter()
        .find(|subject| subject.name == package.name)
        .with_context(|| format!("no subject {}", package.name))
}

/// Starts Go without a network and without settings of the machine.
fn go(work: &Work, folder: &Path, arguments: &[&str]) -> Result<Said> {
    work.run(
        Call::new("go", folder)
            .arguments(arguments)
            .environment("GO111MODULE", "on")
            .environment("GOFLAGS", "-mod=mod")
            .environment("GOPROXY", "off")
            .environment("GOSUMDB", "off")
            .environment("GOWORK", "off")
            .environment("GOTOOLCHAIN", "local")
            .environment("CGO_ENABLED", "0")
            .environment("GOCACHE", work.folder("go-cache")?)
            .environment("GOPATH", work.folder("go-path")?),
    )
}

/// A message without line and column.
fn without_numbers(line: &str) -> String {
    line.split(':')
        .filter(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()))
        .collect::<Vec<_>>()
        .join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_compared_without_their_place() {
        assert_eq!(
            without_numbers("./a.go:12:3: undefined: x"),
            "./a.go: undefined: x"
        );
    }

    #[test]
    fn every_need_is_a_subject() {
        for subject in SUBJECTS {
            for need in subject.needs {
                assert!(SUBJECTS.iter().any(|other| other.name == *need), "{need}");
            }
        }
    }
}
