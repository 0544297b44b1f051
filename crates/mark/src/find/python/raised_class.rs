//! `raise ValueError` against `raise ValueError()`.
//!
//! A class is instantiated without arguments (Python reference 7.8). Only the exceptions that are built in, and no `from`.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Built-in exceptions that programs raise without a message.
const BUILT_IN: [&[u8]; 15] = [
    b"NotImplementedError",
    b"ValueError",
    b"TypeError",
    b"KeyError",
    b"IndexError",
    b"StopIteration",
    b"StopAsyncIteration",
    b"AttributeError",
    b"RuntimeError",
    b"EOFError",
    b"KeyboardInterrupt",
    b"OverflowError",
    b"AssertionError",
    b"LookupError",
    b"TimeoutError",
];

pub(super) struct RaisedClass;

impl FamilyRule for RaisedClass {
    fn family(&self) -> Family {
        Family::BareReturn
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["raise_statement"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let mut parts = node.named_children();
        let (Some(raised), None) = (parts.next(), parts.next()) else {
            return;
        };
        let written = source.of(raised);
        let (name, pieces) = match written.strip_suffix(b"()") {
            Some(name) => {
                let Some(class) = raised.named_children().next() else {
                    return;
                };
                (name, vec![copy(class)])
            }
            None => (written, vec![copy(raised), text(b"()")]),
        };
        if BUILT_IN.contains(&name) && !node.has_error() {
            let range = (raised.start(), raised.end());
            found.extend(Candidate::on_lines(
                source,
                Family::BareReturn,
                node,
                range,
                pieces,
            ));
        }
    }
}
