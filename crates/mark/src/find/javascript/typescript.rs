//! TypeScript: the families of JavaScript, and those of types.

mod accessibility;
mod array_type;
mod property_order;
mod union_order;

use super::{CLOSED, FAMILIES, layout};
use crate::find::blank::BlankLine;
use crate::find::rule::{FamilyRule, LanguageRules};

pub(in crate::find) static RULES: LanguageRules = LanguageRules {
    closed: CLOSED,
    closed_when: &[],
    families: &WITH_TYPES,
};

/// What types add.
const TYPES: [&dyn FamilyRule; 5] = [
    &BlankLine {
        kinds: layout::TYPE_KINDS,
        may_part: layout::may_part,
        aligns_comments: false,
    },
    &union_order::UnionOrder,
    &array_type::ArrayType,
    &accessibility::Accessibility,
    &property_order::PropertyOrder,
];

const COUNT: usize = FAMILIES.len() + TYPES.len();

static WITH_TYPES: [&dyn FamilyRule; COUNT] = joined();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler: both indexes are below the lengths"
)]
const fn joined() -> [&'static dyn FamilyRule; COUNT] {
    let mut all: [&dyn FamilyRule; COUNT] = [TYPES[0]; COUNT];
    let mut at = 0;
    while at < COUNT {
        all[at] = if at < FAMILIES.len() {
            FAMILIES[at]
        } else {
            TYPES[at - FAMILIES.len()]
        };
        at += 1;
    }
    all
}
