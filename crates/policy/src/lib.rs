//! The access decision: facts in, permit or forbid with reasons and cures out.
//!
//! One fixed set of Cedar policies (`conditions.cedar`), one `forbid ... unless` for each condition, typed by
//! `facts.cedarschema`. INVARIANT: nothing but a clean Allow is an allow: an error in the diagnostics, a value that the schema
//! refuses, an absent fact, a condition that is not met are all denials. No clock: the moment is one of the facts.

pub mod decision;
mod encode;
pub mod facts;
pub mod gather;
mod policy;
mod reason;

pub use decision::{ConditionId, ConditionVerdict, Decision, Verdict};
pub use facts::Facts;
pub use policy::{Policy, PolicyError};
