//! What a recipient gets and how a push comes back: path rules, projection, translation.
//!
//! INVARIANT: no clock, no randomness, no file access. Objects come through [`object::ObjectSource`] and leave through
//! [`object::ObjectSink`]; the same input always gives the same ids.

pub mod check;
mod glob;
pub mod object;
pub mod project;
pub mod rules;
pub mod translate;
