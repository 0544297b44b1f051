//! What carries no marks whatever a view says: large files, tests, the data they compare with, what others wrote or a tool made.
//!
//! A path is all that can be judged here; texts that say so themselves (generated, signed, minified) are refused by the finder.

/// Largest file that is marked, in bytes.
pub const LARGEST_MARKED: u64 = 2 << 20;

/// Patterns with the meaning of gitignore.
pub const PATHS: &[&str] = &[
    "test/",
    "tests/",
    "__tests__/",
    "spec/",
    "testdata/",
    "test-data/",
    "fixtures/",
    "golden/",
    "snapshots/",
    "__snapshots__/",
    "vendor/",
    "third_party/",
    "third-party/",
    "node_modules/",
    "generated/",
    "dist/",
    "test_*.py",
    "*_test.py",
    "conftest.py",
    "*_test.go",
    "*_test.rs",
    "tests.rs",
    "*.test.*",
    "*.spec.*",
    "*Test.java",
    "*Tests.java",
    "*.min.js",
    "*.pb.go",
    "*_pb2.py",
    "*.generated.*",
    "*.d.ts",
    "LICENSE*",
    "COPYING*",
    "NOTICE*",
];
