//! RFC 6962 Merkle log in the C2SP formats: append, checkpoint, prove, verify.
