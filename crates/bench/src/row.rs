//! One measured row: a value, its peer of the same run, and the goal.

use std::fmt;

/// What a row is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    /// What it is, with its settings where they matter.
    pub name: String,
    /// Its value, in the row's unit.
    pub value: f64,
}

/// What the design asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// The ratio to the peer is at most this.
    RatioAtMost(f64),
    /// The ratio to the peer is at least this.
    RatioAtLeast(f64),
    /// The value is at least this, in the row's unit.
    ValueAtLeast(f64),
}

impl fmt::Display for Goal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RatioAtMost(bound) => write!(out, "ratio <= {bound}"),
            Self::RatioAtLeast(bound) => write!(out, "ratio >= {bound}"),
            Self::ValueAtLeast(bound) => write!(out, "value >= {bound}"),
        }
    }
}

/// One measured row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What was measured.
    pub value: f64,
    /// Of the value and of the peer's.
    pub unit: &'static str,
    /// None for a row that is information only.
    pub peer: Option<Peer>,
    /// None for a row that is information only.
    pub goal: Option<Goal>,
}

impl Row {
    /// The value in units of the peer's; none without a peer or with a peer of zero.
    pub fn ratio(&self) -> Option<f64> {
        let peer = self.peer.as_ref()?;
        (peer.value > 0.0).then(|| self.value / peer.value)
    }

    /// Whether the goal holds; none without a goal, false when it asks for a ratio that could not be formed.
    pub fn holds(&self) -> Option<bool> {
        let ratio = self.ratio();
        Some(match self.goal? {
            Goal::RatioAtMost(bound) => ratio.is_some_and(|ratio| ratio <= bound),
            Goal::RatioAtLeast(bound) => ratio.is_some_and(|ratio| ratio >= bound),
            Goal::ValueAtLeast(bound) => self.value >= bound,
        })
    }
}
