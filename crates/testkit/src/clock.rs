//! A clock that moves only when a test says so.

use jiff::{SignedDuration, Timestamp};
use std::sync::Mutex;

/// Tells a fixed time, from 2026-01-05T09:00:00Z (a Monday) on.
#[derive(Debug)]
pub struct TestClock {
    now: Mutex<Timestamp>,
}

impl Default for TestClock {
    fn default() -> Self {
        Self::at("2026-01-05T09:00:00Z")
    }
}

impl TestClock {
    /// Starts at an RFC 3339 time.
    pub fn at(time: &str) -> Self {
        Self {
            now: Mutex::new(time.parse().expect("an RFC 3339 time")),
        }
    }

    /// Tells the time.
    pub fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(by).expect("a time that exists");
    }
}
