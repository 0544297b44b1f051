//! Header lines: what is put in comes out, byte for byte, in every kind of file; a file goes on meaning what it meant.

use proptest::prelude::*;
use ringfence_syntax::{Language, parse};
use ringfence_view::project::header::{HeaderLine, HeaderNote, without};
use std::path::{Path, PathBuf};

const WORDS: &str = "Delivered by Acme & Co. under NDA-7, SOW-2; see LICENCE-TERMS.md";

fn line() -> HeaderLine {
    HeaderLine::new(WORDS).unwrap()
}

/// Real files of this repository and of what stands on this machine, by ending; at most so many of each.
fn real_files(most: usize) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut waiting = vec![root];
    for more in [
        "/root/.pyenv/versions/3.11.7/lib/python3.11",
        "/usr/share/nodejs",
        "/usr/lib/go-1.19/src/net",
        "/usr/include",
        "/usr/share/perl5",
        "/etc",
    ] {
        waiting.push(PathBuf::from(more));
    }
    let mut counts = std::collections::BTreeMap::new();
    let mut files = Vec::new();
    let mut looked = 0;
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        let mut entries: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        entries.sort();
        for path in entries {
            looked += 1;
            if looked > 60_000 || path.is_symlink() {
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), ".git" | "target" | "corpus" | "ssl") {
                    waiting.push(path);
                }
                continue;
            }
            let ending = path
                .extension()
                .map_or(name, |ending| ending.to_string_lossy().into_owned());
            let count = counts.entry(ending).or_insert(0);
            if *count < most
                && path
                    .metadata()
                    .is_ok_and(|data| data.is_file() && data.len() < 300_000)
                && let Ok(text) = std::fs::read(&path)
            {
                *count += 1;
                files.push((path, text));
            }
        }
    }
    files
}

fn path_of(path: &Path) -> Vec<u8> {
    path.file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned()
        .into_bytes()
}

#[test]
fn in_real_files_the_line_goes_in_and_comes_out_and_nothing_else_changes() {
    let line = line();
    let (mut framed, mut refused, mut parsed) = (0, 0, 0);
    for (file, text) in real_files(60) {
        let path = path_of(&file);
        let crlf = String::from_utf8_lossy(&text).replace('\n', "\r\n").into_bytes();
        for text in [text.clone(), crlf, [b"\xef\xbb\xbf", text.as_slice()].concat()] {
            let Ok(put) = line.put(&path, &text) else {
                refused += 1;
                continue;
            };
            framed += 1;
            assert_eq!(
                without(&put.text, std::slice::from_ref(&put.span)).unwrap(),
                text,
                "{}",
                file.display()
            );
            let taken = line.take(&path, &put.text, Some(&text));
            assert_eq!(taken.text, text, "{}", file.display());
            assert_eq!(
                (taken.notes, taken.spans),
                (vec![], vec![put.span.clone()]),
                "{}",
                file.display()
            );
            // Putting it in again is refused: a text that holds the words has no line of its own.
            assert!(line.put(&path, &put.text).is_err());
            if let Some(language) = Language::from_path(&path)
                && !text.contains(&b'\r')
                && let (Ok(before), Ok(after)) = (parse(language, &text), parse(language, &put.text))
                && before.error_count() == 0
            {
                parsed += 1;
                assert_eq!(after.error_count(), 0, "{}", file.display());
                // One comment more, and every other node as it was.
                assert_eq!(before.node_count() + 1, after.node_count(), "{}", file.display());
                let inserted = &put.text[put.span.clone()];
                assert!(
                    after.nodes().any(|node| node.is_comment()
                        && inserted.starts_with(node.text(&put.text).trim_ascii_end()))
                );
            }
        }
    }
    assert!(
        framed > 500 && parsed > 200 && refused > 100,
        "{framed} framed, {parsed} parsed, {refused} refused"
    );
}

