//! Order of neighbouring sections of a `switch`.

use crate::find::cases::{CaseOrder, Keys};

/// No section falls into the next (C# specification 13.8.3), and different constants do not match the same value.
pub(super) static CASES: CaseOrder = CaseOrder {
    kinds: &["switch_body"],
    case: "switch_section",
    value: "",
    keys: Keys::Constants,
    scoped: &["local_declaration_statement", "local_function_statement"],
};
