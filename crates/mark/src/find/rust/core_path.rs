//! `std::` against `core::` before what the standard library only passes on.
//!
//! Equal because `std` re-exports these items of `core` (standard library, crate `core`: "the dependency-free foundation of The Rust Standard Library"; a test has the compiler prove each name). Both crates
//! are in the extern prelude of every edition (Rust reference, "Extern prelude"). Left out: `use` declarations, whose paths begin at the crate's root in edition 2015, and texts that name a `core` or `std` of
//! their own, import everything of another module, or say `no_std` or `extern crate`.

use ringfence_syntax::Node;

use super::imports::Imports;
use super::width::keeps_layout;
use crate::find::candidate::{Candidate, text};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains};
use crate::model::Family;

/// Modules with the names that are the same in both crates since Rust 1.26 or longer, or since they came into either.
pub(super) const SHARED: &[(&str, &[&str])] = &[
    ("any", &["Any", "TypeId"]),
    ("cell", &["Cell", "RefCell", "Ref", "RefMut", "UnsafeCell"]),
    ("clone", &["Clone"]),
    (
        "cmp",
        &[
            "min",
            "max",
            "Ordering",
            "Reverse",
            "Ord",
            "PartialOrd",
            "Eq",
            "PartialEq",
        ],
    ),
    (
        "convert",
        &[
            "From",
            "Into",
            "AsRef",
            "AsMut",
            "TryFrom",
            "TryInto",
            "Infallible",
        ],
    ),
    ("default", &["Default"]),
    (
        "fmt",
        &[
            "Debug",
            "Display",
            "Formatter",
            "Result",
            "Error",
            "Write",
            "Arguments",
            "Binary",
            "LowerHex",
            "UpperHex",
            "Octal",
            "Pointer",
        ],
    ),
    ("hash", &["Hash", "Hasher", "BuildHasher"]),
    (
        "iter",
        &[
            "once",
            "empty",
            "repeat",
            "Iterator",
            "IntoIterator",
            "FromIterator",
            "DoubleEndedIterator",
            "ExactSizeIterator",
            "FusedIterator",
            "Extend",
            "Sum",
            "Product",
            "Peekable",
            "Rev",
            "Map",
            "Filter",
            "Chain",
            "Zip",
            "Enumerate",
            "Take",
            "Skip",
            "Cloned",
            "Once",
            "Repeat",
            "Empty",
            "from_fn",
            "successors",
        ],
    ),
    ("marker", &["PhantomData", "Copy", "Send", "Sync", "Sized"]),
    (
        "mem",
        &[
            "swap",
            "replace",
            "take",
            "forget",
            "drop",
            "size_of",
            "size_of_val",
            "align_of",
            "discriminant",
            "transmute",
            "ManuallyDrop",
            "MaybeUninit",
            "needs_drop",
        ],
    ),
    (
        "num",
        &[
            "ParseIntError",
            "ParseFloatError",
            "TryFromIntError",
            "Wrapping",
            "NonZeroU8",
            "NonZeroU16",
            "NonZeroU32",
            "NonZeroU64",
            "NonZeroUsize",
        ],
    ),
    (
        "ops",
        &[
            "Deref",
            "DerefMut",
            "Index",
            "IndexMut",
            "Range",
            "RangeInclusive",
            "RangeFrom",
            "RangeTo",
            "RangeFull",
            "RangeBounds",
            "Bound",
            "Drop",
            "Fn",
            "FnMut",
            "FnOnce",
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Rem",
            "Neg",
            "Not",
            "BitAnd",
            "BitOr",
            "BitXor",
            "Shl",
            "Shr",
            "AddAssign",
            "SubAssign",
            "MulAssign",
            "DivAssign",
            "BitAndAssign",
            "BitOrAssign",
            "ControlFlow",
        ],
    ),
    ("option", &["Option"]),
    ("pin", &["Pin"]),
    (
        "ptr",
        &[
            "null",
            "null_mut",
            "NonNull",
            "eq",
            "read",
            "write",
            "copy",
            "copy_nonoverlapping",
        ],
    ),
    ("result", &["Result"]),
    (
        "slice",
        &[
            "from_raw_parts",
            "from_raw_parts_mut",
            "from_ref",
            "Iter",
            "IterMut",
            "Chunks",
            "ChunksExact",
            "Windows",
        ],
    ),
    (
        "str",
        &[
            "from_utf8",
            "from_utf8_mut",
            "from_utf8_unchecked",
            "FromStr",
            "Utf8Error",
            "Chars",
            "CharIndices",
            "Bytes",
            "Lines",
            "SplitWhitespace",
        ],
    ),
    ("task", &["Context", "Poll", "Waker"]),
    ("time", &["Duration"]),
];

