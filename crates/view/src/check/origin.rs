//! Whose a file is, as far as its place and its first lines tell.

/// Folders that hold what others wrote.
const FOLDERS: &[&[u8]] = &[
    b"vendor",
    b"vendored",
    b"_vendor",
    b"third_party",
    b"third-party",
    b"thirdparty",
    b"3rdparty",
    b"node_modules",
    b"bower_components",
    b"external",
    b"externals",
    b"Pods",
    b"site-packages",
    b"jspm_packages",
];

/// Words of licences that stand at the head of files.
const LICENCES: &[(&str, &str)] = &[
    ("gnu affero general public license", "AGPL"),
    ("gnu lesser general public license", "LGPL"),
    ("gnu library general public license", "LGPL"),
    ("gnu general public license", "GPL"),
    ("mozilla public license", "MPL"),
    ("eclipse public license", "EPL"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("permission is hereby granted, free of charge", "MIT"),
    ("redistribution and use in source and binary forms", "BSD"),
    ("boost software license", "BSL-1.0"),
    (
        "permission to use, copy, modify, and/or distribute this software",
        "ISC",
    ),
];

/// Bytes of a file that are looked at for a licence.
const HEAD: usize = 4_096;

/// Why a file seems to be somebody else's; `owner` is the owner's name, whose own licence headers do not count.
#[must_use]
pub fn third_party(path: &[u8], data: &[u8], owner: &str) -> Option<String> {
    let folder = path
        .split(|byte| *byte == b'/')
        .rev()
        .skip(1)
        .find(|part| FOLDERS.contains(part));
    if let Some(folder) = folder {
        return Some(format!("below {}/", String::from_utf8_lossy(folder)));
    }
    let head = String::from_utf8_lossy(data.get(..HEAD).unwrap_or(data)).to_lowercase();
    let named = head
        .split_once("spdx-license-identifier:")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .map(|name| format!("SPDX {name}"));
    let licence = named.or_else(|| {
        // A licence's words may be broken over the lines of a comment.
        let words: Vec<&str> = head
            .split_whitespace()
            .filter(|word| !matches!(*word, "//" | "#" | "*" | "--" | ";" | "///" | "//!"))
            .collect();
        let flat = words.join(" ");
        LICENCES
            .iter()
            .find(|(words, _)| flat.contains(words))
            .map(|(_, name)| (*name).to_owned())
    })?;
    let owner = owner.to_lowercase();
    let holders: Vec<&str> = head
        .lines()
        .filter(|line| line.contains("copyright") || line.contains('\u{a9}'))
        .collect();
    let own = holders.iter().any(|line| line.contains(&owner))
        || (holders.is_empty() && licence.starts_with("SPDX"));
    (!own).then(|| format!("licence header: {licence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_folders_and_foreign_headers() {
        assert_eq!(
            third_party(b"web/vendor/jquery.js", b"", "Acme").unwrap(),
            "below vendor/"
        );
        assert_eq!(third_party(b"web/vendor.js", b"", "Acme"), None);
        let apache = b"// Copyright 2019 The Gophers\n//\n// Licensed under the Apache License,\n// Version 2.0 (the \"License\");\n";
        assert_eq!(
            third_party(b"a.go", apache, "Acme").unwrap(),
            "licence header: Apache-2.0"
        );
        let own = b"// Copyright 2026 ACME Ltd\n// SPDX-License-Identifier: Apache-2.0\n";
        assert_eq!(third_party(b"a.rs", own, "Acme"), None);
        assert_eq!(
            third_party(b"a.rs", b"// SPDX-License-Identifier: MIT\nfn a() {}\n", "Acme"),
            None
        );
        assert!(
            third_party(
                b"a.c",
                b"/* Copyright (c) Someone\n * SPDX-License-Identifier: MIT */\n",
                "Acme"
            )
            .is_some()
        );
    }
}
