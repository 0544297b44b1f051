//! Parties, assets, agreements, views, grants: the estate and its rules, pure functions of facts and time.
//!
//! INVARIANT: no clock, no randomness, no file, no network, no SQL. What is needed is passed in.

pub mod agreement;
pub mod asset;
pub mod choice;
pub mod estate;
pub mod glob;
pub mod header;
pub mod person;
pub mod plan;
pub mod view;

pub use estate::Estate;
