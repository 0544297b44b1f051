//! Stubs by return type. Where a signature promises `impl Trait`, the stub must name some value of such a type; where none is known, the body stays.

use ringfence_syntax::Node;

use crate::engine::text;

/// A value that some traits can be promised by.
struct Value {
    /// Traits of which one must be the first bound.
    main: &'static [&'static str],
    /// Further bounds it also meets.
    also: &'static [&'static str],
    expression: &'static str,
    /// Whether the expression itself never returns, so that nothing stands before it.
    diverges: bool,
}

const VALUES: &[Value] = &[
    Value {
        main: &[
            "Iterator",
            "DoubleEndedIterator",
            "ExactSizeIterator",
            "FusedIterator",
            "IntoIterator",
        ],
        also: &["Clone", "Send", "Sync", "Unpin", "Debug", "Default"],
        expression: "::core::iter::empty()",
        diverges: false,
    },
    Value {
        main: &["Future"],
        also: &["Send", "Sync"],
        expression: "async { unimplemented!() }",
        diverges: true,
    },
    Value {
        main: &["Display", "Debug", "ToString"],
        also: &[
            "Display",
            "Debug",
            "ToString",
            "Clone",
            "Copy",
            "Send",
            "Sync",
            "Unpin",
            "Eq",
            "PartialEq",
            "Ord",
            "Hash",
        ],
        expression: "\"\"",
        diverges: false,
    },
    Value {
        main: &["Read", "BufRead"],
        also: &["Read", "BufRead", "Seek", "Send", "Sync", "Unpin", "Debug"],
        expression: "::std::io::empty()",
        diverges: false,
    },
    Value {
        main: &["Write"],
        also: &["Send", "Sync", "Unpin", "Debug"],
        expression: "::std::io::sink()",
        diverges: false,
    },
    Value {
        main: &[
            "Any",
            "Send",
            "Sync",
            "Clone",
            "Copy",
            "Default",
            "Eq",
            "PartialEq",
            "Ord",
            "PartialOrd",
            "Hash",
            "Sized",
        ],
        also: &[
            "Any", "Send", "Sync", "Clone", "Copy", "Default", "Eq", "Ord", "Hash", "Debug", "Unpin", "Sized",
        ],
        expression: "()",
        diverges: false,
    },
];

/// Types for which `""` is an `AsRef`.
const STRINGS: &[&[u8]] = &[
    b"str",
    b"Path",
    b"OsStr",
    b"[u8]",
    b"String",
    b"PathBuf",
    b"OsString",
];

/// The lines of a stub's body, or nothing when the body must stay.
pub(super) fn stub(return_type: Option<&Node<'_>>, source: &[u8]) -> Option<Vec<String>> {
    let hidden = return_type.map_or(0, |node| {
        node.descendants()
            .filter(|inner| inner.kind() == "abstract_type")
            .count()
    });
    match (return_type, hidden) {
        (_, 0) | (None, _) => Some(vec!["unimplemented!()".to_owned()]),
        (Some(node), 1) => {
            let (expression, diverges) = value(*node, source)?;
            let mut lines = Vec::new();
            if !diverges {
                lines.extend(["if true {", "    unimplemented!()", "}"].map(str::to_owned));
            }
            lines.push(expression);
            Some(lines)
        }
        _ => None,
    }
}

/// An expression of the type, and whether evaluating it never comes back.
fn value(node: Node<'_>, source: &[u8]) -> Option<(String, bool)> {
    let mut wrappers: Vec<&str> = Vec::new();
    let mut at = node;
    while at.kind() == "generic_type" {
        let name = last_name(at.child_by_field("type")?, source);
        wrappers.push(match name {
            b"Option" => "Some",
            b"Result" => "Ok",
            b"Box" => "Box::new",
            _ => return None,
        });
        at = at
            .child_by_field("type_arguments")?
            .named_children()
            .find(|child| child.kind() != "lifetime")?;
    }
    let (mut expression, mut diverges) = promised(at, source)?;
    for wrapper in wrappers.iter().rev() {
        expression = format!("{wrapper}({expression})");
        diverges = diverges && *wrapper == "Box::new";
    }
    Some((expression, diverges))
}

