//! Attributes that methods set on `self`: they are part of the interface although they are written in bodies.

use std::collections::HashSet;

use ringfence_syntax::Node;

use super::facts::Facts;
use crate::engine::{ParsedFile, Span};

/// Most levels that are climbed from a name to see what is done with it; deeper ones are no tests of parameters that people write.
const MAX_CLIMB: usize = 40;

/// An attribute and where it is declared in the interface.
pub(super) struct Attribute {
    pub(super) name: Vec<u8>,
    /// As it is written; nothing for `Any`.
    pub(super) annotation: Option<Vec<u8>>,
    /// Where the annotation stands in the body, when it stands there.
    pub(super) written: Option<Span>,
    /// Preorder index of the method that carries the declaration.
    pub(super) carrier: u32,
}

/// A method that may carry declarations.
struct Method<'t> {
    node: Node<'t>,
    name: &'t [u8],
    body: Node<'t>,
    first: &'t [u8],
}

/// The attributes that methods of a class body set, each once, in order. With facts, those that are declared elsewhere are left out.
pub(super) fn of_class<'t>(
    file: &'t ParsedFile<'_>,
    body: &Node<'t>,
    facts: Option<(&Facts, &[u8])>,
) -> Vec<Attribute> {
    let methods = methods(file, body);
    let Some(carrier) = carrier(&methods) else {
        return Vec::new();
    };
    let mut found: Vec<Attribute> = Vec::new();
    for method in &methods {
        let parameters = Parameters::of(file, method);
        for (target, annotation, value) in assignments(file, method) {
            let name = target.text(file.text);
            if let Some((facts, class)) = facts
                && facts.has_elsewhere(class, name)
            {
                continue;
            }
            let written = annotation.map(|annotation| annotation.start()..annotation.end());
            let annotation = match annotation {
                Some(annotation) => unwrapped(annotation.text(file.text))
                    .or_else(|| value.and_then(|value| type_of_literal(file, &value))),
                None => value.and_then(|value| {
                    parameters
                        .annotation_of(file, &value)
                        .filter(|text| {
                            let variable = facts.is_some_and(|(facts, _)| names_type_variable(facts, text));
                            carrier == method.node.index() || !variable
                        })
                        .or_else(|| type_of_literal(file, &value))
                }),
            };
            match found.iter_mut().find(|known| known.name == name) {
                Some(known) if known.written.is_none() && written.is_some() => {
                    known.annotation = annotation;
                    known.written = written;
                }
                Some(_) => {}
                None => found.push(Attribute {
                    name: name.to_vec(),
                    annotation,
                    written,
                    carrier,
                }),
            }
        }
    }
    found
}

/// `__init__` if there is one, else a public method, else any.
fn carrier(methods: &[Method<'_>]) -> Option<u32> {
    let rank = |method: &Method<'_>| match method.name {
        b"__init__" => 0,
        name if !super::is_private(name) => 1,
        _ => 2,
    };
    methods
        .iter()
        .min_by_key(|method| rank(method))
        .map(|method| method.node.index())
}

