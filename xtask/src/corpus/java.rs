//! Java subjects of the `interface` bench, besides those that the first bench has already: each compiles with the Java of
//! Debian 12 alone, without a package from elsewhere.

use super::{Registry, Subject};

pub const SUBJECTS: &[Subject] = &[
    Subject {
        name: "commons-io",
        registry: Registry::Debian,
        package: "commons-io",
        version: "2.11.0",
        sha256: "5a55361cf2b97228f94b3c65e3a4af784581debe322be551c44b2776db1c6483",
        language: "Java",
    },
    Subject {
        name: "commons-codec",
        registry: Registry::Debian,
        package: "libcommons-codec-java",
        version: "1.15",
        sha256: "857c58c23bfe6b284b174d89f323de438042ce9a005b2a81afa658962caff90f",
        language: "Java",
    },
    Subject {
        name: "commons-collections",
        registry: Registry::Debian,
        package: "libcommons-collections4-java",
        version: "4.2",
        sha256: "e6b25f22128d2b5e6181d9736f313103e079366013f853061aba16e8d4feb729",
        language: "Java",
    },
    Subject {
        name: "commons-csv",
        registry: Registry::Debian,
        package: "commons-csv",
        version: "1.9.0",
        sha256: "661252998cf2b9aac1aa12fe9e104dc23190761a8971384f83a6c1fc02536867",
        language: "Java",
    },
    Subject {
        name: "picocli",
        registry: Registry::Debian,
        package: "picocli",
        version: "4.6.2",
        sha256: "884e0bef7fb8fc79d22420f04a5c538a89203a6946d43b6370157d293d7cdb40",
        language: "Java",
    },
];