pub(super) struct CorePath;

impl FamilyRule for CorePath {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["identifier"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        // Only this way: `core` exists wherever `std` does, and `std` not in a crate whose root says `no_std`.
        if source.of(node) != b"std" {
            return;
        }
        if is_shared(source, node) && !is_own(source) {
            let range = (node.start(), node.end());
            found.extend(Candidate::on_lines(
                source,
                Family::Idiom,
                node,
                range,
                vec![text(b"core")],
            ));
        }
    }
}

/// Tells whether the crate begins a path, outside of imports, to a name that both crates have.
fn is_shared(source: &Source<'_>, node: Node<'_>) -> bool {
    let mut path = node;
    while let Some(parent) = path.parent().filter(|parent| {
        matches!(parent.kind(), "scoped_identifier" | "scoped_type_identifier")
            && parent.start() == node.start()
    }) {
        path = parent;
    }
    let mut segments = source
        .of(path)
        .split(|byte| *byte == b':')
        .filter(|segment| !segment.is_empty());
    let (_, module, name) = (segments.next(), segments.next(), segments.next());
    let is_known = SHARED.iter().any(|(known, names)| {
        module == Some(known.as_bytes()) && names.iter().any(|known| name == Some(known.as_bytes()))
    });
    is_known
        && is_free(node)
        && source.is_one_line(path)
        && keeps_layout(source, node, b"std".len(), b"core".len())
}

/// Tells whether a path stands where it begins as in any expression or type.
pub(super) fn is_free(node: Node<'_>) -> bool {
    node.ancestors()
        .take_while(|outer| outer.kind() != "block")
        .all(|outer| {
            !matches!(
                outer.kind(),
                "use_declaration"
                    | "macro_invocation"
                    | "visibility_modifier"
                    | "attribute_item"
                    | "extern_crate_declaration"
            )
        })
}

/// Tells whether the text may give either word another meaning.
pub(super) fn is_own(source: &Source<'_>) -> bool {
    *source.facts.has_own_crates.get_or_init(|| {
        [
            &b"no_std"[..],
            b"no_core",
            b"extern crate",
            b"mod core",
            b"mod std",
            b"as core",
            b"as std",
            b"use core;",
            b"no_implicit_prelude",
        ]
        .iter()
        .any(|word| contains(source.text, word))
            || Imports::of(source).has_glob()
    })
}

#[cfg(test)]
mod tests {
    use super::SHARED;

    /// Types, traits and values of one name are the same item when a glob import of both is not ambiguous at its use.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the compiler proves the table")]
    fn the_compiler_finds_one_item_behind_both_paths() {
        let mut program = String::from("#![allow(unused_imports, dead_code)]\n");
        for (number, (module, name)) in SHARED
            .iter()
            .flat_map(|(module, names)| names.iter().map(move |name| (module, name)))
            .enumerate()
        {
            program.push_str(&format!(
                "mod m{number} {{ mod a {{ pub use std::{module}::{name}; }} mod b {{ pub use core::{module}::{name}; }} use self::a::*; use self::b::*; use self::{name} as same; }}\n"
            ));
        }
        let folder = std::env::temp_dir().join(format!("ringfence-core-path-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("lib.rs");
        for edition in ["2018", "2021", "2024"] {
            std::fs::write(&path, &program).unwrap();
            let output = std::process::Command::new("rustc")
                .args([
                    "--crate-type",
                    "lib",
                    "--emit",
                    "metadata",
                    "--edition",
                    edition,
                    "--out-dir",
                ])
                .args([&folder, &path])
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        // Paths outside of imports, in a module below the root, where editions differ most.
        std::fs::write(&path, "mod below { pub fn f(a: &mut u8) -> core::cmp::Ordering { core::mem::swap(a, &mut 1); core::cmp::Ordering::Less } }\n").unwrap();
        let output = std::process::Command::new("rustc")
            .args([
                "--crate-type",
                "lib",
                "--emit",
                "metadata",
                "--edition",
                "2015",
                "--out-dir",
            ])
            .args([&folder, &path])
            .output()
            .unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
