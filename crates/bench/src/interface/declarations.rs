//! The public items of a declaration file as the compiler wrote it, one entry an item or class member, and how two entries compare.

use super::Same;
use ringfence_syntax::lex::{TokenKind, lex};
use ringfence_syntax::{Language, Node, parse};
use std::collections::BTreeMap;

/// Adds the exported items of a declaration file: `module: item`, class and interface members apart, overloads numbered.
pub fn items(module: &str, text: &[u8], into: &mut BTreeMap<String, String>) {
    let text = &without_import_types(text);
    let Ok(tree) = parse(Language::TypeScript, text) else {
        into.insert(format!("{module}: unreadable"), String::new());
        return;
    };
    let Some(root) = tree.root() else { return };
    for item in root.named_children() {
        if item.kind() != "export_statement" {
            continue;
        }
        let declared = item
            .child_by_field("declaration")
            .map(|declared| match declared.kind() {
                "ambient_declaration" => declared.named_children().next().unwrap_or(declared),
                _ => declared,
            });
        let Some(declared) = declared else {
            let written = signature(text, &item);
            if written != "export { }" {
                add(into, format!("{module}: {written}"), String::new());
            }
            continue;
        };
        let name = declared
            .name_node()
            .map_or_else(|| signature(text, &declared), |name| written(text, &name));
        let body = declared
            .child_by_field("body")
            .filter(|_| declared.kind().contains("class"));
        match body {
            Some(body) => {
                let head = text
                    .get(at(declared.start())..at(body.start()))
                    .unwrap_or_default();
                add(into, format!("{module}: {name}"), tokens(head));
                for member in body
                    .named_children()
                    .filter(|member| !is_private(member, text) && !member.is_error())
                {
                    let own = member
                        .name_node()
                        .map_or_else(|| signature(text, &member), |name| written(text, &name));
                    add(into, format!("{module}: {name}.{own}"), signature(text, &member));
                }
            }
            None => match declared.kind() {
                "lexical_declaration" | "variable_declaration" => {
                    for variable in declared.named_children() {
                        let name = variable
                            .child_by_field("name")
                            .map_or_else(String::new, |name| written(text, &name));
                        add(into, format!("{module}: {name}"), signature(text, &variable));
                    }
                }
                _ => add(into, format!("{module}: {name}"), signature(text, &declared)),
            },
        }
    }
}

/// `import("./a").B` as `B`: the grammar loses its way in a class where such a type stands inside of another one's arguments.
fn without_import_types(text: &[u8]) -> Vec<u8> {
    let (open, close) = (b"import(\"".as_slice(), b"\").".as_slice());
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        let end = rest
            .strip_prefix(open)
            .and_then(|inner| inner.windows(close.len()).position(|window| window == close));
        match end {
            Some(end) => rest = rest.get(open.len() + end + close.len()..).unwrap_or_default(),
            None => {
                out.push(*first);
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
    out
}

fn add(into: &mut BTreeMap<String, String>, name: String, signature: String) {
    let mut numbered = name.clone();
    let mut number = 1;
    while into.contains_key(&numbered) {
        number += 1;
        numbered = format!("{name} ({number})");
    }
    into.insert(numbered, signature);
}

fn is_private(member: &Node<'_>, text: &[u8]) -> bool {
    let written = member.text(text);
    written.starts_with(b"private ") || written.starts_with(b"#") || written.starts_with(b"static #")
}

fn at(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn written(text: &[u8], node: &Node<'_>) -> String {
    String::from_utf8_lossy(node.text(text)).into_owned()
}

fn signature(text: &[u8], node: &Node<'_>) -> String {
    tokens(node.text(text))
}

/// The tokens with single spaces, comments left out.
fn tokens(text: &[u8]) -> String {
    let words: Vec<String> = lex(Language::TypeScript, text)
        .into_iter()
        .filter(|token| !matches!(token.kind, TokenKind::CommentWord | TokenKind::BlankLine))
        .map(|token| String::from_utf8_lossy(token.bytes(text)).into_owned())
        .collect();
    words.join(" ").trim_end_matches([' ', ';']).to_owned()
}

/// Equal; or the interface has `any` where the original has a type that nobody wrote; or different.
pub fn same(original: &str, interface: &str) -> Same {
    if original == interface {
        return Same::Equal;
    }
    let original: Vec<&str> = original.split(' ').collect();
    let named = without_queries(interface);
    let interface: Vec<&str> = named.split(' ').collect();
    let parts: Vec<&[&str]> = interface.split(|word| *word == "any").collect();
    let (Some((first, rest)), true) = (parts.split_first(), parts.len() > 1) else {
        return Same::Different;
    };
    let Some(mut left) = original.strip_prefix(*first) else {
        return Same::Different;
    };
    for (place, part) in rest.iter().enumerate() {
        let is_last = place + 1 == rest.len();
        let found = if is_last {
            left.len()
                .checked_sub(part.len())
                .filter(|_| left.ends_with(part))
        } else {
            (0..=left.len()).find(|from| left.get(*from..).is_some_and(|left| left.starts_with(part)))
        };
        match found {
            // At least one word stands where `any` is.
            Some(found) if found > 0 => left = left.get(found + part.len()..).unwrap_or_default(),
            _ => return Same::Different,
        }
    }
    Same::Loosened
}

/// `typeof a . b` as `any`: the type is named there where the compiler writes it out, so that texts cannot be compared.
fn without_queries(signature: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut skip = false;
    let mut dot = false;
    for word in signature.split(' ') {
        if word == "typeof" {
            words.push("any");
            (skip, dot) = (true, true);
        } else if skip && (word == "." || dot) {
            dot = word == ".";
        } else {
            skip = false;
            words.push(word);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_type_is_told_from_another_one() {
        assert_eq!(same("f ( a : A ) : B", "f ( a : A ) : B"), Same::Equal);
        assert_eq!(
            same("f ( a : A ) : { b : C }", "f ( a : A ) : any"),
            Same::Loosened
        );
        assert_eq!(same("f ( a : A ) : B", "f ( a : D ) : any"), Same::Different);
        assert_eq!(
            same("f ( ) : Promise < B >", "f ( ) : Promise < any >"),
            Same::Loosened
        );
        assert_eq!(same("x : string", "x : number"), Same::Different);
        assert_eq!(
            same("{ x : number ; y : 1 }", "{ x : typeof A . b ; y : 1 }"),
            Same::Loosened
        );
    }

    #[test]
    fn types_of_other_files_are_read_by_their_name() {
        let mut found = BTreeMap::new();
        let text =
            b"export declare class K {\n  f(): A<import(\"./b\").B<unknown, Error>>[];\n  g(): void;\n}\n";
        items("a", text, &mut found);
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["a: K", "a: K.f", "a: K.g"]);
    }

    #[test]
    fn items_and_members_are_told_apart() {
        let mut found = BTreeMap::new();
        items(
            "a",
            b"export declare function f(a: A): B;\nexport declare function f(a: C): D;\nexport declare class K<T> extends L<T> {\n  private x;\n  m(): void;\n}\ndeclare const hidden: 1;\nexport {};\n",
            &mut found,
        );
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["a: K", "a: K.m", "a: f", "a: f (2)"]);
        assert_eq!(found["a: K"], "class K < T > extends L < T >");
    }
}
