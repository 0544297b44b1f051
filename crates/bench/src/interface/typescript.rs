//! TypeScript: `tsc --noEmit --strict`, declarations by `tsc --declaration` compared item by item, prettier.

use super::work::{Call, Work, files, first_line};
use super::{Checked, Checker, Group, Kind, LanguageBench, Package, Same, Shown, declarations, modules};
use anyhow::{Context as _, Result, ensure};
use ringfence_syntax::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The language.
pub struct TypeScript;

/// A package and how its authors format it, found by which settings leave most of its files alone.
struct Known {
    name: &'static str,
    prettier: &'static [&'static str],
}

const PACKAGES: &[Known] = &[
    Known {
        name: "immer",
        prettier: &[
            "--use-tabs",
            "--no-semi",
            "--no-bracket-spacing",
            "--trailing-comma=none",
            "--arrow-parens=avoid",
        ],
    },
    Known {
        name: "noble-hashes",
        prettier: &["--single-quote", "--print-width=100", "--trailing-comma=es5"],
    },
    Known {
        name: "redux",
        prettier: &[
            "--no-semi",
            "--single-quote",
            "--trailing-comma=none",
            "--arrow-parens=avoid",
        ],
    },
    Known {
        name: "reselect",
        prettier: &[
            "--no-semi",
            "--single-quote",
            "--trailing-comma=none",
            "--arrow-parens=avoid",
            "--end-of-line=auto",
        ],
    },
    Known {
        name: "rxjs-7.8.1",
        prettier: &["--single-quote", "--print-width=140", "--trailing-comma=es5"],
    },
    Known {
        name: "tanstack-query-core",
        prettier: &["--no-semi", "--single-quote", "--trailing-comma=all"],
    },
    Known {
        name: "tanstack-table-core",
        prettier: &[
            "--no-semi",
            "--single-quote",
            "--trailing-comma=es5",
            "--arrow-parens=avoid",
        ],
    },
    Known {
        name: "zod",
        prettier: &["--print-width=120", "--trailing-comma=es5"],
    },
];

/// Folders of tests and benchmarks that the archives carry.
const LEFT_OUT: &[&str] = &["__tests__", "tests", "benchmarks"];

/// Where the names of the reduced files stand, in the original only.
const REDUCED: &str = "ringfence-reduced.txt";

/// Strict, as modern as the packages need. None of them publishes all of its own settings.
const SETTINGS: &str = r#"{
  "compilerOptions": {
    "strict": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
    "lib": ["es2023", "dom", "dom.iterable"], "skipLibCheck": true, "types": [],
    "allowImportingTsExtensions": true, "esModuleInterop": true, "noErrorTruncation": true
  },
  "include": ["src/**/*", "ringfence.d.ts"]
}
"#;

