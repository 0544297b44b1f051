//! Values of constants and statics: strings, slices and tables are blanked where the type allows it, closures become stubs.

use ringfence_syntax::Node;

/// Longest array of numbers that stays.
const LONGEST_ARRAY: usize = 8;

/// Deepest array type that is followed.
const DEEPEST: usize = 8;

/// A value of the type that says nothing, or nothing when the written value has to stay.
pub(super) fn blank(declared: &Node<'_>, value: &Node<'_>, source: &[u8]) -> Option<Vec<u8>> {
    match declared.kind() {
        "reference_type" => {
            let target = declared.child_by_field("type")?;
            match target.kind() {
                "primitive_type" if target.text(source) == b"str" => Some(b"\"\"".to_vec()),
                "array_type" if target.child_by_field("length").is_none() => Some(b"&[]".to_vec()),
                "array_type" => {
                    let inner = element_default(&target, source, 0)?;
                    let length = target.child_by_field("length")?;
                    let mut out = b"&".to_vec();
                    out.extend(repeated(&inner, length.text(source)));
                    Some(out)
                }
                _ => None,
            }
        }
        "array_type" => {
            let length = declared.child_by_field("length")?;
            let strings = declared
                .child_by_field("element")
                .is_some_and(|element| element.kind() == "reference_type");
            let count = value.named_children().count();
            if value.kind() != "array_expression" || (count <= LONGEST_ARRAY && !strings) {
                return None;
            }
            Some(repeated(
                &element_default(declared, source, 0)?,
                length.text(source),
            ))
        }
        "generic_type" => {
            let option = super::returns::last_name(*declared, source) == b"Option";
            option.then(|| b"None".to_vec())
        }
        _ => None,
    }
}

fn repeated(element: &[u8], length: &[u8]) -> Vec<u8> {
    [b"[", element, b"; ", length, b"]"].concat()
}

/// A constant of an array type's element.
fn element_default(array: &Node<'_>, source: &[u8], depth: usize) -> Option<Vec<u8>> {
    let element = array.child_by_field("element")?;
    match element.kind() {
        "primitive_type" => match element.text(source) {
            b"bool" => Some(b"false".to_vec()),
            b"char" => Some(b"'\\0'".to_vec()),
            b"f32" | b"f64" => Some(b"0.0".to_vec()),
            b"str" => None,
            _ => Some(b"0".to_vec()),
        },
        "reference_type" => {
            let target = element.child_by_field("type")?;
            match target.kind() {
                "primitive_type" if target.text(source) == b"str" => Some(b"\"\"".to_vec()),
                "array_type" if target.child_by_field("length").is_none() => Some(b"&[]".to_vec()),
                _ => None,
            }
        }
        "array_type" if depth < DEEPEST => {
            let length = element.child_by_field("length")?;
            let inner = element_default(&element, source, depth.saturating_add(1))?;
            Some(repeated(&inner, length.text(source)))
        }
        _ => None,
    }
}

/// Tells whether a value that stays says more than a number or a plain constructor: it is named in the account.
pub(super) fn is_telling(value: &Node<'_>) -> bool {
    value.descendants().any(|node| {
        matches!(
            node.kind(),
            "string_literal"
                | "raw_string_literal"
                | "block"
                | "match_expression"
                | "if_expression"
                | "while_expression"
                | "macro_invocation"
        )
    })
}
