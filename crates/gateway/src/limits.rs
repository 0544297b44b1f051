//! Bounds on what one client may use: time, bytes, transfers at once, failed attempts.
//!
//! Everything is in memory, of bounded size, and forgotten at a restart.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ringfence_git::receive::ReceiveLimits;
use ringfence_git::serve::ServeLimits;
use secrecy::{ExposeSecret, SecretString};

/// Bounds of the gateway.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Requests at once for one token.
    pub per_token: usize,
    /// Requests at once in all.
    pub in_all: usize,
    /// Connections at once.
    pub connections: usize,
    /// Failed attempts with one token within [`Bounds::attempts_window`].
    pub attempts_per_token: u32,
    /// Failed attempts from one address within [`Bounds::attempts_window`].
    pub attempts_per_address: u32,
    /// Over which time attempts are counted, and how long a client is then shut out.
    pub attempts_window: Duration,
    /// Bytes of a request for a pack, after inflation.
    pub request_bytes: usize,
    /// Time for a request's head.
    pub head_time: Duration,
    /// Time for the body of a request for a pack.
    pub request_time: Duration,
    /// Longest pause of a client that sends or takes.
    pub stall: Duration,
    /// Longest transfer.
    pub transfer_time: Duration,
    /// How often a running transfer asks whether it may go on.
    pub poll: Duration,
    /// Shortest time of an answer to a token that opens nothing, so that its cause cannot be timed.
    pub refusal_time: Duration,
    /// CPU and memory of the serving child.
    pub serve: ServeLimits,
    /// Bounds of a push.
    pub receive: ReceiveLimits,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            per_token: 8,
            in_all: 64,
            connections: 512,
            attempts_per_token: 10,
            attempts_per_address: 60,
            attempts_window: Duration::from_secs(60),
            request_bytes: 16 << 20,
            head_time: Duration::from_secs(15),
            request_time: Duration::from_secs(120),
            stall: Duration::from_secs(60),
            transfer_time: Duration::from_secs(4 * 3_600),
            poll: Duration::from_millis(100),
            refusal_time: Duration::from_millis(50),
            serve: ServeLimits::default(),
            receive: ReceiveLimits::default(),
        }
    }
}

/// Most keys that are kept; the oldest go first.
const MOST_KEYS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// A keyed hash of the presented token; the token itself is not kept.
    Token(u64),
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    since: Instant,
}

#[derive(Debug, Default)]
struct Counts {
    failures: HashMap<Key, Failures>,
    good: HashMap<u64, Instant>,
    running: HashMap<String, usize>,
    in_all: usize,
}

/// Counts attempts and running requests.
#[derive(Debug)]
pub struct Limiter {
    per_token: usize,
    in_all: usize,
    attempts_per_token: u32,
    attempts_per_address: u32,
    window: Duration,
    hasher: RandomState,
    counts: Mutex<Counts>,
}

/// A running request; the place is free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    limiter: Arc<Limiter>,
    token: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.limiter.lock();
        counts.in_all = counts.in_all.saturating_sub(1);
        if let Some(count) = counts.running.get_mut(&self.token) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.running.remove(&self.token);
            }
        }
    }
}

