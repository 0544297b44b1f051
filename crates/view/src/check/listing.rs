//! Which files list other files, and where a bare word in them is a name.

use super::Kind;
use super::names::last_name;

/// What sort of list a file is; none when it is ordinary text or source.
pub(super) fn kind_of(path: &[u8]) -> Option<Kind> {
    let name = String::from_utf8_lossy(last_name(path)).into_owned();
    let whole = String::from_utf8_lossy(path);
    let ends = |suffix: &str| name.ends_with(suffix);
    let starts = |prefix: &str| name.starts_with(prefix);
    Some(match name.as_str() {
        "CODEOWNERS" | "OWNERS" => Kind::Owners,
        ".gitmodules" | ".gitattributes" | ".gitignore" | ".git-blame-ignore-revs" => Kind::GitFile,
        "Cargo.lock"
        | "package-lock.json"
        | "npm-shrinkwrap.json"
        | "yarn.lock"
        | "pnpm-lock.yaml"
        | "go.sum"
        | "go.work.sum"
        | "poetry.lock"
        | "uv.lock"
        | "Pipfile.lock"
        | "composer.lock"
        | "Gemfile.lock" => Kind::LockFile,
        ".gitlab-ci.yml"
        | "Jenkinsfile"
        | ".travis.yml"
        | "azure-pipelines.yml"
        | "bitbucket-pipelines.yml"
        | "appveyor.yml"
        | ".drone.yml"
        | "codecov.yml"
        | ".codecov.yml"
        | "renovate.json"
        | ".pre-commit-config.yaml"
        | "sonar-project.properties" => Kind::ContinuousIntegration,
        _ if whole.starts_with(".github/")
            || whole.starts_with(".circleci/")
            || whole.starts_with(".buildkite/")
            || whole.starts_with(".gitlab/")
            || whole.starts_with(".forgejo/") =>
        {
            Kind::ContinuousIntegration
        }
        "Cargo.toml"
        | "package.json"
        | "pnpm-workspace.yaml"
        | "lerna.json"
        | "nx.json"
        | "turbo.json"
        | "jsconfig.json"
        | "go.mod"
        | "go.work"
        | "pom.xml"
        | "build.gradle"
        | "build.gradle.kts"
        | "settings.gradle"
        | "settings.gradle.kts"
        | "setup.py"
        | "setup.cfg"
        | "pyproject.toml"
        | "MANIFEST.in"
        | "Pipfile"
        | "CMakeLists.txt"
        | "Makefile"
        | "makefile"
        | "GNUmakefile"
        | "justfile"
        | "meson.build"
        | "BUILD"
        | "BUILD.bazel"
        | "WORKSPACE"
        | "MODULE.bazel"
        | ".dockerignore"
        | ".npmignore"
        | "mkdocs.yml"
        | "deny.toml"
        | "tox.ini"
        | "composer.json"
        | "Gemfile" => Kind::Manifest,
        _ if starts("Dockerfile") || starts("docker-compose") || starts("compose.") => Kind::Manifest,
        _ if starts("tsconfig") && ends(".json") => Kind::Manifest,
        _ if starts("requirements") && ends(".txt") => Kind::Manifest,
        _ if ends(".sln") || ends(".csproj") || ends(".vcxproj") || ends(".fsproj") => Kind::Manifest,
        _ => return None,
    })
}

/// Says whether folders are parted by backslashes in this file too.
pub(super) fn backslashes_part(path: &[u8]) -> bool {
    let name = last_name(path).to_ascii_lowercase();
    [
        &b".sln"[..],
        b".csproj",
        b".vcxproj",
        b".fsproj",
        b".bat",
        b".cmd",
        b".ps1",
    ]
    .iter()
    .any(|ending| name.ends_with(ending))
}

/// Says whether every word of this file is the name of a file or folder.
pub(super) fn every_word_counts(path: &[u8], kind: Kind) -> bool {
    kind == Kind::Owners
        || matches!(
            last_name(path),
            b".gitmodules"
                | b".gitattributes"
                | b".gitignore"
                | b"go.work"
                | b".dockerignore"
                | b".npmignore"
                | b"MANIFEST.in"
        )
}

/// How sure it is that a bare word in a list is the name of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bare {
    /// It is an ordinary word.
    Word,
    /// It may be a name: words that are folders nearly everywhere are none.
    PerhapsName,
    /// It is a name.
    Name,
}

/// Keys whose values are files or folders.
const NAME_KEYS: &[&str] = &[
    "members",
    "default-members",
    "exclude",
    "include",
    "path",
    "paths",
    "paths-ignore",
    "workspaces",
    "files",
    "exports",
    "modules",
    "packages",
    "package_dir",
    "py_modules",
    "where",
    "working-directory",
    "working_directory",
    "workdir",
    "directory",
    "directories",
    "context",
    "dockerfile",
    "rootdir",
    "testpaths",
    "add_subdirectory",
    "subdirs",
    "data_files",
    "copy",
];

/// Keys whose values are sometimes files or folders.
const PERHAPS_KEYS: &[&str] = &[
    "name",
    "main",
    "module",
    "types",
    "typings",
    "bin",
    "dir",
    "root",
    "src",
    "source",
    "sources",
    "build",
    "changes",
    "projects",
    "references",
    "outdir",
    "baseurl",
    "extends",
    "package",
    "dependencies",
    "use",
    "replace",
    "add",
];

/// What a bare word is as the value of this key.
pub(super) fn bare_under(key: &[u8]) -> Bare {
    let key = String::from_utf8_lossy(key).to_lowercase();
    if NAME_KEYS.contains(&key.as_str()) {
        Bare::Name
    } else if PERHAPS_KEYS.contains(&key.as_str()) {
        Bare::PerhapsName
    } else {
        Bare::Word
    }
}

/// Words that are folders nearly everywhere: alone they name nothing.
const ORDINARY: &[&str] = &[
    "src",
    "source",
    "sources",
    "test",
    "tests",
    "testing",
    "doc",
    "docs",
    "lib",
    "libs",
    "util",
    "utils",
    "bin",
    "build",
    "dist",
    "out",
    "target",
    "script",
    "scripts",
    "tool",
    "tools",
    "example",
    "examples",
    "ci",
    "config",
    "configs",
    "asset",
    "assets",
    "static",
    "public",
    "common",
    "core",
    "main",
    "app",
    "apps",
    "api",
    "internal",
    "pkg",
    "vendor",
    "third_party",
    "node_modules",
    "include",
    "data",
    "resource",
    "resources",
    "server",
    "client",
    "web",
    "package",
    "packages",
    "crates",
    "module",
    "modules",
    "component",
    "components",
    "types",
    "models",
    "fixtures",
    "benches",
    "migrations",
    ".github",
    ".git",
    ".vscode",
    ".idea",
    ".cargo",
    "index",
    "readme",
    "license",
    "makefile",
    "dockerfile",
];

/// Says whether a word alone is too common to be a name.
pub(crate) fn is_ordinary(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word).to_lowercase();
    let stem = word
        .split('.')
        .next()
        .filter(|stem| !stem.is_empty())
        .unwrap_or(&word);
    ORDINARY.contains(&word.as_str()) || ORDINARY.contains(&stem)
}