/// (path, text, what stands before the line, what the line is).
const FIRST: &[(&str, &str, &str, &str)] = &[
    ("a.sh", "#!/bin/sh\necho\n", "#!/bin/sh\n", "# "),
    (
        "a.py",
        "#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\nx = 1\n",
        "#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\n",
        "# ",
    ),
    (
        "a.py",
        "# Copyright\n# coding=utf-8\nx = 1\n",
        "# Copyright\n# coding=utf-8\n",
        "# ",
    ),
    (
        "a.py",
        "\"\"\"A module.\"\"\"\nfrom __future__ import annotations\n",
        "",
        "# ",
    ),
    ("a.rs", "#![no_std]\n//! A crate.\n", "", "// "),
    (
        "a.rs",
        "#!/usr/bin/env run\nfn main() {}\n",
        "#!/usr/bin/env run\n",
        "// ",
    ),
    ("a.go", "//go:build linux\n\npackage a\n", "", "// "),
    ("a.go", "// Package a does it.\npackage a\n", "", "// "),
    ("a.h", "#pragma once\n", "", "/* "),
    (
        "a.ts",
        "/// <reference types=\"node\" />\n'use strict';\n",
        "",
        "// ",
    ),
    (
        "a.rb",
        "# frozen_string_literal: true\nputs 1\n",
        "# frozen_string_literal: true\n",
        "# ",
    ),
    (
        "a.xml",
        "<?xml version=\"1.0\"?>\n<a/>\n",
        "<?xml version=\"1.0\"?>\n",
        "<!-- ",
    ),
    (
        "a.html",
        "<!DOCTYPE html>\n<html></html>\n",
        "<!DOCTYPE html>\n",
        "<!-- ",
    ),
    ("a.php", "<?php\ndeclare(strict_types=1);\n", "<?php\n", "// "),
    (
        "Dockerfile",
        "# syntax=docker/dockerfile:1\n# escape=`\nFROM x\n",
        "# syntax=docker/dockerfile:1\n# escape=`\n",
        "# ",
    ),
    ("a.yaml", "%YAML 1.2\n---\na: 1\n", "%YAML 1.2\n", "# "),
    ("a.yaml", "#cloud-config\na: 1\n", "#cloud-config\n", "# "),
    (
        "a.css",
        "@charset \"utf-8\";\nb{}\n",
        "@charset \"utf-8\";\n",
        "/* ",
    ),
    (
        "Package.swift",
        "// swift-tools-version:5.9\nimport P\n",
        "// swift-tools-version:5.9\n",
        "// ",
    ),
    (
        "a.el",
        ";;; a.el -*- lexical-binding: t -*-\n(a)\n",
        ";;; a.el -*- lexical-binding: t -*-\n",
        ";; ",
    ),
    ("a.sql", "select 1;\n", "", "-- "),
    ("Makefile", "all:\n\techo\n", "", "# "),
    ("a.md", "# Title\n", "", "<!-- "),
    ("a.toml", "[a]\n", "", "# "),
    ("a.ini", "[a]\n", "", "; "),
    ("a.ml", "let a = 1\n", "", "(* "),
    ("\u{2603}.kt", "\u{feff}package a\n", "\u{feff}", "// "),
    ("a.cs", "no line's end", "", "// "),
];

#[test]
fn what_has_to_stay_first_stays_first() {
    for (path, text, before, open) in FIRST {
        let put = line()
            .put(path.as_bytes(), text.as_bytes())
            .unwrap_or_else(|why| panic!("{path}: {why}"));
        let expected = format!("{before}{open}{WORDS}");
        let shown = String::from_utf8_lossy(&put.text);
        assert!(shown.starts_with(&expected), "{path}: {shown}");
        let after = &put.text[put.span.clone()];
        assert!(
            after.ends_with(b"\n\n"),
            "an empty line: no documentation, no constraint is joined"
        );
    }
}

