//! Which names of C may be macros, and which calls are calls.

use std::collections::{HashMap, HashSet};

use ringfence_syntax::Node;

use super::is_macro_like;
use crate::find::source::Source;

/// What a text says about its own names.
#[derive(Default)]
pub(in crate::find) struct Macros<'s> {
    /// Object-like macros, and whether each is one number or stands in brackets of its own wherever it is defined.
    objects: HashMap<&'s [u8], bool>,
    /// Enumerators.
    constants: HashSet<&'s [u8]>,
    /// Functions that the text defines or declares, and no macro has the name.
    functions: HashSet<&'s [u8]>,
    /// The text names objects that change by themselves or as one.
    has_volatile: bool,
}

fn macros<'a, 's>(source: &'a Source<'s>) -> &'a Macros<'s> {
    source.facts.macros.get_or_init(|| collect(source))
}

fn collect<'s>(source: &Source<'s>) -> Macros<'s> {
    let mut found = Macros::default();
    let mut function_like: Vec<&[u8]> = Vec::new();
    for node in source.tree.nodes() {
        match node.kind() {
            "preproc_def" => {
                let value = node
                    .child_by_field("value")
                    .map(|value| source.of(value).trim_ascii());
                if let Some(name) = node.name_node() {
                    let is_whole = value.is_some_and(is_whole);
                    let all = found.objects.entry(source.of(name)).or_insert(true);
                    *all = *all && is_whole;
                }
            }
            "preproc_function_def" => function_like.extend(node.name_node().map(|name| source.of(name))),
            "enumerator" => found
                .constants
                .extend(node.name_node().map(|name| source.of(name))),
            "function_definition" => found
                .functions
                .extend(node.name_node().map(|name| source.of(name))),
            "function_declarator" if node.parent().is_some_and(|parent| parent.kind() == "declaration") => {
                let name = node.child_by_field("declarator");
                found.functions.extend(
                    name.filter(|name| name.kind() == "identifier")
                        .map(|name| source.of(name)),
                );
            }
            "type_qualifier" if matches!(source.of(node), b"volatile" | b"_Atomic") => {
                found.has_volatile = true
            }
            "preproc_include" if crate::find::source::contains(source.of(node), b"atomic") => {
                found.has_volatile = true
            }
            _ => {}
        }
    }
    for name in function_like {
        found.functions.remove(name);
        found.objects.insert(name, false);
    }
    found.functions.retain(|name| !found.objects.contains_key(name));
    found
}

/// One number, or one pair of brackets around everything.
fn is_whole(value: &[u8]) -> bool {
    let is_number = value.first().is_some_and(u8::is_ascii_digit)
        && value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.');
    let mut depth = 0_usize;
    let mut closes_early = false;
    for (at, byte) in value.iter().enumerate() {
        match byte {
            b'(' => depth = depth.saturating_add(1),
            b')' => {
                depth = depth.saturating_sub(1);
                closes_early = closes_early || (depth == 0 && at.saturating_add(1) < value.len());
            }
            b'"' | b'\'' | b'\\' => return false,
            _ => {}
        }
    }
    is_number || (value.starts_with(b"(") && value.ends_with(b")") && depth == 0 && !closes_early)
}

/// Tells whether a name is certainly a variable: written in lower case and no macro of this text.
pub(in crate::find) fn is_variable_name(source: &Source<'_>, name: &[u8]) -> bool {
    !is_macro_like(name) && !macros(source).objects.contains_key(name)
}

/// Tells whether a name stands for one operand, macro or not.
pub(in crate::find) fn is_operand_name(source: &Source<'_>, name: &[u8]) -> bool {
    let macros = macros(source);
    match macros.objects.get(name) {
        Some(is_whole) => *is_whole,
        None => !is_macro_like(name) || macros.constants.contains(name),
    }
}

/// Tells whether the text itself defines or declares a function of this name, or the standard library does: its macros are expressions that
/// evaluate each argument once, fully protected by brackets (C11 7.1.4p1), and no program may define the names (7.1.3p2).
pub(in crate::find) fn is_function(source: &Source<'_>, name: &[u8]) -> bool {
    let macros = macros(source);
    !is_macro_like(name)
        && !macros.objects.contains_key(name)
        && (macros.functions.contains(name) || LIBRARY.binary_search(&name).is_ok())
}

/// Tells whether the text names objects that change by themselves, or as one.
pub(in crate::find) fn has_volatile(source: &Source<'_>) -> bool {
    macros(source).has_volatile
}

/// Functions of the standard library, in order of their bytes.
const LIBRARY: [&[u8]; 62] = [
    b"abort",
    b"abs",
    b"atoi",
    b"atol",
    b"calloc",
    b"exit",
    b"fclose",
    b"feof",
    b"ferror",
    b"fflush",
    b"fgetc",
    b"fgets",
    b"fopen",
    b"fprintf",
    b"fputc",
    b"fputs",
    b"fread",
    b"free",
    b"fseek",
    b"ftell",
    b"fwrite",
    b"getc",
    b"getenv",
    b"isalnum",
    b"isalpha",
    b"isdigit",
    b"islower",
    b"isprint",
    b"isspace",
    b"isupper",
    b"isxdigit",
    b"malloc",
    b"memchr",
    b"memcmp",
    b"memcpy",
    b"memmove",
    b"memset",
    b"perror",
    b"printf",
    b"putc",
    b"putchar",
    b"puts",
    b"qsort",
    b"realloc",
    b"remove",
    b"rename",
    b"rewind",
    b"snprintf",
    b"sprintf",
    b"strcat",
    b"strchr",
    b"strcmp",
    b"strcpy",
    b"strlen",
    b"strncat",
    b"strncmp",
    b"strncpy",
    b"strrchr",
    b"strstr",
    b"strtol",
    b"tolower",
    b"toupper",
];

/// Tells whether an operand only reads: variables, members, elements, and arithmetic on them. No call: what it changes could be read beside it.
pub(in crate::find) fn is_read_only(source: &Source<'_>, node: Node<'_>) -> bool {
    let mut has_variable = false;
    let mut is_plain = |part: Node<'_>| match part.kind() {
        "identifier" => {
            has_variable |= is_variable_name(source, source.of(part));
            is_operand_name(source, source.of(part))
        }
        "field_identifier" => is_variable_name(source, source.of(part)),
        "field_expression"
        | "subscript_expression"
        | "pointer_expression"
        | "parenthesized_expression"
        | "number_literal" => true,
        "cast_expression"
        | "type_descriptor"
        | "primitive_type"
        | "sized_type_specifier"
        | "abstract_pointer_declarator" => true,
        "type_identifier" => !is_macro_like(source.of(part)),
        "unary_expression" | "binary_expression" => part.child_by_field("operator").is_some_and(|operator| {
            matches!(
                source.of(operator),
                b"+" | b"-" | b"*" | b"/" | b"%" | b"<<" | b">>" | b"~" | b"&" | b"|"
            )
        }),
        _ => !part.is_named() && !part.is_comment(),
    };
    let is_operand = match node.kind() {
        "identifier"
        | "field_expression"
        | "subscript_expression"
        | "pointer_expression"
        | "cast_expression" => true,
        // In brackets only: they bind less than comparisons.
        "binary_expression" => node
            .child_by_field("operator")
            .is_some_and(|operator| !matches!(source.of(operator), b"&" | b"|")),
        "parenthesized_expression" => true,
        _ => false,
    };
    let is_small = node.subtree_end().saturating_sub(node.index()) <= 32;
    is_operand
        && is_small
        && node.descendants().all(&mut is_plain)
        && (has_variable || node.kind() == "identifier")
}
