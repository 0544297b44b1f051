//! Copies a folder with every site set by a seed, so that a project's own build and tests can be run on the copy.
//!
//! `cargo run -p ringfence-mark --example mark_tree -- SEED PROFILE FROM TO`; the seed `all` turns every site, a family's name
//! every site of that family alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a tool for developers"
)]

use std::path::Path;

use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::{Family, Profile, Site, Variant};
use ringfence_mark::{render, site_table};
use ringfence_syntax::Language;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, seed, profile, from, to] = arguments.as_slice() else {
        panic!("SEED PROFILE FROM TO")
    };
    let profile = if profile == "steady" {
        Profile::Steady
    } else {
        Profile::Robust
    };
    copy(Path::new(from), Path::new(to), seed, profile);
}

fn choose(seed: &str, site: &Site) -> Variant {
    let is_family = Family::ALL.iter().any(|family| family.name() == seed);
    if is_family && site.family.name() != seed {
        return site.canonical;
    }
    if seed == "all" || is_family {
        return if site.canonical == Variant::Zero {
            Variant::One
        } else {
            Variant::Zero
        };
    }
    let seed: u64 = seed.parse().expect("a number");
    let id = u64::from_le_bytes(site.id.0[..8].try_into().unwrap());
    let mixed = (id ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    if mixed >> 63 == 0 {
        Variant::Zero
    } else {
        Variant::One
    }
}

fn copy(from: &Path, to: &Path, seed: &str, profile: Profile) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()), seed, profile);
        }
        return;
    }
    let Ok(text) = std::fs::read(from) else { return };
    let copied = match Language::of_file(from.as_os_str().as_encoded_bytes(), &text) {
        None => text,
        Some(language) => {
            let table = site_table(language, profile, &text, &AnchorKey([7; 32])).expect("a table");
            render(&table, &text, &|site| choose(seed, site)).expect("a copy")
        }
    };
    std::fs::write(to, copied).unwrap();
}
