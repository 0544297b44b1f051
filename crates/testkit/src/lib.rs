//! Fixtures, clocks, two-database tests, real git repositories for tests.
//!
//! Only tests use this crate, so its functions fail by panicking, with what was expected. It uses nothing above `store`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test helper fails by panicking"
)]

mod clock;
mod databases;
mod git;
mod home;

pub use clock::TestClock;
pub use databases::{TestDatabase, on_each_database, on_postgres, on_sqlite};
pub use git::GitRepository;
pub use home::{TestHome, settle_mark_key};