fn methods<'t>(file: &'t ParsedFile<'_>, body: &Node<'t>) -> Vec<Method<'t>> {
    let mut found = Vec::new();
    let mut open: Vec<Node<'t>> = vec![*body];
    while let Some(block) = open.pop() {
        for statement in block.named_children() {
            let (definition, decorators) = match statement.kind() {
                "function_definition" => (statement, Vec::new()),
                "decorated_definition" => {
                    let Some(definition) = statement.child_by_field("definition") else {
                        continue;
                    };
                    let decorators = statement
                        .named_children()
                        .filter(|child| child.kind() == "decorator")
                        .map(|decorator| decorator.text(file.text))
                        .collect();
                    (definition, decorators)
                }
                "if_statement" | "elif_clause" | "else_clause" => {
                    open.extend(statement.named_children().filter(|child| child.kind() == "block"));
                    open.extend(
                        statement
                            .named_children()
                            .filter(|child| matches!(child.kind(), "elif_clause" | "else_clause"))
                            .flat_map(|clause| clause.named_children().collect::<Vec<_>>())
                            .filter(|child| child.kind() == "block"),
                    );
                    continue;
                }
                _ => continue,
            };
            let unbound = decorators.iter().any(|decorator| {
                [&b"staticmethod"[..], b"classmethod", b"overload"]
                    .iter()
                    .any(|known| decorator.ends_with(known))
            });
            if definition.kind() != "function_definition" || unbound {
                continue;
            }
            let (Some(name), Some(body), Some(parameters)) = (
                definition.child_by_field("name"),
                definition.child_by_field("body"),
                definition.child_by_field("parameters"),
            ) else {
                continue;
            };
            let first = parameters
                .named_children()
                .next()
                .map(|first| match first.kind() {
                    "typed_parameter" => first.named_children().next().unwrap_or(first),
                    _ => first,
                });
            let Some(first) = first.filter(|first| first.kind() == "identifier") else {
                continue;
            };
            found.push(Method {
                node: definition,
                name: name.text(file.text),
                body,
                first: first.text(file.text),
            });
        }
    }
    found
}

/// Name, annotation and value of each assignment to an attribute of the first parameter, outside nested functions.
fn assignments<'t>(
    file: &ParsedFile<'_>,
    method: &Method<'t>,
) -> Vec<(Node<'t>, Option<Node<'t>>, Option<Node<'t>>)> {
    let mut found = Vec::new();
    let mut skip = 0;
    for node in method.body.descendants() {
        if node.index() < skip {
            continue;
        }
        let (target, annotation, value) = match node.kind() {
            "function_definition" | "class_definition" | "lambda" => {
                skip = node.subtree_end();
                continue;
            }
            "assignment" => (
                node.child_by_field("left"),
                node.child_by_field("type"),
                node.child_by_field("right"),
            ),
            "for_statement" => (node.child_by_field("left"), None, None),
            "as_pattern_target" => (Some(node), None, None),
            _ => continue,
        };
        let Some(target) = target else { continue };
        if target.kind() == "attribute" {
            found.extend(own(file, method, &target).map(|name| (name, annotation, value)));
        } else if matches!(
            target.kind(),
            "pattern_list" | "tuple_pattern" | "list_pattern" | "as_pattern_target"
        ) {
            let inner = target.descendants().filter(|inner| inner.kind() == "attribute");
            found.extend(
                inner
                    .filter_map(|inner| own(file, method, &inner))
                    .map(|name| (name, None, None)),
            );
        }
    }
    found
}

/// The name of `self.name`.
fn own<'t>(file: &ParsedFile<'_>, method: &Method<'_>, attribute: &Node<'t>) -> Option<Node<'t>> {
    let object = attribute.child_by_field("object")?;
    (object.kind() == "identifier" && object.text(file.text) == method.first)
        .then(|| attribute.child_by_field("attribute"))
        .flatten()
}

/// Annotated parameters of a method, and which of them the body binds anew or tests.
struct Parameters<'t> {
    annotated: Vec<(&'t [u8], &'t [u8])>,
    rebound: HashSet<&'t [u8]>,
    tested: HashSet<&'t [u8]>,
}