fn promised(node: Node<'_>, source: &[u8]) -> Option<(String, bool)> {
    let mut bounds: Vec<Node<'_>> = Vec::new();
    let mut open = vec![node];
    while let Some(next) = open.pop() {
        match next.kind() {
            "abstract_type" => open.extend(next.child_by_field("trait")),
            "bounded_type" => {
                let children: Vec<Node<'_>> = next.named_children().collect();
                open.extend(children.into_iter().rev());
            }
            "higher_ranked_trait_bound" => open.extend(next.child_by_field("type")),
            "lifetime" | "use_bounds" => {}
            _ => bounds.push(next),
        }
    }
    let first = bounds.first()?;
    let others = || bounds.iter().skip(1).map(|bound| last_name(*bound, source));
    if first.kind() == "function_type" {
        let name = first.child_by_field("trait").map(|name| last_name(name, source));
        if !matches!(name, Some(b"Fn" | b"FnMut" | b"FnOnce"))
            || others().any(|name| !matches!(name, b"Send" | b"Sync" | b"Clone" | b"Copy" | b"Unpin"))
        {
            return None;
        }
        let count = first.child_by_field("parameters")?.named_children().count();
        let parameters = vec!["_"; count].join(", ");
        return Some((format!("move |{parameters}| unimplemented!()"), true));
    }
    let name = last_name(*first, source);
    let converts = matches!(name, b"AsRef" | b"Into") && {
        let argument = first
            .child_by_field("type_arguments")
            .and_then(|arguments| arguments.named_children().next());
        argument.is_some_and(|argument| STRINGS.contains(&argument.text(source)))
    };
    if converts && others().next().is_none() {
        return Some(("\"\"".to_owned(), false));
    }
    let name = std::str::from_utf8(name).ok()?;
    let found = VALUES.iter().find(|value| {
        value.main.contains(&name)
            && others().all(|other| {
                std::str::from_utf8(other)
                    .is_ok_and(|other| value.also.contains(&other) || value.main.contains(&other))
            })
    })?;
    Some((found.expression.to_owned(), found.diverges))
}

/// The last name of a path or of a generic type's path.
pub(super) fn last_name<'s>(node: Node<'_>, source: &'s [u8]) -> &'s [u8] {
    let mut at = node;
    loop {
        let inner = match at.kind() {
            "generic_type" | "reference_type" | "pointer_type" => at.child_by_field("type"),
            "scoped_type_identifier" | "scoped_identifier" => at.child_by_field("name"),
            _ => None,
        };
        match inner {
            Some(inner) => at = inner,
            None => return at.text(source),
        }
    }
}

/// The stub's braces and lines, indented as a formatter would below a line with this indentation.
pub(super) fn braced(lines: &[String], indentation: &[u8], step: &[u8]) -> Vec<u8> {
    let mut out = b"{\n".to_vec();
    for line in lines {
        let nested = line.strip_prefix("    ");
        out.extend_from_slice(indentation);
        out.extend_from_slice(step);
        if nested.is_some() {
            out.extend_from_slice(step);
        }
        out.extend_from_slice(nested.unwrap_or(line).as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(indentation);
    out.push(b'}');
    out
}

/// What a body is indented by, taken from its first line; four spaces when it has none.
pub(super) fn step<'t>(source: &'t [u8], body: &Node<'_>, indentation: &[u8]) -> &'t [u8] {
    let Some(first) = body.named_children_with_comments().next() else {
        return b"    ";
    };
    let inner = text::indentation(source, first.start());
    match inner.strip_prefix(indentation) {
        Some(step) if !step.is_empty() && text::starts_line(source, first.start()) => step,
        _ => b"    ",
    }
}
