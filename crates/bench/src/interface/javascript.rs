//! JavaScript: every module is loaded by node, and the keys, kinds and parameter counts of what it exports are compared.
//!
//! Packages that a subject depends on are not installed: an object that answers everything stands for each of them, in both copies.

use super::typescript::prettier;
use super::work::{Call, Work, files, first_line};
use super::{Checked, Checker, Group, Kind, LanguageBench, Package, Same, Shown, modules};
use anyhow::{Context as _, Result, ensure};
use ringfence_syntax::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The language.
pub struct JavaScript;

/// A package, where its sources are, and its entries.
struct Known {
    name: &'static str,
    kind: Kind,
    /// Files below these are its sources.
    sources: &'static [&'static str],
    /// Files that users of the package load directly.
    entries: &'static [&'static str],
    prettier: &'static [&'static str],
}

const PACKAGES: &[Known] = &[
    Known {
        name: "chalk",
        kind: Kind::Library,
        sources: &["source/"],
        entries: &["source/index.js"],
        prettier: &[
            "--use-tabs",
            "--single-quote",
            "--no-bracket-spacing",
            "--arrow-parens=avoid",
        ],
    },
    Known {
        name: "commander",
        kind: Kind::Library,
        sources: &["index.js", "lib/"],
        entries: &["index.js"],
        prettier: &["--single-quote"],
    },
    Known {
        name: "express",
        kind: Kind::Library,
        sources: &["index.js", "lib/"],
        entries: &["index.js"],
        prettier: &["--single-quote", "--trailing-comma=none", "--arrow-parens=avoid"],
    },
    Known {
        name: "koa",
        kind: Kind::Library,
        sources: &["lib/"],
        entries: &["lib/application.js"],
        prettier: &[
            "--single-quote",
            "--no-semi",
            "--trailing-comma=none",
            "--arrow-parens=avoid",
        ],
    },
    Known {
        name: "lodash",
        kind: Kind::Library,
        sources: &[""],
        entries: &["lodash.js", "index.js", "fp.js", "core.js"],
        prettier: &["--single-quote", "--trailing-comma=none", "--arrow-parens=avoid"],
    },
    Known {
        name: "nodemon",
        kind: Kind::Application,
        sources: &["bin/", "lib/"],
        entries: &["bin/nodemon.js"],
        prettier: &["--single-quote", "--trailing-comma=es5"],
    },
    Known {
        name: "node-semver",
        kind: Kind::Library,
        sources: &["index.js", "classes/", "functions/", "internal/", "ranges/"],
        entries: &["index.js"],
        prettier: &["--single-quote", "--no-semi", "--trailing-comma=es5"],
    },
];

/// Where the names of the reduced files stand, in the original only.
const REDUCED: &str = "ringfence-reduced.txt";

