//! Values that the interface does not need: strings and tables of constants, default values of parameters.

use ringfence_syntax::Node;

/// Containers with more elements than this are tables.
const TABLE: usize = 8;

/// Deepest container that is blanked.
const MAX_DEPTH: usize = 6;

/// The value without what it says and with the type it has; nothing when it says nothing or is not made of literals alone.
pub(super) fn blanked(value: &Node<'_>, text: &[u8]) -> Option<Vec<u8>> {
    let value = inner(*value);
    let blank = match value.kind() {
        "string" | "concatenated_string" => blank(&value, text, 0)?,
        "list" | "tuple" | "set" | "dictionary" => {
            let elements = value.named_children().count();
            let has_string = value.descendants().any(|node| node.kind() == "string_content");
            if elements <= TABLE && !has_string {
                return None;
            }
            blank(&value, text, 0)?
        }
        "call" => return None,
        _ => return None,
    };
    (blank != value.text(text)).then_some(blank)
}

/// Where the pattern of a compiled regular expression stands, and what replaces it.
pub(super) fn pattern<'t>(value: &Node<'t>, text: &[u8]) -> Option<(Node<'t>, &'static [u8])> {
    let value = inner(*value);
    let called = value
        .child_by_field("function")
        .filter(|_| value.kind() == "call")?;
    let name = called.text(text);
    if name != b"re.compile" && name != b"regex.compile" {
        return None;
    }
    let pattern = value.child_by_field("arguments")?.named_children().next()?;
    match pattern.kind() {
        "string" | "concatenated_string" => {
            let first = pattern.descendants().find(|node| node.kind() == "string_start")?;
            Some((pattern, empty_like(first.text(text))))
        }
        _ => None,
    }
}

/// What stands for a default value; nothing when it stays. `any_type` says that a default of any type is accepted there.
pub(super) fn default(value: &Node<'_>, text: &[u8], any_type: bool) -> Option<Vec<u8>> {
    let own = value.text(text);
    match value.kind() {
        "none" | "true" | "false" | "ellipsis" => return None,
        "integer" if matches!(own, b"0" | b"1") => return None,
        "unary_operator" if own == b"-1" => return None,
        "string" | "concatenated_string" if own.len() <= 2 => return None,
        _ => {}
    }
    if any_type {
        return Some(b"...".to_vec());
    }
    match value.kind() {
        "string" | "concatenated_string" | "integer" | "float" => {
            blank(value, text, 0).filter(|blank| blank != own)
        }
        "unary_operator" => blank(value, text, 0),
        _ => None,
    }
}

/// The value inside of parentheses.
fn inner(value: Node<'_>) -> Node<'_> {
    let mut at = value;
    while at.kind() == "parenthesized_expression" {
        match at.named_children().next() {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

fn empty_like(start: &[u8]) -> &'static [u8] {
    if start.iter().any(|byte| matches!(byte, b'b' | b'B')) {
        b"b\"\""
    } else {
        b"\"\""
    }
}

fn blank(value: &Node<'_>, text: &[u8], depth: usize) -> Option<Vec<u8>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let next = depth.saturating_add(1);
    Some(match value.kind() {
        "none" | "true" | "false" | "ellipsis" => value.text(text).to_vec(),
        "integer" if !ends_imaginary(value, text) => b"0".to_vec(),
        "float" if !ends_imaginary(value, text) => b"0.0".to_vec(),
        "unary_operator" => {
            let operand = value.named_children().next()?;
            matches!(operand.kind(), "integer" | "float")
                .then(|| blank(&operand, text, next))
                .flatten()?
        }
        "string" | "concatenated_string" => {
            if value.descendants().any(|node| node.kind() == "interpolation") {
                return None;
            }
            let first = value.descendants().find(|node| node.kind() == "string_start")?;
            empty_like(first.text(text)).to_vec()
        }
        "parenthesized_expression" => blank(&inner(*value), text, next)?,
        "pair" => {
            let mut pair = blank(&value.child_by_field("key")?, text, next)?;
            pair.extend_from_slice(b": ");
            pair.extend(blank(&value.child_by_field("value")?, text, next)?);
            pair
        }
        "list" => container(value, text, next, b"[", b"]", false)?,
        "set" | "dictionary" => container(value, text, next, b"{", b"}", false)?,
        "tuple" => container(value, text, next, b"(", b")", true)?,
        _ => return None,
    })
}

/// A container with each form of element once; of tuples, whose length is part of the type, with all.
fn container(
    value: &Node<'_>,
    text: &[u8],
    depth: usize,
    open: &[u8],
    close: &[u8],
    is_tuple: bool,
) -> Option<Vec<u8>> {
    let mut forms: Vec<Vec<u8>> = Vec::new();
    let mut count = 0_usize;
    for element in value.named_children() {
        let form = blank(&element, text, depth)?;
        count = count.saturating_add(1);
        if is_tuple && count <= TABLE || !forms.contains(&form) {
            forms.push(form);
        }
        if forms.len() > 2 * TABLE {
            return None;
        }
    }
    let table = is_tuple && count > TABLE;
    if table {
        forms.dedup();
        // A table of mixed elements stays: its length and its order are its type.
        if forms.len() != 1 {
            return None;
        }
    }
    let mut whole = open.to_vec();
    whole.extend(forms.join(&b", "[..]));
    if is_tuple && forms.len() == 1 {
        whole.push(b',');
    }
    whole.extend_from_slice(close);
    if table {
        whole.extend_from_slice(format!(" * {count}").as_bytes());
    }
    Some(whole)
}

fn ends_imaginary(value: &Node<'_>, text: &[u8]) -> bool {
    matches!(value.text(text).last(), Some(b'j' | b'J'))
}
