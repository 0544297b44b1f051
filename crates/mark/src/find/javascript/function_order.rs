//! Order of neighbouring function declarations, and of types in TypeScript.
//!
//! Equal because declarations are hoisted with their bodies before any statement runs (ECMA-262 10.2.11 and 16.1.7), so their order in a file says
//! nothing; interfaces and type aliases are erased. Left out: default exports, overloads, methods (the order of a prototype's properties can be seen), nested functions.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, run_of};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct FunctionOrder;

impl FamilyRule for FunctionOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["program"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        function_order(source, node, found);
    }
}

fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let mut overloaded: Vec<&[u8]> = Vec::new();
    let run = run_of(source, node, |child| {
        let function = if child.kind() == "export_statement" {
            let is_default = child.children().any(|part| part.kind() == "default");
            child.child_by_field("declaration").filter(|_| !is_default)
        } else {
            Some(child)
        };
        let name = function
            .and_then(|function| function.name_node())
            .map(|name| source.of(name));
        if function.is_some_and(|function| function.kind() == "function_signature") {
            overloaded.extend(name);
        }
        let is_movable = function.is_some_and(|function| {
            matches!(
                function.kind(),
                "function_declaration"
                    | "generator_function_declaration"
                    | "interface_declaration"
                    | "type_alias_declaration"
            )
        }) && !child.has_error()
            // Without a semicolon of its own, an alias ends where what follows it begins (ECMA-262 12.10).
            && (source.of(child).ends_with(b";") || source.of(child).ends_with(b"}"))
            && name.is_some_and(|name| !overloaded.contains(&name))
            && ends_line(source, child.end());
        name.filter(|_| is_movable).map(|name| name.to_vec())
    });
    let commute = |first: &Item<'_>, second: &Item<'_>| !look_alike(source, first.node, second.node);
    pairs(
        source,
        Family::FunctionOrder,
        &container(source, node),
        &run,
        &commute,
        found,
    );
}
