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
    kind: Kind,
    /// Folders (with `/`) and files that are its sources.
    sources: &'static [&'static str],
    /// Whether its authors compile it with `strict`.
    strict: bool,
    /// Other packages that it imports, with the types it takes from them. TypeScript itself is put beside it, the rest may be anything.
    imports: &'static [(&'static str, &'static [&'static str])],
    prettier: &'static [&'static str],
}

const PACKAGES: &[Known] = &[
    Known {
        name: "immer",
        kind: Kind::Library,
        sources: &["src/"],
        strict: true,
        imports: &[],
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
        kind: Kind::Library,
        sources: &["src/"],
        strict: true,
        imports: &[],
        prettier: &["--single-quote", "--print-width=100", "--trailing-comma=es5"],
    },
    Known {
        name: "redux",
        kind: Kind::Library,
        sources: &["src/"],
        strict: true,
        imports: &[],
        prettier: &[
            "--no-semi",
            "--single-quote",
            "--trailing-comma=none",
            "--arrow-parens=avoid",
        ],
    },
    Known {
        name: "reselect",
        kind: Kind::Library,
        sources: &["src/"],
        strict: true,
        imports: &[],
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
        kind: Kind::Library,
        sources: &["src/"],
        strict: true,
        imports: &[],
        prettier: &["--single-quote", "--print-width=140", "--trailing-comma=es5"],
    },
    Known {
        name: "tanstack-query-core",
        kind: Kind::Library,
        sources: &["src/"],
        strict: true,
        imports: &[],
        prettier: &["--no-semi", "--single-quote", "--trailing-comma=all"],
    },
    Known {
        name: "tanstack-table-core",
        kind: Kind::Library,
        sources: &["src/"],
        strict: true,
        imports: &[],
        prettier: &[
            "--no-semi",
            "--single-quote",
            "--trailing-comma=es5",
            "--arrow-parens=avoid",
        ],
    },
    Known {
        name: "ts-json-schema-generator",
        kind: Kind::Application,
        sources: &["src/", "factory/", "index.ts", "ts-json-schema-generator.ts"],
        strict: false,
        imports: &[
            ("commander", &[]),
            ("glob", &[]),
            (
                "json-schema",
                &[
                    "JSONSchema7",
                    "JSONSchema7Definition",
                    "JSONSchema7Type",
                    "JSONSchema7TypeName",
                ],
            ),
            ("json5", &[]),
            ("normalize-path", &[]),
            ("safe-stable-stringify", &[]),
            (TYPESCRIPT, &[]),
            ("fs", &[]),
            ("node:fs", &[]),
            ("path", &[]),
            ("node:path", &[]),
            ("vm", &[]),
        ],
        prettier: &["--tab-width=4", "--print-width=120"],
    },
    Known {
        name: "zod",
        kind: Kind::Library,
        sources: &["src/"],
        strict: true,
        imports: &[],
        prettier: &["--print-width=120", "--trailing-comma=es5"],
    },
];

/// Folders of tests and benchmarks that the archives carry.
const LEFT_OUT: &[&str] = &["__tests__", "tests", "benchmarks"];

/// Where the names of the reduced files stand, in the original only.
const REDUCED: &str = "ringfence-reduced.txt";

/// What the settings, the types and the pinned compiler are called in a copy.
const TYPESCRIPT: &str = "typescript";

/// As modern as the packages need. None of them publishes all of its own settings.
fn settings(known: &Known) -> String {
    let included: Vec<String> = known
        .sources
        .iter()
        .map(|source| match source.strip_suffix('/') {
            Some(folder) => format!("{folder}/**/*"),
            None => (*source).to_owned(),
        })
        .chain(["ringfence.d.ts".to_owned()])
        .collect();
    serde_json::json!({
        "compilerOptions": {
            "strict": known.strict, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
            "lib": ["es2023", "dom", "dom.iterable"], "skipLibCheck": true, "types": [],
            "allowImportingTsExtensions": true, "esModuleInterop": true, "noErrorTruncation": true
        },
        "include": included
    })
    .to_string()
}

impl LanguageBench for TypeScript {
    fn language(&self) -> &'static str {
        "typescript"
    }

    fn questions(&self) -> &'static str {
        concat!(include_str!("typescript.rs"), include_str!("declarations.rs"))
    }

    fn tools(&self) -> &'static [(&'static str, &'static [&'static str])] {
        &[("node", &["--version"])]
    }

    fn pins(&self) -> &'static [&'static str] {
        &[TYPESCRIPT, "prettier"]
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
                kind: known.kind,
                half: true,
            })
            .collect()
    }

    fn source(&self, package: &Package, work: &Work) -> Result<PathBuf> {
        work.subject(&package.name)
    }

    fn prepare(&self, package: &Package, copy: &Path, work: &Work) -> Result<()> {
        let known = known(package)?;
        // What was built from the sources would stand beside them.
        for path in files(copy)? {
            let mut parts = path.split('/');
            let is_source = known.sources.iter().any(|source| path.starts_with(source));
            let top = !path.contains('/');
            if !(is_source || top) || parts.any(|part| LEFT_OUT.contains(&part)) || path.contains(".test.") {
                std::fs::remove_file(copy.join(&path)).with_context(|| format!("cannot remove {path}"))?;
            }
        }
        std::fs::write(copy.join("ringfence.json"), settings(known)).context("cannot write the settings")?;
        // What packages take from node and from others.
        let mut declared = "declare const process: any;\n".to_owned();
        for (name, types) in known.imports {
            if *name == TYPESCRIPT {
                let modules = copy.join("node_modules");
                std::fs::create_dir_all(&modules).context("cannot make node_modules")?;
                std::os::unix::fs::symlink(work.tool(TYPESCRIPT)?, modules.join(TYPESCRIPT))
                    .context("cannot link TypeScript")?;
            } else if types.is_empty() {
                declared.push_str(&format!("declare module \"{name}\";\n"));
            } else {
                let types: String = types
                    .iter()
                    .map(|name| format!("  export type {name} = any;\n"))
                    .collect();
                declared.push_str(&format!("declare module \"{name}\" {{\n{types}}}\n"));
            }
        }
        std::fs::write(copy.join("ringfence.d.ts"), declared).context("cannot write the declarations")
    }

    fn groups(&self, package: &Package, copy: &Path, _work: &Work) -> Result<Vec<Group>> {
        let sources = known(package)?.sources;
        let paths: Vec<String> = files(copy)?
            .into_iter()
            .filter(|path| sources.iter().any(|source| path.starts_with(source)) && is_typescript(path))
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
        let here = copy.to_string_lossy();
        let problems: Vec<String> = said
            .out
            .lines()
            .filter_map(problem)
            .map(|problem| problem.replace(here.as_ref(), "."))
            .collect();
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
        prettier(copy, files, known(package)?.prettier, work).map(Some)
    }
}

fn known(package: &Package) -> Result<&'static Known> {
    PACKAGES
        .iter()
        .find(|known| known.name == package.name)
        .with_context(|| format!("no package {}", package.name))
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
    let tool = work.tool(TYPESCRIPT)?.join("bin/tsc");
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
