//! The identifier renamer: every name that a project defines gets another one, the same in all its files, by the syntax tree.
//!
//! What only others define (imports, libraries, keywords, built-in names) keeps its name, so the text still parses: it is parsed
//! again, and a file that would have a new error keeps its names and is counted.

use anyhow::{Context as _, Result};
use ringfence_syntax::{Language, Node, parse};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of leaves that are names.
const NAMES: &[&str] = &[
    "identifier",
    "type_identifier",
    "field_identifier",
    "property_identifier",
    "shorthand_property_identifier",
    "shorthand_property_identifier_pattern",
    "shorthand_field_identifier",
    "private_property_identifier",
    "package_identifier",
    "namespace_identifier",
    "statement_identifier",
];

/// Fields of a definition that use names and define none.
const USES: &[&str] = &[
    "value",
    "right",
    "type",
    "return_type",
    "returns",
    "superclass",
    "superclasses",
    "interfaces",
    "bounds",
    "body",
    "condition",
    "default_value",
    "arguments",
    "path",
    "object",
    "operand",
    "argument",
    "index",
    "subscript",
];

/// Names with a meaning of their own.
const KEPT: &[&str] = &[
    "self",
    "cls",
    "this",
    "super",
    "main",
    "init",
    "module",
    "exports",
    "require",
    "NULL",
    "match",
    "case",
    "type",
    "print",
    "len",
    "str",
    "int",
    "float",
    "list",
    "dict",
    "set",
    "tuple",
    "object",
    "bool",
    "bytes",
    "range",
    "open",
    "iter",
    "next",
    "map",
    "filter",
    "zip",
    "min",
    "max",
    "sum",
    "sorted",
    "format",
    "hash",
    "id",
    "input",
    "property",
    "isinstance",
    "getattr",
    "setattr",
    "hasattr",
    "repr",
    "vars",
    "callable",
    "union",
    "macro_rules",
    "constructor",
    "undefined",
    "arguments",
    "async",
    "await",
    "of",
    "get",
    "static",
    "String",
    "Object",
    "error",
    "string",
    "nil",
    "var",
    "record",
    "default",
    "auto",
    "nameof",
];

/// Renames the texts of one project. Returns them and how many kept their names because they would not have parsed.
pub fn rename(texts: &[(Language, Vec<u8>)]) -> Result<(Vec<Vec<u8>>, usize)> {
    let mut defined = BTreeSet::new();
    for (language, text) in texts {
        let tree = parse(*language, text).context("cannot be parsed")?;
        defined.extend(
            tree.nodes()
                .filter(|node| is_name(node) && is_defined_by(node))
                .map(|node| node.text(text).to_vec())
                .filter(|name| !is_kept(name)),
        );
    }
    let names: BTreeMap<Vec<u8>, Vec<u8>> = defined
        .into_iter()
        .enumerate()
        .map(|(number, name)| {
            let new = new_name(&name, number);
            (name, new)
        })
        .collect();
    let mut refused = 0_usize;
    let mut out = Vec::with_capacity(texts.len());
    for (language, text) in texts {
        let tree = parse(*language, text).context("cannot be parsed")?;
        let mut renamed = Vec::with_capacity(text.len());
        let mut end = 0;
        for node in tree.nodes().filter(is_name) {
            if let Some(new) = names.get(node.text(text)) {
                renamed.extend_from_slice(text.get(end..node.start() as usize).unwrap_or_default());
                renamed.extend_from_slice(new);
                end = node.end() as usize;
            }
        }
        renamed.extend_from_slice(text.get(end..).unwrap_or_default());
        let errors = parse(*language, &renamed).map(|tree| tree.error_count());
        if errors.is_ok_and(|errors| errors <= tree.error_count()) {
            out.push(renamed);
        } else {
            refused = refused.saturating_add(1);
            out.push(text.clone());
        }
    }
    Ok((out, refused))
}

fn is_name(node: &Node<'_>) -> bool {
    node.is_leaf() && NAMES.contains(&node.kind())
}

fn is_kept(name: &[u8]) -> bool {
    name == b"_"
        || name.len() > 4 && name.starts_with(b"__") && name.ends_with(b"__")
        || KEPT.iter().any(|kept| kept.as_bytes() == name)
}

/// Keeps the case of the first letter and the mark of a private name.
fn new_name(name: &[u8], number: usize) -> Vec<u8> {
    let (private, rest) = match name.strip_prefix(b"#") {
        Some(rest) => ("#", rest),
        None => ("", name),
    };
    let letter = if rest.first().is_some_and(u8::is_ascii_uppercase) {
        'V'
    } else {
        'v'
    };
    format!("{private}{letter}{}_", number.saturating_add(1000)).into_bytes()
}