#[test]
fn files_that_get_no_line_say_why() {
    for (path, text, why) in [
        ("package.json", "{}\n", "no comment syntax"),
        ("a.bin", "x\n", "no comment syntax"),
        ("LICENSE.md", "MIT\n", "licence"),
        ("docs/NOTICE.txt", "x\n", "licence"),
        ("LICENCE-TERMS.md", "# Terms\n", "licence"),
        ("Cargo.lock", "[[package]]\n", "lock file"),
        ("go.sum", "x\n", "lock file"),
        ("pnpm-lock.yaml", "a: 1\n", "lock file"),
        ("web/node_modules/a/a.js", "a()\n", "others wrote it"),
        ("tests/fixtures/a.py", "a()\n", "others wrote it"),
        ("a.min.js", "a()\n", "others wrote it"),
        ("db/migrations/0001_a.sql", "select 1;\n", "sums"),
        ("V1__a.sql", "select 1;\n", "sums"),
        (
            "a.go",
            "// Code generated by x. DO NOT EDIT.\npackage a\n",
            "a tool made it",
        ),
        (
            "a.test.js",
            "/**\n * @jest-environment jsdom\n */\ntest()\n",
            "stay the first",
        ),
        ("a.js", "// a\n\n/* @flow strict */\n", "stay the first"),
        ("a.ts", "// @ts-nocheck\nx\n", "stay the first"),
        ("a.ts", "<?xml version=\"1.0\"?>\n<TS/>\n", "as its kind does"),
        ("a.php", "<h1><?php echo 1 ?></h1>\n", "template"),
        ("a.yaml", "{{- if .Values.a }}\na: 1\n{{- end }}\n", "template"),
        ("a.md", "---\ntitle: x\n---\n", "front matter"),
        (
            "a.xml",
            "<?xml version=\"1.0\"?><a/>\n",
            "more than a declaration",
        ),
        ("a.py", " \n\n", "empty"),
        ("a.py", "x = 1\0\n", "no text"),
        ("a.py", "x = 1\ry = 2\r", "lines end"),
        ("a.sh", "#!/bin/sh", "nothing comes after"),
        (
            "a.rs",
            "// Delivered by Acme & Co. under NDA-7, SOW-2; see LICENCE-TERMS.md\n",
            "already",
        ),
    ] {
        let refused = line().put(path.as_bytes(), text.as_bytes()).unwrap_err();
        assert!(refused.contains(why), "{path}: {refused}");
    }
    let foreign = HeaderLine::new("Of M\u{fc}ller").unwrap();
    assert!(
        foreign
            .put(b"a.py", b"# -*- coding: latin-1 -*-\nx = '\xfc'\n")
            .is_err()
    );
    assert!(foreign.put(b"a.py", "x = '\u{fc}'\n".as_bytes()).is_ok());
}

/// A file as it was delivered, and without its line.
fn delivered(path: &str, text: &str) -> (String, String) {
    let put = line().put(path.as_bytes(), text.as_bytes()).unwrap();
    (String::from_utf8(put.text).unwrap(), text.to_owned())
}

fn taken(path: &str, pushed: &str, base: Option<&str>) -> (String, Vec<HeaderNote>) {
    let taken = line().take(path.as_bytes(), pushed.as_bytes(), base.map(str::as_bytes));
    assert_eq!(without(pushed.as_bytes(), &taken.spans).unwrap(), taken.text);
    (String::from_utf8(taken.text).unwrap(), taken.notes)
}

