//! Programs that a bench runs beside ours.

use super::{Registry, Subject, TOOL};

pub const SUBJECTS: &[Subject] = &[Subject {
    name: "git-filter-repo",
    registry: Registry::Python,
    package: "git-filter-repo",
    version: "2.47.0",
    sha256: "411b27e68a080c07a69c233cb526dbc2d848b09a72f10477f4444dd0822cf290",
    language: TOOL,
}];
