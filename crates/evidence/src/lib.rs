//! The evidence pack: written and verified offline.