impl LanguageBench for TypeScript {
    fn language(&self) -> &'static str {
        "typescript"
    }

    fn checkers(&self) -> &'static [Checker] {
        &[Checker {
            name: "tsc",
            goal: 0.95,
        }]
    }

    fn packages(&self) -> Vec<Package> {
        PACKAGES
            .iter()
            .map(|known| Package {
                name: known.name.to_owned(),
                kind: Kind::Library,
                half: true,
            })
            .collect()
    }

    fn source(&self, package: &Package, work: &Work) -> Result<PathBuf> {
        work.subject(&package.name)
    }

    fn prepare(&self, _package: &Package, copy: &Path, _work: &Work) -> Result<()> {
        for entry in std::fs::read_dir(copy).context("cannot read the copy")?.flatten() {
            let path = entry.path();
            // What was built from the sources would stand beside them.
            if path.is_dir() && entry.file_name() != "src" {
                std::fs::remove_dir_all(&path)
                    .with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        for path in files(copy)? {
            let mut parts = path.split('/');
            if parts.any(|part| LEFT_OUT.contains(&part)) || path.contains(".test.") {
                std::fs::remove_file(copy.join(&path)).with_context(|| format!("cannot remove {path}"))?;
            }
        }
        std::fs::write(copy.join("ringfence.json"), SETTINGS).context("cannot write the settings")?;
        // What packages take from node.
        std::fs::write(copy.join("ringfence.d.ts"), "declare const process: any;\n")
            .context("cannot write the declarations")
    }

    fn groups(&self, _package: &Package, copy: &Path, _work: &Work) -> Result<Vec<Group>> {
        let paths: Vec<String> = files(copy)?
            .into_iter()
            .filter(|path| path.starts_with("src/") && is_typescript(path))
            .collect();
        let group = modules::group(Language::TypeScript, copy, &paths, &[])?;
        // For the second tool: only items of reduced files are worth comparing.
        let reduced: Vec<&str> = group
            .files
            .iter()
            .filter(|file| file.shown == Shown::Interface)
            .map(|file| file.path.as_str())
            .collect();
        std::fs::write(copy.join(REDUCED), reduced.join("\n")).context("cannot write the list")?;
        Ok(vec![group])
    }

    fn check(&self, _checker: &str, _package: &Package, copy: &Path, work: &Work) -> Result<Checked> {
        let said = tsc(copy, work, &["--noEmit"])?;
        let problems: Vec<String> = said.out.lines().filter_map(problem).collect();
        ensure!(
            said.success || !problems.is_empty(),
            "tsc failed: {}",
            first_line(&format!("{}{}", said.out, said.err))
        );
        Ok(Checked { problems })
    }

    fn public_items(&self, _package: &Package, copy: &Path, work: &Work) -> Result<BTreeMap<String, String>> {
        let out = copy.join("ringfence-declarations");
        let said = tsc(
            copy,
            work,
            &[
                "--declaration",
                "--emitDeclarationOnly",
                "--removeComments",
                "--outDir",
                "ringfence-declarations",
            ],
        )?;
        ensure!(
            out.is_dir(),
            "tsc wrote no declarations: {}",
            first_line(&said.out)
        );
        let mut items = BTreeMap::new();
        // Which files are reduced is the original's to say; in the other copy every file is looked at.
        let reduced = std::fs::read_to_string(copy.join(REDUCED)).ok();
        let counts = |path: &String| {
            reduced
                .as_ref()
                .is_none_or(|reduced| reduced.lines().any(|line| line == path))
        };
        for path in files(copy)?
            .into_iter()
            .filter(|path| is_typescript(path) && counts(path))
        {
            let stem = path.trim_end_matches(".ts").trim_end_matches(".tsx");
            let stem = stem.strip_prefix("src/").unwrap_or(stem);
            let declared = [
                out.join(format!("{stem}.d.ts")),
                out.join(format!("src/{stem}.d.ts")),
            ]
            .into_iter()
            .find(|declared| declared.is_file());
            let Some(declared) = declared else { continue };
            let text =
                std::fs::read(&declared).with_context(|| format!("cannot read {}", declared.display()))?;
            declarations::items(stem, &text, &mut items);
        }
        Ok(items)
    }

    fn same(&self, original: &str, interface: &str) -> Same {
        declarations::same(original, interface)
    }

    fn formatter(
        &self,
        package: &Package,
        copy: &Path,
        files: &[String],
        work: &Work,
    ) -> Result<Option<usize>> {
        let options = PACKAGES
            .iter()
            .find(|known| known.name == package.name)
            .map_or(&[][..], |known| known.prettier);
        prettier(copy, files, options, work).map(Some)
    }
}

/// How many of the files prettier would change.
pub fn prettier(copy: &Path, files: &[String], options: &[&str], work: &Work) -> Result<usize> {
    let tool = work.tool("prettier")?.join("bin/prettier.cjs");
    let said = work.run(
        Call::new("node", copy)
            .arguments([tool.as_os_str()])
            .arguments([
                "--list-different",
                "--no-config",
                "--no-editorconfig",
                "--ignore-path=/dev/null",
            ])
            .arguments(options)
            .arguments(files),
    )?;
    let syntax = said
        .err
        .lines()
        .filter(|line| line.contains("SyntaxError"))
        .count();
    ensure!(
        said.success || !said.out.trim().is_empty() || syntax > 0,
        "prettier failed: {}",
        first_line(&said.err)
    );
    Ok(said.out.lines().count() + syntax)
}

fn tsc(copy: &Path, work: &Work, arguments: &[&str]) -> Result<super::work::Said> {
    let tool = work.tool("typescript")?.join("bin/tsc");
    work.run(
        Call::new("node", copy)
            .arguments([tool.as_os_str()])
            .arguments(["-p", "ringfence.json", "--pretty", "false"])
            .arguments(arguments),
    )
}

fn is_typescript(path: &str) -> bool {
    [".ts", ".tsx", ".mts", ".cts"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// `src/a.ts(3,14): error TS2345: ...` without the place in the file; other lines are the tail of one.
fn problem(line: &str) -> Option<String> {
    let (place, rest) = line.split_once(": error ")?;
    let path = place.split('(').next().unwrap_or_default();
    Some(format!("{path}: {rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_no_line_number() {
        assert_eq!(
            problem("src/a.ts(3,14): error TS2345: Argument of type 'x'.").as_deref(),
            Some("src/a.ts: TS2345: Argument of type 'x'.")
        );
        assert_eq!(problem("  Types of property 'a' are incompatible."), None);
    }
}