impl Limiter {
    /// Starts with nothing counted.
    #[must_use]
    pub fn new(bounds: &Bounds) -> Self {
        Self {
            per_token: bounds.per_token,
            in_all: bounds.in_all,
            attempts_per_token: bounds.attempts_per_token,
            attempts_per_address: bounds.attempts_per_address,
            window: bounds.attempts_window,
            hasher: RandomState::new(),
            counts: Mutex::default(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, token: &SecretString) -> u64 {
        self.hasher.hash_one(token.expose_secret())
    }

    /// Tells for how long a client is shut out after failed attempts. A token that opened a view lately is not shut out by others at
    /// its address.
    #[must_use]
    pub fn shut_out(&self, token: &SecretString, address: IpAddr, now: Instant) -> Option<Duration> {
        let token = self.key(token);
        let counts = self.lock();
        let left = |key: Key, most: u32| {
            let failures = counts.failures.get(&key)?;
            let left = (failures.since + self.window).checked_duration_since(now)?;
            (failures.count >= most && !left.is_zero()).then_some(left)
        };
        let by_token = left(Key::Token(token), self.attempts_per_token);
        if by_token.is_some() || counts.good.contains_key(&token) {
            return by_token;
        }
        left(Key::Address(address), self.attempts_per_address)
    }

    /// Counts a failed attempt.
    pub fn failed(&self, token: Option<&SecretString>, address: IpAddr, now: Instant) {
        let token = token.map(|token| self.key(token));
        let mut counts = self.lock();
        if let Some(token) = token {
            counts.good.remove(&token);
        }
        for key in token.map(Key::Token).into_iter().chain([Key::Address(address)]) {
            if counts.failures.len() >= MOST_KEYS && !counts.failures.contains_key(&key) {
                let window = self.window;
                counts
                    .failures
                    .retain(|_, failures| now.saturating_duration_since(failures.since) < window);
                if counts.failures.len() >= MOST_KEYS {
                    counts.failures.clear();
                }
            }
            let failures = counts
                .failures
                .entry(key)
                .or_insert(Failures { count: 0, since: now });
            if now.saturating_duration_since(failures.since) >= self.window {
                *failures = Failures { count: 0, since: now };
            }
            failures.count = failures.count.saturating_add(1);
        }
    }

    /// Notes that a token opened its view.
    pub fn succeeded(&self, token: &SecretString, now: Instant) {
        let token = self.key(token);
        let mut counts = self.lock();
        counts.failures.remove(&Key::Token(token));
        if counts.good.len() >= MOST_KEYS {
            counts.good.clear();
        }
        counts.good.insert(token, now);
    }

    /// Takes a place for a request, or says why there is none.
    ///
    /// # Errors
    /// A sentence for the person.
    pub fn enter(self: &Arc<Self>, token: &str) -> Result<Place, String> {
        let mut counts = self.lock();
        if counts.in_all >= self.in_all {
            return Err(format!(
                "the server is busy with {} requests; try again",
                self.in_all
            ));
        }
        let running = counts.running.entry(token.to_owned()).or_insert(0);
        if *running >= self.per_token {
            return Err(format!(
                "this token already has {} requests running; try again when one has ended",
                self.per_token
            ));
        }
        *running += 1;
        counts.in_all += 1;
        Ok(Place {
            limiter: Arc::clone(self),
            token: token.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Arc<Limiter> {
        Arc::new(Limiter::new(&Bounds {
            per_token: 2,
            in_all: 3,
            attempts_per_token: 3,
            attempts_per_address: 5,
            ..Bounds::default()
        }))
    }

    #[test]
    fn places_are_counted_by_token_and_in_all() {
        let limiter = limiter();
        let first = limiter.enter("a").unwrap();
        let _second = limiter.enter("a").unwrap();
        assert!(limiter.enter("a").is_err());
        let _third = limiter.enter("b").unwrap();
        assert!(limiter.enter("c").is_err());
        drop(first);
        assert!(limiter.enter("a").is_ok());
    }

    #[test]
    fn attempts_shut_out_and_are_forgotten() {
        let limiter = limiter();
        let (address, now) = (IpAddr::from([127, 0, 0, 1]), Instant::now());
        let (bad, good, other) = (
            SecretString::from("bad"),
            SecretString::from("good"),
            SecretString::from("other"),
        );
        limiter.succeeded(&good, now);
        for _ in 0..3 {
            assert_eq!(limiter.shut_out(&bad, address, now), None);
            limiter.failed(Some(&bad), address, now);
        }
        assert!(limiter.shut_out(&bad, address, now).is_some());
        assert_eq!(limiter.shut_out(&other, address, now), None);
        limiter.failed(Some(&bad), address, now);
        limiter.failed(None, address, now);
        assert!(
            limiter.shut_out(&other, address, now).is_some(),
            "the address is shut out"
        );
        assert_eq!(
            limiter.shut_out(&good, address, now),
            None,
            "a token that works is not"
        );
        assert_eq!(
            limiter.shut_out(&bad, address, now + Duration::from_secs(61)),
            None
        );
    }
}
