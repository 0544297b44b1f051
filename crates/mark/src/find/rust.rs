//! Rust: the families, and where nothing is marked.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::comment::CommentPeriod;
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::rule::LanguageRules;
use super::source::{Source, contains};
use super::statement_order::StatementOrder;

mod arms;
mod bound_order;
mod brackets;
mod core_path;
mod derive_order;
mod documentation;
mod empty_vector;
mod function_order;
mod if_else;
mod imported_path;
mod imports;
mod inference;
mod initialiser_order;
mod io_result;
mod jump_arm;
mod layout;
mod let_else;
mod owned_string;
mod ref_binding;
mod self_type;
mod settings;
mod still;
mod tail_return;
mod use_group;
mod where_bounds;
mod width;

pub(super) use imports::Imports;

pub(super) static RULES: LanguageRules = LanguageRules {
    // Macros see tokens, not meaning. `vec![]` is looked at as a whole, from its call.
    closed: &[
        "token_tree",
        "macro_definition",
        "inner_attribute_item",
        "string_literal",
        "raw_string_literal",
    ],
    closed_when: &[(&["mod_item", "function_item"], is_test)],
    families: &[
        &function_order::FunctionOrder,
        &arms::ArmOrder,
        &derive_order::DeriveOrder,
        &bound_order::BoundOrder,
        &initialiser_order::InitialiserOrder,
        &IfSwap {
            kinds: &["if_expression"],
            branches: if_else::branches,
            negation: if_else::NEGATION,
        },
        &BlankLine {
            kinds: layout::KINDS,
            may_part: layout::may_part,
            aligns_comments: false,
        },
        &StatementOrder {
            kinds: &["block"],
            setting: settings::setting,
        },
        &brackets::Brackets,
        &HexCase {
            kinds: &["integer_literal"],
        },
        &tail_return::TailReturn,
        &let_else::LetElse,
        &ref_binding::RefBinding,
        &self_type::SelfType,
        &owned_string::OwnedString,
        &empty_vector::EmptyVector,
        &where_bounds::WhereBounds,
        &core_path::CorePath,
        &imported_path::ImportedPath,
        &io_result::IoResult,
        &jump_arm::JumpArm,
        &use_group::UseGroup,
        &CommentPeriod {
            kinds: &["line_comment", "block_comment"],
            marker: documentation::marker,
            has_headings: false,
        },
    ],
};

/// Attributes that no macro reads: everything else may turn source order into meaning.
const INERT_ATTRIBUTES: [&[u8]; 15] = [
    b"inline",
    b"must_use",
    b"cold",
    b"allow",
    b"expect",
    b"warn",
    b"deny",
    b"cfg",
    b"doc",
    b"track_caller",
    b"deprecated",
    b"target_feature",
    b"rustfmt::skip",
    b"no_mangle",
    b"automatically_derived",
];

fn is_test(source: &Source<'_>, node: Node<'_>) -> bool {
    attributes(source, node).any(|attribute| contains(attribute, b"test") || contains(attribute, b"bench"))
}

/// The attributes directly above an item.
fn attributes<'s>(source: &Source<'s>, node: Node<'_>) -> impl Iterator<Item = &'s [u8]> + use<'s> {
    let mut above: Vec<&'s [u8]> = Vec::new();
    let mut before = node.previous_sibling();
    while let Some(sibling) =
        before.filter(|sibling| sibling.kind() == "attribute_item" || sibling.is_comment())
    {
        if sibling.kind() == "attribute_item" {
            above.push(source.of(sibling));
        }
        // So many lines above one item are hostile: an attribute that nobody knows stands for them.
        if above.len() > 64 {
            above.push(b"unknown test");
            break;
        }
        before = sibling.previous_sibling();
    }
    above.into_iter()
}

fn is_inert(attribute: &[u8]) -> bool {
    let inner = attribute.strip_prefix(b"#[").unwrap_or(attribute);
    let name: Vec<u8> = inner
        .iter()
        .copied()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(byte))
        .collect();
    INERT_ATTRIBUTES.contains(&name.as_slice())
}

fn names_alloc(source: &Source<'_>) -> bool {
    containers(source).0
}

fn declares_vector(source: &Source<'_>) -> bool {
    containers(source).1
}

fn containers(source: &Source<'_>) -> (bool, bool) {
    *source.facts.foreign_containers.get_or_init(|| {
        let imports = source.tree.root().is_none_or(|root| {
            root.children()
                .any(|item| item.kind() == "use_declaration" && contains(source.of(item), b"Vec"))
        });
        (
            contains(source.text, b"alloc::"),
            imports || contains(source.text, b"vec {"),
        )
    })
}
