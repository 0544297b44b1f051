//! Fingerprints of owned text, the index over them, and ordered alignment.
