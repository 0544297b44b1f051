//! Speed of tree-sitter alone and with the flat tree: `cargo run -p ringfence-syntax --example parse_speed -- FILE...`

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a report for developers"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ringfence_syntax::{Language, parse};

fn main() {
    let mut totals: BTreeMap<Language, (usize, Duration, Duration)> = BTreeMap::new();
    for path in std::env::args().skip(1) {
        let Some(language) = Language::from_path(path.as_bytes()) else {
            continue;
        };
        let text = std::fs::read(&path).unwrap();
        let grammar = match language {
            Language::Rust => tree_sitter_rust::LANGUAGE,
            Language::Python => tree_sitter_python::LANGUAGE,
            Language::JavaScript => tree_sitter_javascript::LANGUAGE,
            Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
            Language::Java => tree_sitter_java::LANGUAGE,
            Language::Go => tree_sitter_go::LANGUAGE,
            Language::C => tree_sitter_c::LANGUAGE,
            Language::Cpp => tree_sitter_cpp::LANGUAGE,
            Language::CSharp => tree_sitter_c_sharp::LANGUAGE,
        };
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&grammar.into()).unwrap();
        let total = totals.entry(language).or_default();
        let start = Instant::now();
        let raw = parser.parse(&text, None).unwrap();
        total.1 += start.elapsed();
        drop(raw);
        let start = Instant::now();
        let tree = parse(language, &text);
        total.2 += start.elapsed();
        drop(tree);
        total.0 += text.len();
    }
    for (language, (bytes, bare, flat)) in totals {
        let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
        println!(
            "{}: bare {:.2} MB/s, with flat tree {:.2} MB/s",
            language.name(),
            speed(bare),
            speed(flat)
        );
    }
}