/// Climbs from a name through patterns to what defines it.
fn is_defined_by(name: &Node<'_>) -> bool {
    let mut inner = *name;
    for outer in name.ancestors().take(12) {
        if inner.field().is_some_and(|field| USES.contains(&field)) {
            return false;
        }
        let kind = outer.kind();
        if is_pattern(kind) {
            inner = outer;
            continue;
        }
        return match kind {
            // An object's key and an assigned attribute are names that the project gives.
            "pair" | "keyed_element" => inner.field() == Some("key"),
            "assignment"
            | "assignment_expression"
            | "named_expression"
            | "for_statement"
            | "for_in_statement"
            | "for_in_clause"
            | "short_var_declaration"
            | "range_clause"
            | "enhanced_for_statement"
            | "for_expression" => {
                matches!(inner.field(), Some("left" | "name" | "pattern"))
            }
            "let_declaration" | "let_condition" | "match_pattern" | "parameter" | "const_item"
            | "static_item" => matches!(inner.field(), None | Some("pattern" | "name")),
            _ => is_definition(kind) && inner.field() != Some("function"),
        };
    }
    false
}

fn is_pattern(kind: &str) -> bool {
    kind.ends_with("_pattern") && kind != "match_pattern"
        || matches!(
            kind,
            "pattern_list"
                | "expression_list"
                | "attribute"
                | "member_expression"
                | "pointer_declarator"
                | "array_declarator"
                | "function_declarator"
                | "parenthesized_declarator"
                | "reference_declarator"
                | "init_declarator"
                | "as_pattern_target"
                | "variable_declarator"
        )
}

fn is_definition(kind: &str) -> bool {
    [
        "_definition",
        "_declaration",
        "_declarator",
        "_item",
        "_spec",
        "_specifier",
        "_parameter",
        "_variant",
        "_signature",
        "_elem",
        "_def",
    ]
    .iter()
    .any(|end| kind.ends_with(end))
        && !kind.starts_with("import")
        && !kind.starts_with("export")
        && !kind.starts_with("package")
        && !kind.starts_with("use_")
        || matches!(
            kind,
            "declaration"
                | "parameters"
                | "formal_parameters"
                | "lambda_parameters"
                | "closure_parameters"
                | "enumerator"
                | "enum_constant"
                | "enum_assignment"
                | "parameter_list"
                | "arrow_function"
                | "catch_clause"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(language: Language, text: &str) -> String {
        let (mut texts, refused) = rename(&[(language, text.as_bytes().to_vec())]).unwrap();
        assert_eq!(refused, 0);
        String::from_utf8(texts.remove(0)).unwrap()
    }

    #[test]
    fn names_of_the_project_change_and_those_of_others_stay() {
        let text = "import os\n\nclass Door:\n    def open_it(self, key):\n        self.state = os.path.join(key)\n        for x in key:\n            print(x)\n";
        let out = renamed(Language::Python, text);
        for gone in ["Door", "open_it", "key", "state", "(x)"] {
            assert!(!out.contains(gone), "{gone} in {out}");
        }
        assert!(
            out.contains("import os") && out.contains("os.path.join(") && out.contains("print("),
            "{out}"
        );
        let text = "use std::fmt;\nstruct Door { width: u32 }\nimpl Door { fn area(&self, height: u32) -> u32 { let total = self.width * height; total } }\n";
        let out = renamed(Language::Rust, text);
        for gone in ["Door", "width", "area", "height", "total"] {
            assert!(!out.contains(gone), "{gone} in {out}");
        }
        assert!(out.contains("std::fmt") && out.contains("u32"), "{out}");
        let out = renamed(
            Language::C,
            "#include <stdio.h>\nstatic int *walk(struct node *first, int count) { int i = count; printf(\"%d\", i); return first->next_one; }\n",
        );
        for gone in ["walk", "first,", "count", " i "] {
            assert!(!out.contains(gone), "{gone} in {out}");
        }
        assert!(out.contains("printf") && out.contains("stdio.h"), "{out}");
        let out = renamed(
            Language::JavaScript,
            "const fs = require('fs');\nfunction load(name, { deep }) { const text = fs.readFile(name); return { text, deep }; }\n",
        );
        assert!(!out.contains("name") && !out.contains("text"), "{out}");
        assert!(out.contains("require('fs')") && out.contains("readFile"), "{out}");
    }
}
