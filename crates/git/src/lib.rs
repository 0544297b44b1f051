//! Mirrors, delivery stores, quarantine: the only crate that starts git.
//!
//! INVARIANT: `git` is started through [`command`] alone: scrubbed environment, no system or user configuration, limits.

pub mod command;
pub mod delivery_store;
mod loose;
pub mod mirror;
mod objects;
pub mod pack;
pub mod quarantine;
pub mod quarantined;
pub mod receive;
mod refs;
pub mod serve;
pub mod submission_store;
