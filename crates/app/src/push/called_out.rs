//! Which changed paths a submission names to the owner.

/// Paths that make the owner's machines run something: named to the owner in every submission.
pub(super) fn runs_on_build_machines(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    let name = path.rsplit('/').next().unwrap_or(&path);
    path.starts_with(".github/")
        || path.starts_with(".gitlab/")
        || path.starts_with(".circleci/")
        || path.starts_with(".cargo/")
        || path.contains("/.cargo/")
        || matches!(
            name,
            ".gitlab-ci.yml"
                | "Jenkinsfile"
                | "build.rs"
                | "Makefile"
                | "CMakeLists.txt"
                | "setup.py"
                | "conftest.py"
                | "package.json"
                | "package-lock.json"
                | "yarn.lock"
                | "pnpm-lock.yaml"
                | ".npmrc"
                | "Cargo.toml"
                | "Cargo.lock"
                | "pyproject.toml"
                | "pip.conf"
                | "requirements.txt"
                | "pom.xml"
                | "build.gradle"
                | "go.mod"
                | "go.sum"
                | "Dockerfile"
                | ".gitattributes"
        )
}
