//! C++ and C# subjects of the marks' tests.

use super::{Registry, Subject};

pub const SUBJECTS: &[Subject] = &[
    Subject {
        name: "libfuzzer-sys",
        registry: Registry::Crates,
        package: "libfuzzer-sys",
        version: "0.4.13",
        sha256: "a9fd2f41a1cba099f79a0b6b6c35656cf7c03351a7bae8ff0f28f25270f929d2",
        language: "C++",
    },
    Subject {
        name: "pythonnet",
        registry: Registry::Python,
        package: "pythonnet",
        version: "3.0.3",
        sha256: "8d4b2e97158a023875f8647458a58f38817f4fe39af60abdd6b0d8adf1d77e75",
        language: "C#",
    },
];
