//! The use cases: one function is one transaction and its ledger entries. The only place that writes state.
//!
//! // INVARIANT: a state change and its ledger entries are one database transaction; no answer leaves before its entry is durable.
//! // INVARIANT: an outsider's read goes through a `DeliveryStore`; only the projector opens mirrors.

pub mod access;
pub mod agreement;
pub mod artefact;
pub mod build;
mod checkout;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod error;
pub mod estate;
pub mod home;
pub mod interface;
pub mod keys;
pub mod ledger;
pub mod locate;
pub mod marking;
pub mod offboard;
pub mod pack;
pub mod person;
pub mod projection;
pub mod push;
pub mod ssh;
pub mod submission;
pub mod token;
pub mod trace;
pub mod tracker;
mod unified;
pub mod view;

pub use clock::{Clock, FixedClock, SystemClock};
pub use error::{AppError, Class, Result};
pub use home::App;
pub use trace::{SuspectInput, TraceReport};