#[test]
fn whatever_a_vendor_does_to_the_line_it_does_not_come_back_and_nothing_else_goes() {
    let text = "use std::fs;\n\nfn main() {}\n";
    let (framed, base) = delivered("a.rs", text);
    let base = Some(base.as_str());
    let is = |pushed: &str, expected: &str, notes: &[HeaderNote]| {
        let found = taken("a.rs", pushed, base);
        assert_eq!(
            (found.0.as_str(), found.1.as_slice()),
            (expected, notes),
            "{pushed}"
        );
    };
    is(&framed, text, &[]);
    is(
        &framed.replace("main", "start"),
        &text.replace("main", "start"),
        &[],
    );
    // Gone, with and without its empty line.
    is(text, text, &[HeaderNote::Gone]);
    is(&format!("\n{text}"), &format!("\n{text}"), &[HeaderNote::Gone]);
    is(&framed.replacen("\n\n", "\n", 1), text, &[]);
    // Lines above it, moved, indented, in another comment, wrapped by a formatter.
    is(&format!("// Mine.\n{framed}"), &format!("// Mine.\n{text}"), &[]);
    is(&format!("{text}// {WORDS}\n"), text, &[]);
    is(&framed.replace("// ", "   //   "), text, &[]);
    is(
        &framed.replace(&format!("// {WORDS}"), &format!("/* {WORDS} */")),
        text,
        &[],
    );
    is(&framed.replace("under NDA-7, ", "under\n// NDA-7, "), text, &[]);
    is(
        &framed.replace(
            &format!("// {WORDS}"),
            &format!("/*\n * {}\n */", WORDS.replace(" SOW", "\n * SOW")),
        ),
        &format!("/*\n */\n\n{text}"),
        &[],
    );
    is(&framed.replace('\n', "\r\n"), &text.replace('\n', "\r\n"), &[]);
    // Changed words: told, and not taken.
    let changed = HeaderNote::Changed {
        line: 1,
        text: "// Delivered by Nordwind & Co. under NDA-7, SOW-2; see LICENCE-TERMS.md".to_owned(),
    };
    is(&framed.replace("Acme", "Nordwind"), text, &[changed]);
    let odd = framed.replace("Acme", "\u{202e}Nord\u{1b}[2J");
    let (left, notes) = taken("a.rs", &odd, base);
    assert_eq!(left, text);
    assert!(
        matches!(&notes[..], [HeaderNote::Changed { text, .. }] if text.contains("\u{fffd}Nord\u{fffd}[2J")),
        "{notes:?}"
    );
    // A comment of his own in its place is his.
    is(
        &framed.replace(WORDS, "Written by Nordwind"),
        &format!("// Written by Nordwind\n\n{text}"),
        &[HeaderNote::Gone],
    );
    // Something beside it stays.
    is(
        &framed.replace(WORDS, &format!("{WORDS} TODO: tidy")),
        &format!("// TODO: tidy\n\n{}", framed.split_once("\n\n").unwrap().1),
        &[HeaderNote::Joined { line: 1 }],
    );
    is(
        &framed.replace(WORDS, &format!("NB {WORDS}")),
        &format!("// NB \n\n{text}"),
        &[HeaderNote::Joined { line: 1 }],
    );
    // Once more elsewhere, as after two files were put together, and behind code.
    is(
        &format!("{framed}{framed}"),
        &format!("{text}\n{text}"),
        &[HeaderNote::Again { line: 6 }],
    );
    is(
        &framed.replace("{}", &format!("{{}} // {WORDS}")),
        text,
        &[HeaderNote::Again { line: 5 }],
    );
    is(
        &framed.replace("{}", &format!("{{ /* {WORDS} */ }}")),
        &text.replace("{}", "{  }"),
        &[HeaderNote::Again { line: 5 }],
    );
    is(
        &framed.replace("{}", &format!("{{a/* {WORDS} */b}}")),
        &text.replace("{}", "{a/* */b}"),
        &[HeaderNote::Again { line: 5 }],
    );
    // In a string it is the vendor's own text.
    let quoted = framed.replace("{}", &format!("{{ print(\"// {WORDS}\") }}"));
    is(
        &quoted,
        &text.replace("{}", &format!("{{ print(\"// {WORDS}\") }}")),
        &[HeaderNote::Quoted { line: 5 }],
    );
    let longer = framed.replace("{}", &format!("{{ /* un{WORDS} */ }}"));
    is(
        &longer,
        &text.replace("{}", &format!("{{ /* un{WORDS} */ }}")),
        &[HeaderNote::Quoted { line: 5 }],
    );
}

