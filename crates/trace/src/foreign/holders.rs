//! Names of copyright holders in lower-case text, as the words that tell them apart.

use std::collections::BTreeSet;

/// Words that open licences say of themselves, white space and signs of comments flattened.
const FREE: &[&str] = &[
    "permission is hereby granted",
    "permission to use, copy, modify",
    "redistribution and use in source and binary forms",
    "licensed under the apache license",
    "apache license",
    "mit license",
    "mit-license",
    "bsd license",
    "bsd-style license",
    "isc license",
    "the unlicense",
    "zlib license",
    "general public license",
    "mozilla public license",
    "eclipse public license",
    "boost software license",
    "this software is provided 'as-is'",
    "use of this source code is governed by a",
    "conditions of distribution and use",
    "released into the public domain",
    "mit licensed",
];

/// Words that stand in names of very different holders.
const COMMON: &[&str] = &[
    "and",
    "the",
    "inc",
    "ltd",
    "llc",
    "gmbh",
    "corp",
    "corporation",
    "company",
    "foundation",
    "authors",
    "author",
    "contributors",
    "contributor",
    "developers",
    "developer",
    "project",
    "projects",
    "team",
    "group",
    "others",
    "other",
    "all",
    "rights",
    "reserved",
    "software",
    "university",
    "copyright",
    "present",
    "https",
    "http",
    "www",
    "com",
    "org",
    "net",
    "git",
    "github",
    "gitlab",
    "io",
    "dev",
    "for",
    "its",
    "from",
    "licensed",
    "under",
    "license",
    "see",
    "file",
    "this",
    "with",
    "email",
    "mail",
    "gmail",
    "tree",
    "main",
    "master",
    "readme",
    "open",
    "source",
    "code",
    "name",
    "noreply",
];

/// How the rest of a line begins when no holder follows "copyright".
const NO_HOLDER: &[&str] = &[
    "notice",
    "holder",
    "owner",
    "licen",
    "law",
    "and ",
    "or ",
    "statement",
    "[",
    "to ",
    "in ",
    "{",
    "protect",
    "interest",
    "treat",
    "grant",
    "infring",
    "as ",
    "on ",
    "disclaim",
    "message",
    "information",
    "file",
    "header",
    "is ",
    "for ",
    "of ",
    "whose ",
    "status",
    "right",
    "<year>",
    "year",
];

/// Whether a text grants an open licence.
pub(super) fn grants_freely(lower: &str) -> bool {
    if let Some((_, rest)) = lower.split_once("spdx-license-identifier:") {
        let named = rest.split_whitespace().next().unwrap_or_default();
        return !["licenseref-", "unlicensed", "proprietary", "none", "noassertion"]
            .iter()
            .any(|closed| named.starts_with(closed));
    }
    let words: Vec<&str> = lower
        .split_whitespace()
        .map(|word| word.trim_start_matches(['*', '#', '/', ';', '!']))
        .filter(|word| !word.is_empty() && *word != "--")
        .collect();
    let flat = words.join(" ");
    FREE.iter().any(|words| flat.contains(words))
}

/// The words of all holders that a text names.
pub(super) fn holders_of(lower: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in lower.lines() {
        if let Some((_, after)) = line.split_once("licensed to ")
            && let Some((name, _)) = after.split_once(" under")
        {
            found.extend(words_of(name));
        }
        let after = match line.split_once("copyright") {
            Some((_, after)) => after,
            None => match line.split_once('\u{a9}').or_else(|| line.split_once("(c) ")) {
                // "(c)" alone also counts a list's third point: a year must follow.
                Some((_, after))
                    if after
                        .trim_start()
                        .starts_with(|first: char| first.is_ascii_digit()) =>
                {
                    after
                }
                _ => continue,
            },
        };
        let name = after.trim_start_matches(|sign: char| {
            sign.is_whitespace()
                || sign.is_ascii_digit()
                || matches!(sign, ',' | '-' | ':' | '\u{a9}' | '\u{2013}' | '\'' | '"')
        });
        let name = name.strip_prefix("(c)").unwrap_or(name);
        let name = name.trim_start_matches(|sign: char| {
            sign.is_whitespace() || sign.is_ascii_digit() || matches!(sign, ',' | '-' | '\u{2013}' | '\u{a9}')
        });
        let name = name.strip_prefix("present").unwrap_or(name);
        let name = name.trim_start_matches([',', ' ']);
        let name = name.strip_prefix("by ").unwrap_or(name);
        if NO_HOLDER.iter().any(|word| name.starts_with(word)) {
            continue;
        }
        let name = name.split("all rights").next().unwrap_or(name);
        found.extend(words_of(name));
    }
    found
}

/// The words of a name that tell it from others.
pub(super) fn words_of(name: &str) -> BTreeSet<String> {
    name.split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| word.chars().count() >= 3 && !word.chars().all(|sign| sign.is_ascii_digit()))
        .filter(|word| !COMMON.contains(word))
        .map(str::to_owned)
        .collect()
}