/// Loads the files that its arguments name; prints what failed, or with `items` what they export.
const LOADER: &str = r#"
const Module = require('module'), path = require('path'), { pathToFileURL } = require('url');
const fs = require('fs'), results = fs.openSync('ringfence-results.txt', 'w');
const write = (line) => fs.writeSync(results, line + '\n');
const stands = new WeakSet(), load = Module._load;
function stand() {
  const proxy = new Proxy(function () {}, {
    get: (target, key) => key === 'prototype' ? target.prototype : key === Symbol.toPrimitive ? () => '' : stand(),
    apply: () => stand(), construct: () => stand(),
  });
  stands.add(proxy);
  return proxy;
}
Module._load = function (request) {
  try { return load.apply(this, arguments); } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND' && /^[a-z@]/i.test(request)) return stand();
    throw error;
  }
};
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
function kind(value) {
  if (isObject(value) && stands.has(value)) return 'package';
  if (typeof value !== 'function') return value === null ? 'null' : typeof value;
  return (/^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function') + '/' + value.length;
}
const isNative = (value) => typeof value === 'function' && /\[native code\]/.test(Function.prototype.toString.call(value));
function items(name, value, depth, out) {
  out[name] = kind(value);
  if (!isObject(value) || stands.has(value) || isNative(value) || Array.isArray(value)) return;
  if (depth > 0 && typeof value !== 'function') return;
  const add = (name, owner, without) => {
    for (const key of Object.getOwnPropertyNames(owner)) {
      if (without.includes(key)) continue;
      const own = Object.getOwnPropertyDescriptor(owner, key);
      if (own.get || own.set) out[name + '.' + key] = 'accessor';
      else if (depth < 1) items(name + '.' + key, own.value, depth + 1, out);
      else out[name + '.' + key] = kind(own.value);
    }
  };
  add(name, value, typeof value === 'function' ? ['length', 'name', 'arguments', 'caller', 'prototype'] : []);
  if (typeof value === 'function' && isObject(value.prototype)) add(name + '.prototype', value.prototype, ['constructor']);
}
(async () => {
  const [what, ...names] = process.argv.slice(2), out = {};
  for (const name of names) {
    const file = path.resolve(name);
    try {
      let loaded;
      try { loaded = require(file); } catch (error) {
        if (error.code !== 'ERR_REQUIRE_ESM') throw error;
        loaded = { ...(await import(pathToFileURL(file))) };
      }
      if (what === 'items') items(name, loaded, 0, out);
    } catch (error) {
      if (what === 'check') write(name + ': ' + String(error && error.message).split('\n')[0].replaceAll(process.cwd(), ''));
    }
  }
  if (what === 'items') write(JSON.stringify(out));
  write('END');
  process.exit(0);
})();
"#;

impl LanguageBench for JavaScript {
    fn language(&self) -> &'static str {
        "javascript"
    }

    fn questions(&self) -> &'static str {
        include_str!("javascript.rs")
    }

    fn tools(&self) -> &'static [(&'static str, &'static [&'static str])] {
        &[("node", &["--version"])]
    }

    fn pins(&self) -> &'static [&'static str] {
        &["prettier"]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[
            Checker {
                name: "load",
                goal: 0.95,
            },
            // A stub that an entry runs while it is loaded throws, as it must: how often that happens is information.
            Checker {
                name: "load of entries",
                goal: 0.0,
            },
        ]
    }

    fn packages(&self) -> Vec<Package> {
        PACKAGES
            .iter()
            .map(|known| Package {
                name: known.name.to_owned(),
                kind: known.kind,
                half: false,
            })
            .collect()
    }

    fn source(&self, package: &Package, work: &Work) -> Result<PathBuf> {
        work.subject(&package.name)
    }

    fn prepare(&self, _package: &Package, copy: &Path, _work: &Work) -> Result<()> {
        std::fs::write(copy.join("ringfence-load.cjs"), LOADER).context("cannot write the loader")
    }

    fn groups(&self, package: &Package, copy: &Path, work: &Work) -> Result<Vec<Group>> {
        let known = known(package)?;
        let group = modules::group(Language::JavaScript, copy, &sources(known, copy)?, known.entries)?;
        let reduced: Vec<&str> = group
            .files
            .iter()
            .filter(|file| file.shown == Shown::Interface)
            .map(|file| file.path.as_str())
            .collect();
        std::fs::write(copy.join(REDUCED), reduced.join("\n")).context("cannot write the list")?;
        let list = work.folder("javascript-reduced")?.join(&package.name);
        std::fs::write(list, reduced.join("\n")).context("cannot write the list")?;
        Ok(vec![group])
    }

    fn check(&self, checker: &str, package: &Package, copy: &Path, work: &Work) -> Result<Checked> {
        let wanted = if checker == "load" {
            Shown::Interface
        } else {
            Shown::Whole
        };
        let original = std::fs::read_to_string(work.folder("javascript-reduced")?.join(&package.name));
        let reduced = original.unwrap_or_default();
        let names: Vec<String> = sources(known(package)?, copy)?
            .into_iter()
            .filter(|path| reduced.lines().any(|line| line == path) == (wanted == Shown::Interface))
            .collect();
        let said = load("check", &names, copy, work)?;
        let problems = said
            .lines()
            .filter(|line| *line != "END")
            .map(str::to_owned)
            .collect();
        Ok(Checked { problems })
    }

    fn public_items(&self, package: &Package, copy: &Path, work: &Work) -> Result<BTreeMap<String, String>> {
        let names = match std::fs::read_to_string(copy.join(REDUCED)) {
            Ok(reduced) => reduced.lines().map(str::to_owned).collect(),
            Err(_) => sources(known(package)?, copy)?,
        };
        let said = load("items", &names, copy, work)?;
        let line = said
            .lines()
            .find(|line| line.starts_with('{'))
            .context("the loader printed no items")?;
        serde_json::from_str(line).context("the loader's items cannot be read")
    }

    fn same(&self, original: &str, interface: &str) -> Same {
        if original == interface {
            Same::Equal
        } else if interface == "object" {
            // What a call gave is not known without running it.
            Same::Loosened
        } else {
            Same::Different
        }
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

fn sources(known: &Known, copy: &Path) -> Result<Vec<String>> {
    Ok(files(copy)?
        .into_iter()
        .filter(|path| known.sources.iter().any(|source| path.starts_with(source)))
        .filter(|path| {
            let is_script = path.ends_with(".js") || path.ends_with(".mjs");
            // lodash carries bundles of itself beside its modules.
            is_script
                && !path.ends_with(".min.js")
                && !path.starts_with("fp/")
                && !path.starts_with("ringfence")
        })
        .collect())
}

/// Loads files in one process; an error when it did not come to its end.
fn load(what: &str, names: &[String], copy: &Path, work: &Work) -> Result<String> {
    let said = work.run(
        Call::new("node", copy)
            .arguments(["ringfence-load.cjs", what])
            .arguments(names),
    )?;
    // Packages print on loading, so the answer is in a file.
    let results = std::fs::read_to_string(copy.join("ringfence-results.txt")).unwrap_or_default();
    ensure!(
        results.lines().any(|line| line == "END"),
        "loading ended early: {}",
        first_line(&said.err)
    );
    Ok(results)
}
