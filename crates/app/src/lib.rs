//! The use cases: one function is one transaction and its ledger entries.
