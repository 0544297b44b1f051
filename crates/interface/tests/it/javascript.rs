//! Laws and traps of JavaScript: exports of every shape stay, bodies go.

use std::collections::BTreeSet;

use ringfence_interface::{Options, Outcome, RefusedReason};
use ringfence_syntax::{Language, parse};

use crate::typescript::{corpus, interface, one, package, secrets};

/// Packages of the corpus: CommonJS of three styles, and ECMAScript modules.
const PACKAGES: &[&str] = &[
    "express/lib",
    "node-semver",
    "koa/lib",
    "chalk/source",
    "commander/lib",
];

fn js(text: &str) -> String {
    interface("lib/module.js", text)
}

#[test]
fn real_packages_lose_their_bodies_and_stay_parsable() {
    for folder in PACKAGES {
        let files = corpus(folder, &[".js"]);
        for ((path, text), outcome) in files.iter().zip(package(&files, &BTreeSet::new())) {
            let Outcome::Interface(found) = outcome else {
                panic!("{path}: {outcome:?}");
            };
            assert_eq!(
                parse(Language::JavaScript, &found.text).unwrap().error_count(),
                0,
                "{path}"
            );
            let shown = String::from_utf8_lossy(&found.text).into_owned();
            let code: String = shown
                .lines()
                .filter(|line| !line.trim_start().starts_with('*'))
                .collect();
            for secret in secrets(path, text) {
                let secret = String::from_utf8_lossy(&secret).into_owned();
                assert!(
                    !code.contains(&format!("'{secret}'")) && !code.contains(&format!("\"{secret}\"")),
                    "{path}: {secret}"
                );
            }
            assert_eq!(found.bodies_kept, 0, "{path}");
        }
    }
}

#[test]
fn an_interface_of_an_interface_is_itself() {
    for folder in PACKAGES {
        for (path, text) in corpus(folder, &[".js"]) {
            let Outcome::Interface(found) = one(&path, &text, &Options::default()) else {
                continue;
            };
            let Outcome::Interface(again) = one(&path, &found.text, &Options::default()) else {
                panic!("{path}: refused the second time");
            };
            assert_eq!(
                String::from_utf8_lossy(&found.text),
                String::from_utf8_lossy(&again.text),
                "{path}"
            );
        }
    }
}

#[test]
fn exports_of_every_shape_stay() {
    let source = "'use strict'\n\nvar http = require('http');\nvar unused = require('unused'), kept = require('kept');\nvar app = exports = module.exports = {};\n\nconsole.log('starting');\n\napp.listen = function listen(port) {\n  return http.createServer(this).listen(port, 'secret');\n};\nexports.Agent = kept.Agent;\nexports.limits = { size: 10, name: 'secret', parse: function (a, b) { return a + b; } };\nmodule.exports.create = (options = makeOptions('secret')) => new Agent(options);\nObject.defineProperty(exports, 'version', { enumerable: true, get: function () { return 'secret'; } });\nfunction makeOptions(name) {\n  return { name: name };\n}\n";
    let shown = js(source);
    for stays in [
        "'use strict'",
        "var app = exports = module.exports = {};",
        "app.listen = function listen(port) {\n  throw new Error('hidden');\n};",
        "exports.Agent = kept.Agent;",
        "exports.limits = { size: 10, name: '', parse: function (a, b) {",
        "module.exports.create = (options = {}) => {",
        "Object.defineProperty(exports, 'version', { enumerable: true, get: function () {",
        "var kept = require('kept');",
    ] {
        assert!(shown.contains(stays), "{stays}\n{shown}");
    }
    for goes in ["secret", "starting", "unused", "makeOptions", "createServer"] {
        assert!(!shown.contains(goes), "{goes}\n{shown}");
    }
}

#[test]
fn classes_accessors_generators_and_default_exports() {
    let shown = js(
        "import { Base } from 'base';\nimport { other } from 'other';\nexport default class Queue extends Base {\n  #items = [1, 2];\n  size = 3;\n  static label = 'secret';\n  constructor(...all) {\n    super(...all);\n    this.run('secret');\n  }\n  get first() {\n    return this.#items[0];\n  }\n  set first(value) {\n    this.#items[0] = other(value);\n  }\n  async *drain(limit = 5) {\n    yield* this.#items;\n  }\n  #swap() {}\n}\nexport const pick = (a) => (b) => a[b];\nexport { pick as choose };\n",
    );
    assert_eq!(
        shown,
        "import { Base } from 'base';\nexport default class Queue extends Base {\n  size = 3;\n  static label = '';\n  constructor(...all) {\n    throw new Error('hidden');\n  }\n  get first() {\n    throw new Error('hidden');\n  }\n  set first(value) {\n    throw new Error('hidden');\n  }\n  async *drain(limit = 5) {\n    throw new Error('hidden');\n  }\n}\nexport const pick = (a) => (b) => {\n  throw new Error('hidden');\n};\nexport { pick as choose };\n"
    );
}

#[test]
fn members_of_a_private_function_go_with_it() {
    let shown = js(
        "module.exports = Router;\n\nfunction Router() {\n  this.stack = ['secret'];\n}\nRouter.prototype.use = function use(fn) {\n  return this;\n};\n\nfunction Layer() {}\nLayer.prototype.match = function match(path) {\n  return 'secret';\n};\n",
    );
    assert!(
        shown.contains("Router.prototype.use = function use(fn) {"),
        "{shown}"
    );
    assert!(!shown.contains("Layer") && !shown.contains("secret"), "{shown}");
}

#[test]
fn exports_inside_a_function_refuse_the_file() {
    let source = "(function (root, factory) {\n  if (typeof exports === 'object') module.exports = factory();\n  else root.lib = factory();\n})(this, function () {\n  return { secret: 1 };\n});\n";
    match one("lib/umd.js", source.as_bytes(), &Options::default()) {
        Outcome::Refused {
            line: 1,
            reason: RefusedReason::NoRule { .. },
        } => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn hostile_files_are_refused_or_clean() {
    let minified = "exports.f=function(a){return a+'secret'};".repeat(3_000);
    let calls = format!("{}1{};\n", "a(".repeat(20_000), ")".repeat(20_000));
    let chain = format!("exports.x = {}1;\n", "exports.x = ".repeat(5_000));
    let cases: Vec<Vec<u8>> = vec![
        minified.into_bytes(),
        calls.into_bytes(),
        chain.into_bytes(),
        b"exports.f = function () { return 'secret'\n".to_vec(),
        b"exports.f = function () { if (a { b('secret') } return 'secret' }\n".to_vec(),
        b"\xef\xbb\xbfexports.f = function () { return 'secret' }\r\n\0\xff".to_vec(),
    ];
    for (number, text) in cases.iter().enumerate() {
        if let Outcome::Interface(found) = one("lib/hostile.js", text, &Options::default()) {
            let shown = String::from_utf8_lossy(&found.text).into_owned();
            assert!(!shown.contains("secret"), "{number}: {shown}");
        }
    }
}
