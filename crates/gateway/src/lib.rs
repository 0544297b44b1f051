//! The git protocol over HTTP: pkt-line, sign-in, limits, streaming.