impl<'t> Parameters<'t> {
    fn of(file: &'t ParsedFile<'_>, method: &Method<'t>) -> Parameters<'t> {
        let mut annotated = Vec::new();
        for parameter in method
            .node
            .child_by_field("parameters")
            .into_iter()
            .flat_map(|parameters| parameters.named_children().collect::<Vec<_>>())
        {
            let name = match parameter.kind() {
                "typed_parameter" => parameter.named_children().next(),
                "typed_default_parameter" => parameter.child_by_field("name"),
                _ => None,
            };
            if let (Some(name), Some(annotation)) = (
                name.filter(|name| name.kind() == "identifier"),
                parameter.child_by_field("type"),
            ) {
                annotated.push((name.text(file.text), annotation.text(file.text)));
            }
        }
        let (mut rebound, mut tested) = (HashSet::new(), HashSet::new());
        for node in method
            .body
            .descendants()
            .filter(|node| node.kind() == "identifier")
        {
            let mut at = node;
            for parent in node.ancestors().take(MAX_CLIMB) {
                if parent == method.body {
                    break;
                }
                match (parent.kind(), at.field()) {
                    ("assignment" | "augmented_assignment" | "for_statement", Some("left"))
                    | ("named_expression", Some("name"))
                    | ("delete_statement" | "as_pattern_target", _)
                        if node.parent().is_none_or(|direct| direct.kind() != "attribute") =>
                    {
                        rebound.insert(node.text(file.text));
                    }
                    ("if_statement" | "elif_clause" | "while_statement", Some("condition"))
                    | ("assert_statement" | "conditional_expression" | "boolean_operator", _)
                    | ("match_statement", Some("subject")) => {
                        tested.insert(node.text(file.text));
                    }
                    _ => {}
                }
                at = parent;
            }
        }
        Parameters {
            annotated,
            rebound,
            tested,
        }
    }

    /// The annotation of the parameter that the value is, when the value has that type for certain.
    fn annotation_of(&self, file: &ParsedFile<'_>, value: &Node<'_>) -> Option<Vec<u8>> {
        if value.kind() != "identifier" {
            return None;
        }
        let name = value.text(file.text);
        let (_, annotation) = self.annotated.iter().find(|(known, _)| *known == name)?;
        let narrowed = self.tested.contains(name)
            && [&b"None"[..], b"Optional", b"Union", b"|"]
                .iter()
                .any(|wide| contains(annotation, wide));
        (!self.rebound.contains(name) && !narrowed)
            .then(|| unwrapped(annotation))
            .flatten()
    }
}

fn names_type_variable(facts: &Facts, annotation: &[u8]) -> bool {
    annotation
        .split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .any(|word| facts.type_variables.contains(word))
}

/// An annotation on one line, without `Final` and `ClassVar` around it; nothing when only these are left.
pub(super) fn unwrapped(annotation: &[u8]) -> Option<Vec<u8>> {
    if annotation.contains(&b'#') {
        return None;
    }
    let mut line: Vec<u8> = Vec::new();
    for word in annotation
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
    {
        if line.last().is_some_and(|last| !matches!(last, b'[' | b'('))
            && !matches!(word.first(), Some(b']' | b')'))
        {
            line.push(b' ');
        }
        line.extend_from_slice(word);
    }
    loop {
        let bracket = line.iter().position(|byte| *byte == b'[').unwrap_or(line.len());
        let head = line.get(..bracket).unwrap_or_default();
        let name = head.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        if !matches!(name, b"Final" | b"ClassVar") {
            return (!line.is_empty()).then_some(line);
        }
        let inner = line
            .get(bracket.saturating_add(1)..)
            .and_then(|rest| rest.strip_suffix(b"]"))?
            .to_vec();
        line = inner;
    }
}

/// The type of a literal, when its text says it.
fn type_of_literal(file: &ParsedFile<'_>, value: &Node<'_>) -> Option<Vec<u8>> {
    let name: &[u8] = match value.kind() {
        "integer" if !value.text(file.text).ends_with(b"j") => b"int",
        "float" if !value.text(file.text).ends_with(b"j") => b"float",
        "true" | "false" => b"bool",
        "string" | "concatenated_string" => {
            let prefix = value.text(file.text).iter().take(2);
            if prefix.into_iter().any(|byte| matches!(byte, b'b' | b'B'))
                && !starts_quoted(value.text(file.text))
            {
                b"bytes"
            } else {
                b"str"
            }
        }
        _ => return None,
    };
    Some(name.to_vec())
}

fn starts_quoted(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'"' | b'\''))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
