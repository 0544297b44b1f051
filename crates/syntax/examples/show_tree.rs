//! Prints a file's tree: `cargo run -p ringfence-syntax --example show_tree -- FILE`

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a report for developers"
)]

use ringfence_syntax::{Language, parse};

fn main() {
    for path in std::env::args().skip(1) {
        let Some(language) = Language::from_path(path.as_bytes()) else {
            continue;
        };
        let text = std::fs::read(&path).unwrap();
        let tree = parse(language, &text).unwrap();
        for node in tree.nodes() {
            let head: Vec<u8> = node.text(&text).iter().copied().take(40).collect();
            let field = node.field().map(|field| format!("{field}: ")).unwrap_or_default();
            println!(
                "{}{field}{node:?} {:?}",
                "  ".repeat(node.ancestors().count()),
                String::from_utf8_lossy(&head)
            );
        }
    }
}
