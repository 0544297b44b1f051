//! The laws of sites, on real files of every language.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::{Family, Piece, Profile, Site, SiteId, SiteTable, Variant};
use ringfence_mark::{render, render_with_map, site_table};
use ringfence_syntax::Language;

#[path = "sites/families.rs"]
mod families;
#[path = "sites/families_brace.rs"]
mod families_brace;
#[path = "sites/families_rust.rs"]
mod families_rust;
#[path = "sites/families_script.rs"]
mod families_script;
#[path = "sites/families_web.rs"]
mod families_web;
#[path = "sites/laws.rs"]
mod laws;
#[path = "sites/layout.rs"]
mod layout;
#[path = "sites/stability.rs"]
mod stability;
#[path = "sites/storage.rs"]
mod storage;
#[path = "sites/tools.rs"]
mod tools;
#[path = "sites/traps.rs"]
mod traps;

struct Fixture {
    /// Path in the corpus.
    name: String,
    language: Language,
    text: Vec<u8>,
}

fn key() -> AnchorKey {
    AnchorKey([7; 32])
}

/// Real files of the corpus (`cargo xtask corpus` downloads it by pinned version; nothing of it is committed).
const REAL_FILES: &[&str] = &[
    "serde/src/de/mod.rs",
    "serde/src/de/value.rs",
    "serde/src/ser/impossible.rs",
    "click/src/click/core.py",
    "click/src/click/parser.py",
    "click/src/click/termui.py",
    "express/lib/request.js",
    "express/lib/response.js",
    "zod/src/v3/types.ts",
    "zod/src/v4/core/util.ts",
    "commons-lang/src/main/java/org/apache/commons/lang3/CharSet.java",
    "commons-lang/src/main/java/org/apache/commons/lang3/text/StrTokenizer.java",
    "commons-lang/src/main/java/org/apache/commons/lang3/time/DurationFormatUtils.java",
    "cobra/command.go",
    "cobra/completions.go",
    "cobra/args.go",
    "zlib/deflate.c",
    "zlib/inflate.c",
    "zlib/trees.c",
    "libfuzzer-sys/libfuzzer/FuzzerDriver.cpp",
    "libfuzzer-sys/libfuzzer/FuzzerMutate.cpp",
    "libfuzzer-sys/libfuzzer/FuzzerLoop.cpp",
    "pythonnet/src/runtime/ClassManager.cs",
    "pythonnet/src/runtime/Converter.cs",
    "pythonnet/src/runtime/MethodBinder.cs",
];

impl Fixture {
    /// Name without folders, for a copy beside others.
    fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap()
    }
}

fn corpus() -> PathBuf {
    std::env::var_os("RINGFENCE_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus"),
        PathBuf::from,
    )
}

fn fixtures() -> Vec<Fixture> {
    let mut found: Vec<Fixture> = REAL_FILES
        .iter()
        .map(|name| {
            let path = corpus().join(name);
            let text = std::fs::read(&path)
                .unwrap_or_else(|error| panic!("{}: {error}; run: cargo xtask corpus", path.display()));
            Fixture {
                name: (*name).to_owned(),
                language: Language::from_path(name.as_bytes()).unwrap(),
                text,
            }
        })
        .collect();
    found.push(Fixture {
        name: "view.tsx".to_owned(),
        language: Language::Tsx,
        text: include_bytes!("sites/view.tsx").to_vec(),
    });
    found
}

fn tables() -> &'static [(Fixture, SiteTable, SiteTable)] {
    static TABLES: std::sync::OnceLock<Vec<(Fixture, SiteTable, SiteTable)>> = std::sync::OnceLock::new();
    TABLES.get_or_init(|| {
        fixtures()
            .into_iter()
            .map(|fixture| {
                let robust = table(&fixture, Profile::Robust);
                let steady = table(&fixture, Profile::Steady);
                (fixture, robust, steady)
            })
            .collect()
    })
}

fn table(fixture: &Fixture, profile: Profile) -> SiteTable {
    site_table(fixture.language, profile, &fixture.text, &key()).unwrap()
}

fn other(variant: Variant) -> Variant {
    match variant {
        Variant::Zero => Variant::One,
        Variant::One => Variant::Zero,
    }
}

/// A bit per site id, as a codeword would give it.
fn by_seed(seed: u64) -> impl Fn(&Site) -> Variant {
    move |site| {
        let id = u64::from_le_bytes(site.id.0[..8].try_into().unwrap());
        if (id ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 0 {
            Variant::Zero
        } else {
            Variant::One
        }
    }
}

fn lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

fn families(table: &SiteTable) -> BTreeSet<Family> {
    table.sites.iter().map(|site| site.family).collect()
}

fn ids(table: &SiteTable) -> BTreeSet<SiteId> {
    table.sites.iter().map(|site| site.id).collect()
}
