//! The access decision: facts in, permit or forbid with reasons and cures out.
