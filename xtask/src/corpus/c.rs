//! C subjects of the `interface` bench, besides those that the first bench has already: each is checked with the C library alone.

use super::{Registry, Subject};

pub const SUBJECTS: &[Subject] = &[
    Subject {
        name: "cjson",
        registry: Registry::Debian,
        package: "cjson",
        version: "1.7.15",
        sha256: "5308fd4bd90cef7aa060558514de6a1a4a0819974a26e6ed13973c5f624c24b2",
        language: "C",
    },
    Subject {
        name: "expat",
        registry: Registry::Debian,
        package: "expat",
        version: "2.5.0",
        sha256: "ab00ee05c7067fd10a35c5d2a4922ebba746ddd50ff83b79c828da17bbdf1757",
        language: "C",
    },
    Subject {
        name: "http-parser",
        registry: Registry::Debian,
        package: "http-parser",
        version: "2.9.4",
        sha256: "467b9e30fd0979ee301065e70f637d525c28193449e1b13fbcb1b1fab3ad224f",
        language: "C",
    },
    Subject {
        name: "libyaml",
        registry: Registry::Debian,
        package: "libyaml",
        version: "0.2.5",
        sha256: "fa240dbf262be053f3898006d502d514936c818e422afdcf33921c63bed9bf2e",
        language: "C",
    },
    Subject {
        name: "lz4",
        registry: Registry::Debian,
        package: "lz4",
        version: "1.9.4",
        sha256: "0b0e3aa07c8c063ddf40b082bdf7e37a1562bda40a0ff5272957f3e987e0e54b",
        language: "C",
    },
];
