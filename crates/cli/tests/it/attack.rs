//! Attacks on a running `ringfence serve` with real git clients and hand-made requests. None may steal anything, and what is hidden
//! may not show in anything a recipient can observe.

mod checks;
mod closed;
mod differential;
mod pushes;
mod reads;
pub mod stage;
mod strangers;
