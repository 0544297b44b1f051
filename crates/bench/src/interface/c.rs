//! C: libraries of Debian, checked by `cc -fsyntax-only`; their functions counted by `cc -aux-info`.

use super::work::{Call, Work, copy, files, first_line};
use super::{BenchFile, Checked, Checker, Group, Kind, LanguageBench, Package, Same, Shown};
use anyhow::{Context as _, Result, ensure};
use ringfence_syntax::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

struct Subject {
    name: &'static str,
    /// Folders of the archive that are compiled, without the folders below them.
    folders: &'static [&'static str],
    /// Files that are no translation units of this machine.
    without: &'static [&'static str],
    /// Of the compiler.
    arguments: &'static [&'static str],
    half: bool,
}

const SUBJECTS: &[Subject] = &[
    Subject {
        name: "cjson",
        folders: &["."],
        without: &[],
        arguments: &["-I."],
        half: true,
    },
    Subject {
        name: "expat",
        folders: &["expat/lib"],
        without: &["expat/lib/winconfig.h"],
        arguments: &[
            "-Iexpat/lib",
            "-DXML_NS=1",
            "-DXML_DTD=1",
            "-DXML_GE=1",
            "-DXML_CONTEXT_BYTES=1024",
            "-DXML_DEV_URANDOM=1",
            "-DBYTEORDER=1234",
        ],
        half: true,
    },
    Subject {
        name: "http-parser",
        folders: &["."],
        without: &[],
        arguments: &["-I."],
        half: false,
    },
    Subject {
        name: "jansson",
        folders: &["src"],
        without: &[],
        arguments: &["-Isrc", "-DHAVE_STDINT_H=1", "-DHAVE_SYS_TIME_H=1"],
        half: true,
    },
    Subject {
        name: "libyaml",
        folders: &["include", "src"],
        without: &[],
        arguments: &[
            "-Iinclude",
            "-Isrc",
            "-DYAML_VERSION_MAJOR=0",
            "-DYAML_VERSION_MINOR=2",
            "-DYAML_VERSION_PATCH=5",
            "-DYAML_VERSION_STRING=\"0.2.5\"",
        ],
        half: true,
    },
    Subject {
        name: "lz4",
        folders: &["lib"],
        without: &[],
        arguments: &["-Ilib"],
        half: true,
    },
    Subject {
        name: "zlib",
        folders: &["."],
        without: &[],
        arguments: &["-I.", "-DHAVE_UNISTD_H=1", "-D_LARGEFILE64_SOURCE=1"],
        half: true,
    },
];

/// Of jansson's configuration, what its own script puts in on this kind of machine.
const JANSSON: &[(&str, &str)] = &[
    ("@json_inline@", "inline"),
    ("@json_have_long_long@", "1"),
    ("@json_have_localeconv@", "1"),
    ("@json_have_atomic_builtins@", "1"),
    ("@json_have_sync_builtins@", "1"),
];

/// C, by the compiler on PATH.
pub struct C;

fn subject(package: &Package) -> Result<&'static Subject> {
    SUBJECTS
        .iter()
        .find(|subject| subject.name == package.name)
        .with_context(|| format!("no subject {}", package.name))
}

impl LanguageBench for C {
    fn language(&self) -> &'static str {
        "c"
    }

    fn questions(&self) -> &'static str {
        include_str!("c.rs")
    }

    fn tools(&self) -> &'static [(&'static str, &'static [&'static str])] {
        &[("cc", &["--version"])]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[Checker {
            name: "cc",
            goal: 0.8,
        }]
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
        let subject = subject(package)?;
        let archive = work.subject(subject.name)?;
        let whole = work.folder(&format!("c-whole-{}", subject.name))?;
        copy(&archive, &whole)?;
        let source = work.folder(&format!("c-source-{}", subject.name))?;
        for path in files(&whole)? {
            let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            let is_c = Language::from_path(path.as_bytes()) == Some(Language::C) || path.ends_with(".in");
            if !is_c || !subject.folders.contains(&folder) || subject.without.contains(&path.as_str()) {
                continue;
            }
            let place = source.join(&path);
            std::fs::create_dir_all(place.parent().unwrap_or(&source)).context("a folder of the source")?;
            std::fs::copy(whole.join(&path), &place).with_context(|| format!("cannot copy {path}"))?;
        }
        Ok(source)
    }

    fn prepare(&self, package: &Package, copy: &Path, _work: &Work) -> Result<()> {
        if package.name == "jansson" {
            let template = copy.join("src/jansson_config.h.in");
            let mut text = std::fs::read_to_string(&template)
                .with_context(|| format!("cannot read {}", template.display()))?;
            for (name, value) in JANSSON {
                text = text.replace(name, value);
            }
            std::fs::write(copy.join("src/jansson_config.h"), text)
                .context("cannot write jansson_config.h")?;
        }
        Ok(())
    }

    fn groups(&self, _package: &Package, copy: &Path, _work: &Work) -> Result<Vec<Group>> {
        let files = files(copy)?
            .into_iter()
            .filter(|path| Language::from_path(path.as_bytes()) == Some(Language::C))
            .map(|path| {
                let text = std::fs::read(copy.join(&path)).with_context(|| format!("cannot read {path}"))?;
                // A program is an entry; a library has none.
                let is_entry = text.split(|byte| *byte == b'\n').any(|line| {
                    line.starts_with(b"int main") || line.starts_with(b"main(") || line.starts_with(b"main (")
                });
                Ok(BenchFile {
                    shown: if is_entry { Shown::Whole } else { Shown::Interface },
                    path,
                })
            })
            .collect::<Result<Vec<BenchFile>>>()?;
        Ok(vec![Group {
            language: Language::C,
            files,
        }])
    }

    fn check(&self, _checker: &str, package: &Package, copy: &Path, work: &Work) -> Result<Checked> {
        let mut problems = Vec::new();
        for unit in units(copy)? {
            let said = work.run(
                Call::new("cc", copy)
                    .arguments(["-fsyntax-only", "-Werror=implicit-function-declaration"])
                    .arguments(subject(package)?.arguments)
                    .arguments([&unit])
                    .environment("LC_ALL", "C"),
            )?;
            problems.extend(
                said.err
                    .lines()
                    .filter(|line| line.contains("error:"))
                    .map(|line| {
                        format!(
                            "{unit}: {}",
                            line.split_once("error:").map_or(line, |(_, rest)| rest).trim()
                        )
                    }),
            );
        }
        problems.sort();
        Ok(Checked { problems })
    }

    fn public_items(&self, package: &Package, copy: &Path, work: &Work) -> Result<BTreeMap<String, String>> {
        let list = work.folder(&format!("c-items-{}", package.name))?.join("items");
        let mut items = BTreeMap::new();
        let mut complaint = String::new();
        for unit in units(copy)? {
            let _ = std::fs::remove_file(&list);
            let said = work.run(
                Call::new("cc", copy)
                    .arguments(["-c", "-w", "-o", "/dev/null", "-aux-info"])
                    .arguments([&list])
                    .arguments(subject(package)?.arguments)
                    .arguments([&unit]),
            )?;
            if !said.success {
                complaint = said.err;
                continue;
            }
            let text =
                std::fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
            items.extend(text.lines().filter_map(declaration));
        }
        ensure!(!items.is_empty(), "{}", first_line(&complaint));
        Ok(items)
    }

    /// Names of parameters are no part of a type: which declaration the compiler lists last decides whether they are written.
    fn same(&self, original: &str, interface: &str) -> Same {
        if without_parameter_names(original) == without_parameter_names(interface) {
            Same::Equal
        } else {
            Same::Different
        }
    }

    fn formatter(&self, _: &Package, _: &Path, _: &[String], _: &Work) -> Result<Option<usize>> {
        Ok(None)
    }
}

