//! Reads the type of a variable off its value, without a type checker: what is not certain has no answer.

use ringfence_syntax::Node;

use super::facts::{Facts, Place, results};
use super::{has_comment, in_field, known};
use crate::engine::text::{self, length, slice};

/// Deepest chain of expressions and names that is followed.
const MAX_DEPTH: u32 = 12;

/// Largest text that is searched for a number; in larger ones every length is written in an unusual form.
const SEARCHED: usize = 1 << 20;

/// A type as some file writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) text: Vec<u8>,
    /// File whose imports the text means.
    file: usize,
    /// A constant without a type of its own: it takes the type of what it stands with.
    untyped: bool,
}

/// Reads types of values that stand in one file.
pub(super) struct Reader<'f, 'g, 'a> {
    pub(super) facts: &'f Facts<'g, 'a>,
    /// The file for which the types are written.
    pub(super) file: usize,
}

impl Reader<'_, '_, '_> {
    /// The type of a value, as the file can write it.
    pub(super) fn value(&self, node: &Node<'_>) -> Option<Vec<u8>> {
        let found = self.infer(self.file, node, MAX_DEPTH)?;
        self.usable(found)
    }

    /// The types of all results of a call.
    pub(super) fn call_results(&self, node: &Node<'_>) -> Option<Vec<Vec<u8>>> {
        let source = self.source(self.file)?;
        if node.kind() != "call_expression" {
            return None;
        }
        let function = node.child_by_field("function")?;
        let (file, kinds) = match function.kind() {
            "identifier" => {
                let signature = self.facts.functions.get(function.text(source))?;
                (signature.file, signature.results.clone()?)
            }
            "func_literal" => (
                self.file,
                results(source, function.child_by_field("result").as_ref())?,
            ),
            _ => return None,
        };
        kinds
            .into_iter()
            .map(|text| {
                self.usable(Typed {
                    text,
                    file,
                    untyped: false,
                })
            })
            .collect()
    }

    /// The text, when every package that it names is imported under the same name here.
    fn usable(&self, found: Typed) -> Option<Vec<u8>> {
        let words = text::words(&found.text, 0..length(&found.text));
        let (here, there) = (
            self.facts.imports.get(self.file)?,
            self.facts.imports.get(found.file)?,
        );
        for word in words {
            let after = found.text.get(word.end as usize);
            let name = slice(&found.text, &word);
            if after == Some(&b'.') && here.get(name).is_none_or(|path| there.get(name) != Some(path)) {
                return None;
            }
        }
        (!has_comment(&found.text)).then_some(found.text)
    }

    fn source(&self, file: usize) -> Option<&[u8]> {
        self.facts.files.get(file).map(|file| file.text)
    }

    fn at(&self, place: Place) -> Option<Node<'_>> {
        self.facts.files.get(place.0)?.tree.node(place.1)
    }

    fn infer(&self, file: usize, node: &Node<'_>, depth: u32) -> Option<Typed> {
        let depth = depth.checked_sub(1)?;
        let source = self.source(file)?;
        let typed = |text: &[u8]| {
            Some(Typed {
                text: text.to_vec(),
                file,
                untyped: false,
            })
        };
        let untyped = |text: &[u8]| {
            Some(Typed {
                text: text.to_vec(),
                file,
                untyped: true,
            })
        };
        match node.kind() {
            "parenthesized_expression" => self.infer(file, &node.named_children().next()?, depth),
            "interpreted_string_literal" | "raw_string_literal" => untyped(b"string"),
            "int_literal" => untyped(b"int"),
            "float_literal" => untyped(b"float64"),
            "imaginary_literal" => untyped(b"complex128"),
            "rune_literal" => untyped(b"rune"),
            "true" | "false" => typed(b"bool"),
            "composite_literal" => typed(&literal_type(node, source)?),
            "type_conversion_expression" | "type_assertion_expression" => {
                typed(node.child_by_field("type")?.text(source))
            }
            "func_literal" => {
                let body = node.child_by_field("body")?;
                let head = source.get(node.start() as usize..body.start() as usize)?;
                typed(head.trim_ascii())
            }
            "unary_expression" => self.unary(file, node, depth),
            "binary_expression" => self.binary(file, node, depth),
            "identifier" => self.name(file, node.text(source), depth),
            "selector_expression" => {
                let operand = node.child_by_field("operand")?.text(source);
                let path = self.facts.imports.get(file)?.get(operand)?;
                typed(&known::standard(
                    path,
                    node.child_by_field("field")?.text(source),
                    operand,
                )?)
            }
            "index_expression" => {
                let whole = self.infer(file, &node.child_by_field("operand")?, depth)?;
                Some(Typed {
                    text: element(&whole.text)?,
                    ..whole
                })
            }
            "slice_expression" => {
                let whole = self.infer(file, &node.child_by_field("operand")?, depth)?;
                (whole.text.starts_with(b"[]") || whole.text == b"string").then_some(Typed {
                    untyped: false,
                    ..whole
                })
            }
            "call_expression" => self.call(file, node, depth),
            _ => None,
        }
    }

    fn unary(&self, file: usize, node: &Node<'_>, depth: u32) -> Option<Typed> {
        let source = self.source(file)?;
        let operand = node.child_by_field("operand")?;
        match node.child_by_field("operator")?.text(source) {
            b"&" if operand.kind() == "composite_literal" => {
                let inner = self.infer(file, &operand, depth)?;
                Some(Typed {
                    text: [b"*", inner.text.as_slice()].concat(),
                    ..inner
                })
            }
            b"*" => {
                let inner = self.infer(file, &operand, depth)?;
                Some(Typed {
                    text: inner.text.strip_prefix(b"*")?.to_vec(),
                    ..inner
                })
            }
            b"-" | b"+" | b"^" | b"!" => self.infer(file, &operand, depth),
            _ => None,
        }
    }

    fn binary(&self, file: usize, node: &Node<'_>, depth: u32) -> Option<Typed> {
        let source = self.source(file)?;
        let operator = node.child_by_field("operator")?.text(source);
        if matches!(operator, b"==" | b"!=" | b"<" | b"<=" | b">" | b">=") {
            return Some(Typed {
                text: b"bool".to_vec(),
                file,
                untyped: false,
            });
        }
        let left = self.infer(file, &node.child_by_field("left")?, depth)?;
        if matches!(operator, b"<<" | b">>") {
            return Some(left);
        }
        let right = self.infer(file, &node.child_by_field("right")?, depth)?;
        match (left.untyped, right.untyped) {
            (false, _) => Some(left),
            (true, false) => Some(right),
            (true, true) => {
                let rank = |kind: &Typed| match kind.text.as_slice() {
                    b"int" => Some(1),
                    b"rune" => Some(2),
                    b"float64" => Some(3),
                    b"complex128" => Some(4),
                    b"string" => Some(5),
                    _ => None,
                };
                if rank(&left)? >= rank(&right)? {
                    Some(left)
                } else {
                    Some(right)
                }
            }
        }
    }

    /// A name of the package, used as a value.
    fn name(&self, file: usize, name: &[u8], depth: u32) -> Option<Typed> {
        if let Some(value) = self.facts.values.get(name) {
            if let Some((file, node)) = value.kind {
                let text = self.at((file, node))?.text(self.source(file)?).to_vec();
                return Some(Typed {
                    text,
                    file,
                    untyped: false,
                });
            }
            let (file, node) = value.value?;
            let found = self.infer(file, &self.at((file, node))?, depth)?;
            return Some(Typed {
                untyped: found.untyped && value.constant,
                ..found
            });
        }
        let signature = self.facts.functions.get(name)?;
        Some(Typed {
            text: signature.value.clone()?,
            file,
            untyped: false,
        })
        .filter(|_| signature.file == file)
    }

    fn call(&self, file: usize, node: &Node<'_>, depth: u32) -> Option<Typed> {
        let source = self.source(file)?;
        if node.child_by_field("type_arguments").is_some() {
            return None;
        }
        let function = node.child_by_field("function")?;
        let first = node
            .child_by_field("arguments")
            .and_then(|list| list.named_children().next());
        let typed = |text: &[u8]| {
            Some(Typed {
                text: text.to_vec(),
                file,
                untyped: false,
            })
        };
        match function.kind() {
            "identifier" => {
                let name = function.text(source);
                if let Some(signature) = self.facts.functions.get(name) {
                    return single(signature.file, signature.results.as_ref()?);
                }
                if self.facts.types.contains_key(name) {
                    return typed(name);
                }
                match name {
                    b"new" => typed(&[b"*", first?.text(source)].concat()),
                    b"make" => typed(first?.text(source)),
                    b"len" | b"cap" | b"copy" => typed(b"int"),
                    b"append" => self.infer(file, &first?, depth),
                    _ if known::is_builtin_type(name) => typed(name),
                    _ => None,
                }
            }
            "func_literal" => single(
                file,
                &results(source, function.child_by_field("result").as_ref())?,
            ),
            "parenthesized_expression" => {
                // A conversion to a pointer: `(*T)(nil)`.
                let inner = function.named_children().next()?;
                let operand = inner.child_by_field("operand")?;
                let pointer = inner.kind() == "unary_expression"
                    && inner.text(source).starts_with(b"*")
                    && match operand.kind() {
                        "identifier" => {
                            let name = operand.text(source);
                            self.facts.types.contains_key(name) || known::is_builtin_type(name)
                        }
                        _ => false,
                    };
                pointer.then_some(())?;
                typed(inner.text(source))
            }
            "selector_expression" => {
                let operand = function.child_by_field("operand")?;
                let member = function.child_by_field("field")?.text(source);
                if let Some(path) = self.facts.imports.get(file)?.get(operand.text(source)) {
                    return typed(&known::standard(path, member, operand.text(source))?);
                }
                let receiver = self.infer(file, &operand, depth)?;
                if receiver.text.ends_with(b".Type") && member == b"Elem" {
                    return Some(receiver);
                }
                let base = receiver.text.strip_prefix(b"*").unwrap_or(&receiver.text);
                let key = (base.to_vec(), member.to_vec());
                let method = self.facts.methods.get(&key)?;
                single(method.file, method.results.as_ref()?)
            }
            _ => None,
        }
    }
}

