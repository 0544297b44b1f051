//! Mirrors, delivery stores, quarantine: the only crate that starts git.
//!
//! INVARIANT: `git` is started through [`command`] alone: scrubbed environment, no system or user configuration, limits.

pub mod command;
