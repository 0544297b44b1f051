//! Mirrors, delivery stores, quarantine: the only crate that starts git.
