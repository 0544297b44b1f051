//! Go subjects of the `interface` bench, besides those that the first bench has already: each compiles with the Go of
//! Debian 12 alone, without a package from elsewhere.

use super::{Registry, Subject};

pub const SUBJECTS: &[Subject] = &[
    Subject {
        name: "pflag",
        registry: Registry::Debian,
        package: "golang-github-spf13-pflag",
        version: "1.0.6~git20210604-d5e0c0615ace",
        sha256: "9b21056481ebf33e78a80ae999a714abb29392a5995a515bc8fefd6d88b6b204",
        language: "Go",
    },
    Subject {
        name: "gorilla-mux",
        registry: Registry::Debian,
        package: "golang-github-gorilla-mux",
        version: "1.8.0",
        sha256: "ea2639259d2ce6f402636655e91eb93ba69c139e3cbf80b044ee393ada53757b",
        language: "Go",
    },
    Subject {
        name: "gorilla-websocket",
        registry: Registry::Debian,
        package: "golang-github-gorilla-websocket",
        version: "1.5.0",
        sha256: "5d86f9e1c76ff7ceca0747f78b79864fbaec9d440f4fdb03197466e5102a86b0",
        language: "Go",
    },
    Subject {
        name: "pkg-errors",
        registry: Registry::Debian,
        package: "golang-github-pkg-errors",
        version: "0.9.1",
        sha256: "56bfd893023daa498508bfe161de1be83299fcf15376035e7df79cbd7d6fa608",
        language: "Go",
    },
    Subject {
        name: "go-cmp",
        registry: Registry::Debian,
        package: "golang-github-google-go-cmp",
        version: "0.5.9",
        sha256: "41a074c2fcfc72f813736f8ca8e3116e260a6b79af407d9da0d4c5e4c3f61acf",
        language: "Go",
    },
    Subject {
        name: "go-toml",
        registry: Registry::Debian,
        package: "golang-toml",
        version: "1.2.0",
        sha256: "6d2c4df3fafa85b6d1437f1963dcd8a72e49cd167ed46fe950b309ca13ed3b50",
        language: "Go",
    },
    Subject {
        name: "go-yaml",
        registry: Registry::Debian,
        package: "golang-gopkg-yaml.v3",
        version: "3.0.1",
        sha256: "cf05411540d3e6ef8f1fd88434b34f94cedaceb540329031d80e23b74540c4e5",
        language: "Go",
    },
    Subject {
        name: "go-exp",
        registry: Registry::Debian,
        package: "golang-golang-x-exp",
        version: "0.0~git20221028.83b7d23",
        sha256: "6ab71bd2bd7a12fd98498f4ae1039189bb360e32893415121b734ce2451047c6",
        language: "Go",
    },
];