#[test]
fn the_line_is_known_in_files_of_other_kinds() {
    for (path, pushed, expected) in [
        ("notes.txt", format!("# {WORDS}\nmine\n"), "mine\n".to_owned()),
        ("a.py", format!("// {WORDS}\n\nx = 1\n"), "x = 1\n".to_owned()),
        (
            "a.html",
            format!("<!-- {WORDS} --><p>x</p>\n"),
            "<p>x</p>\n".to_owned(),
        ),
        (
            "a.sql",
            format!("-- {WORDS}\n\nselect 1;\n"),
            "select 1;\n".to_owned(),
        ),
        ("a.css", format!("b {{}} /* {WORDS} */\n"), "b {} \n".to_owned()),
        ("a.md", format!("<!-- {WORDS} -->\n\n# T\n"), "# T\n".to_owned()),
    ] {
        assert_eq!(taken(path, &pushed, None), (expected, vec![]), "{path}");
    }
    // Prose is the vendor's own, and what is no text is left alone.
    let prose = format!("Every file begins with: {WORDS}\n");
    assert_eq!(
        taken("a.md", &prose, None),
        (prose.clone(), vec![HeaderNote::Quoted { line: 1 }])
    );
    let data = format!("# {WORDS}\n\0");
    assert_eq!(taken("a.bin", &data, None), (data.clone(), vec![]));
}

#[test]
fn lines_are_counted_as_they_were_pushed() {
    let pushed = format!("#!/bin/sh\n# {WORDS}\n\none\ntwo # {WORDS}\nthree\n# {WORDS}\nfour\n");
    let taken = line().take(b"a.sh", pushed.as_bytes(), None);
    assert_eq!(taken.text, b"#!/bin/sh\none\ntwo\nthree\nfour\n");
    for (inner, outer) in [(1, 1), (2, 4), (3, 5), (4, 6), (5, 8)] {
        assert_eq!(
            taken.lines_as_pushed(pushed.as_bytes(), &(inner..inner + 1)),
            outer..outer + 1,
            "{inner}"
        );
    }
    assert_eq!(taken.lines_as_pushed(pushed.as_bytes(), &(2..6)), 4..9);
}

const NAMES: [&str; 12] = [
    "a.rs",
    "a.py",
    "a.go",
    "a.js",
    "a.c",
    "a.java",
    "a.ts",
    "a.sh",
    "a.xml",
    "a.css",
    "Dockerfile",
    "a.yaml",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn taking_undoes_putting_in_any_text(
        name in 0..NAMES.len(),
        text in "(#!|\u{feff}|<\\?xml\\?>|// |/\\*|# coding: x|\n|\r\n|Delivered by|\"|'|`|\\*/|[ a-z{}();=]){0,40}",
    ) {
        let line = HeaderLine::new("Delivered by Delivered by x").unwrap();
        if let Ok(put) = line.put(NAMES[name].as_bytes(), text.as_bytes()) {
            let taken = line.take(NAMES[name].as_bytes(), &put.text, Some(text.as_bytes()));
            prop_assert_eq!(String::from_utf8_lossy(&taken.text), text.as_str());
            prop_assert!(taken.notes.is_empty());
        }
    }

    #[test]
    fn what_is_taken_is_the_line_and_nothing_that_prints_besides(
        name in 0..NAMES.len(),
        parts in prop::collection::vec(0..8_usize, 0..12),
    ) {
        let words = "Of Acme under NDA-7";
        let line = HeaderLine::new(words).unwrap();
        let pushed: String = parts
            .iter()
            .map(|part| ["// Of Acme under NDA-7\n", "# Of Acme under\n# NDA-7\n", "/* Of Acme under NDA-7 */", "x = 1;\n", "\n", "\"Of Acme under NDA-7\"", "y ", "/*\nOf Acme under NDA-7\n*/\n"][*part])
            .collect();
        let taken = line.take(NAMES[name].as_bytes(), pushed.as_bytes(), None);
        prop_assert_eq!(&without(pushed.as_bytes(), &taken.spans).unwrap(), &taken.text);
        let prints = |text: &str| -> String { text.replace("Of Acme under NDA-7", "").replace("Of Acme under\n# NDA-7", "").chars().filter(|letter| !letter.is_whitespace() && !"/*#".contains(*letter)).collect() };
        prop_assert_eq!(prints(&String::from_utf8_lossy(&taken.text)), prints(&pushed));
    }
}