fn single(file: usize, results: &[Vec<u8>]) -> Option<Typed> {
    match results {
        [text] => Some(Typed {
            text: text.clone(),
            file,
            untyped: false,
        }),
        _ => None,
    }
}

/// The type of a composite literal; `[...]T` gets its length when every element is counted.
fn literal_type(node: &Node<'_>, source: &[u8]) -> Option<Vec<u8>> {
    let kind = node.child_by_field("type")?;
    if kind.kind() != "implicit_length_array_type" {
        return Some(kind.text(source).to_vec());
    }
    let element = kind.child_by_field("element")?.text(source);
    let body = node.child_by_field("body")?;
    let (mut next, mut count) = (0_usize, 0_usize);
    for child in body.named_children() {
        if child.kind() == "keyed_element" {
            let key = in_field(&child, "key").next()?.text(source);
            next = std::str::from_utf8(key).ok()?.parse().ok()?;
        }
        next = next.checked_add(1)?;
        count = count.max(next);
    }
    Some([b"[", number(count, source).as_bytes(), b"]", element].concat())
}

/// A length as a number that the file does not have yet: one of a hidden body must not seem to show.
fn number(count: usize, source: &[u8]) -> String {
    let forms = [
        format!("{count}"),
        format!("{count:#x}"),
        format!("{count:#o}"),
        format!("{count:#b}"),
    ];
    let fresh = forms.iter().find(|form| {
        form.len() < 3
            || source.len() <= SEARCHED && !source.windows(form.len()).any(|window| window == form.as_bytes())
    });
    fresh.or(forms.last()).cloned().unwrap_or_default()
}

/// The type of the elements of a slice, array or map.
fn element(kind: &[u8]) -> Option<Vec<u8>> {
    let rest = kind.strip_prefix(b"map").unwrap_or(kind);
    let mut depth = 0_u32;
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            b'[' => depth = depth.checked_add(1)?,
            b']' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => return None,
            _ => {}
        }
        if depth == 0 {
            return rest.get(at.checked_add(1)?..).map(<[u8]>::to_vec);
        }
    }
    None
}
