//! Which comparisons may change sides.
//!
//! The order in which operands are evaluated is unspecified (C11 6.5p3), so turning is free where both only read. A compiler keeps the written
//! order all the same where both sides are worked out (two loads, two sums): other registers then hold them. Only comparisons of which at most one
//! side is worked out are turned, so that objects stay equal at -O2: the other side is a constant, or a variable of the function that lives in
//! a register. Two parameters that are read here for the first time would get their names in the other order, so both must stand further up already.

use std::rc::Rc;

use ringfence_syntax::Node;

use super::{is_macro_like, macros};
use crate::find::expression::Binary;
use crate::find::scope::Names;
use crate::find::source::Source;

/// What a side of a comparison costs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Numbers, enumerators and macros that are numbers.
    Constant,
    /// A variable of the function whose address nobody takes.
    Local,
    /// A parameter whose address nobody takes.
    Parameter,
    /// Anything that is loaded or worked out.
    Worked,
}

/// People write constants on the right of an equality, so those stay.
pub(super) fn may_turn(source: &Source<'_>, binary: &Binary<'_, '_>) -> bool {
    let is_equality = matches!(binary.operator, b"==" | b"!=");
    let is_side = |node: Node<'_>| {
        macros::is_read_only(source, node)
            && !(is_equality && node.kind() == "identifier" && is_macro_like(source.of(node)))
    };
    if !is_side(binary.left) || !is_side(binary.right) {
        return false;
    }
    let Some(function) = binary
        .left
        .ancestors()
        .find(|outer| outer.kind() == "function_definition")
    else {
        return false;
    };
    let Some(names) = names(source, function) else {
        return false;
    };
    let side = |node: Node<'_>| side(source, function, &names, node);
    match (side(binary.left), side(binary.right)) {
        (Side::Worked, Side::Worked) => false,
        (Side::Parameter, Side::Parameter) => {
            is_read_above(source, function, binary.left) && is_read_above(source, function, binary.right)
        }
        _ => true,
    }
}

/// Tells whether a parameter stands further up in the body, where no macro may have left it out.
fn is_read_above(source: &Source<'_>, function: Node<'_>, name: Node<'_>) -> bool {
    let is_own_call = |part: Node<'_>| {
        let function = part
            .parent()
            .filter(|list| list.kind() == "argument_list")
            .and_then(|list| list.parent())
            .and_then(|call| call.child_by_field("function"));
        function.is_none_or(|function| super::is_own_function(source, source.of(function)))
    };
    function.child_by_field("body").is_some_and(|body| {
        body.descendants()
            .take_while(|part| part.start() < name.start())
            .any(|part| {
                part.kind() == "identifier"
                    && source.of(part) == source.of(name)
                    && std::iter::once(part)
                        .chain(part.ancestors().take_while(|outer| *outer != body))
                        .all(is_own_call)
            })
    })
}

fn side(source: &Source<'_>, function: Node<'_>, names: &Names<'_>, node: Node<'_>) -> Side {
    let is_variable = |part: Node<'_>| {
        matches!(part.kind(), "identifier" | "field_identifier")
            && macros::is_variable_name(source, source.of(part))
    };
    if !node.descendants().any(is_variable) {
        return Side::Constant;
    }
    let name = source.of(node);
    if node.kind() != "identifier" || !names.is_variable(name) || names.is_captured(name) {
        return Side::Worked;
    }
    if is_parameter(source, function, name) {
        Side::Parameter
    } else {
        Side::Local
    }
}

/// What stands before the body, in the old style of declaring parameters as well.
fn is_parameter(source: &Source<'_>, function: Node<'_>, name: &[u8]) -> bool {
    let body = function
        .child_by_field("body")
        .map_or(function.end(), |body| body.start());
    function
        .descendants()
        .take_while(|part| part.start() < body)
        .any(|part| part.kind() == "identifier" && source.of(part) == name)
}

/// The variables and parameters of a function; captured are those that live in memory: their address is taken, or they are static.
fn names<'s>(source: &Source<'s>, function: Node<'_>) -> Option<Rc<Names<'s>>> {
    source.facts.scopes.names(function, || {
        let mut names = Names::default();
        for part in function.descendants() {
            match part.kind() {
                "declaration" | "parameter_declaration" => {
                    let in_memory = part.children().any(|child| {
                        child.kind() == "storage_class_specifier" && source.of(child) != b"register"
                    });
                    for name in part
                        .children()
                        .filter(|child| child.field() == Some("declarator"))
                        .filter_map(declared)
                    {
                        names.declare(source.of(name), false);
                        if in_memory {
                            names.capture(source.of(name));
                        }
                    }
                }
                "pointer_expression" => {
                    let operand = part.child_by_field("argument");
                    let is_address = source.of(part).starts_with(b"&");
                    // Whatever of it is pointed at: the whole lies in memory.
                    let first = operand
                        .and_then(|operand| operand.descendants().find(|inner| inner.kind() == "identifier"));
                    if let Some(name) = first.filter(|_| is_address) {
                        names.capture(source.of(name));
                    }
                }
                _ => {}
            }
        }
        names
    })
}

/// The name that a declarator declares.
fn declared(declarator: Node<'_>) -> Option<Node<'_>> {
    let mut declarator = declarator;
    while declarator.kind() != "identifier" {
        declarator = declarator.child_by_field("declarator")?;
    }
    Some(declarator)
}