fn units(copy: &Path) -> Result<Vec<String>> {
    Ok(files(copy)?
        .into_iter()
        .filter(|path| path.ends_with(".c"))
        .collect())
}

/// A function of the package that others can call, from a line `/* file:line:kind */ extern type name (parameters); ...`.
fn declaration(line: &str) -> Option<(String, String)> {
    let (place, rest) = line.strip_prefix("/* ")?.split_once(" */ ")?;
    if place.starts_with('/') || place.starts_with('<') {
        return None;
    }
    let said = rest.strip_prefix("extern ")?.split(';').next()?.trim();
    let name = said
        .split(" (")
        .next()?
        .rsplit([' ', '*'])
        .next()
        .filter(|name| !name.is_empty())?;
    Some((name.to_owned(), said.to_owned()))
}

/// A declaration with every parameter's own name left out; function pointers stay as they are written.
fn without_parameter_names(said: &str) -> String {
    let Some((head, rest)) = said.split_once(" (") else {
        return said.to_owned();
    };
    let inner = rest.strip_suffix(')').unwrap_or(rest);
    if inner.contains('(') {
        return said.to_owned();
    }
    let parameters: Vec<&str> = inner
        .split(',')
        .map(|parameter| {
            let parameter = parameter.trim();
            let name = parameter
                .rfind(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                .map_or(0, |last| last + 1);
            let (kind, name) = parameter.split_at(name);
            let before = kind.trim_end();
            // `const` and `struct` alone are no type; `unsigned int` has no name.
            let is_type = before.is_empty()
                || BASE_TYPES.contains(&name)
                || before.split(' ').all(|word| QUALIFIERS.contains(&word));
            if is_type { parameter } else { before }
        })
        .collect();
    format!("{head} ({})", parameters.join(", "))
}

/// Words that end a type.
const BASE_TYPES: &[&str] = &[
    "char", "short", "int", "long", "float", "double", "signed", "unsigned", "void", "",
];

/// Words after which the type is still to come.
const QUALIFIERS: &[&str] = &["const", "volatile", "struct", "union", "enum", "restrict"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parameters_are_no_part_of_a_type() {
        for (one, other) in [
            ("size_t f (char byte)", "size_t f (char)"),
            (
                "char *f (const char *b, size_t n, int32_t *c)",
                "char *f (const char *, size_t, int32_t *)",
            ),
            (
                "int f (const struct a *x, unsigned int)",
                "int f (const struct a *, unsigned int)",
            ),
        ] {
            assert_eq!(without_parameter_names(one), other);
            assert_eq!(without_parameter_names(other), other);
        }
        assert_eq!(without_parameter_names("int f (struct a)"), "int f (struct a)");
        assert_ne!(
            without_parameter_names("int f (char *)"),
            without_parameter_names("int f (char)")
        );
    }

    #[test]
    fn only_functions_of_the_package_count() {
        assert_eq!(
            declaration("/* ./zlib.h:10:NC */ extern const char *zlibVersion (void);"),
            Some((
                "zlibVersion".to_owned(),
                "const char *zlibVersion (void)".to_owned()
            ))
        );
        assert_eq!(
            declaration(
                "/* adler32.c:61:OF */ extern uLong adler32_z (uLong, const Bytef *, z_size_t); /* (adler, buf, len) */"
            ),
            Some((
                "adler32_z".to_owned(),
                "uLong adler32_z (uLong, const Bytef *, z_size_t)".to_owned()
            ))
        );
        assert_eq!(
            declaration("/* /usr/include/stdio.h:3:NC */ extern int puts (const char *);"),
            None
        );
        assert_eq!(
            declaration("/* a.c:3:NF */ static int f (void); /* (void) */"),
            None
        );
    }
}
