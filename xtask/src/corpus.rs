//! `cargo xtask corpus`: real subjects by pinned version from the package registries, into `corpus/` (never committed).
//!
//! Each registry is asked by its ordinary client with the machine's own configuration (cargo, pip, npm, apt), so mirrors and
//! proxies work as everywhere else. INVARIANT: nothing is unpacked whose SHA-256 is not the pinned one.

mod attacks;
mod c;
mod chains;
mod cpp;
mod debian;
mod go;
mod java;
mod peers;
mod python;
mod rust;
mod suites;
mod typescript;

pub use chains::for_replay;

use crate::process::{find, output, program, root, status};
use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// Where a subject comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Registry {
    Crates,
    Python,
    /// A pinned list of packages that pip installs as one folder.
    PythonSet,
    Npm,
    /// A pinned lock file whose packages npm installs as one folder.
    NpmSet,
    Debian,
}

/// A real project by pinned version.
struct Subject {
    /// Its folder under `corpus/`.
    name: &'static str,
    registry: Registry,
    /// Its name in the registry.
    package: &'static str,
    /// The exact version; of Debian packages the upstream part.
    version: &'static str,
    /// SHA-256 of the archive that the registry hands out.
    sha256: &'static str,
    /// For people: what it is there for; a [`TOOL`] is put where no bench takes it for a subject.
    language: &'static str,
}

/// What a program that checks or formats subjects is there for.
const TOOL: &str = "tool";

/// The subjects by what they were first needed for.
const LISTS: &[&[Subject]] = &[
    SUBJECTS,
    go::SUBJECTS,
    java::SUBJECTS,
    peers::SUBJECTS,
    python::SUBJECTS,
    rust::SUBJECTS,
    c::SUBJECTS,
    cpp::SUBJECTS,
    typescript::SUBJECTS,
    chains::SUBJECTS,
    attacks::SUBJECTS,
    suites::SUBJECTS,
];

const SUBJECTS: &[Subject] = &[
    Subject {
        name: "ripgrep",
        registry: Registry::Crates,
        package: "ripgrep",
        version: "14.1.1",
        sha256: "f77b8032dc584527975f34aa5a897d0ef5a785573fda778771a614ff9da501d9",
        language: "Rust",
    },
    Subject {
        name: "serde",
        registry: Registry::Crates,
        package: "serde",
        version: "1.0.219",
        sha256: "5f0e2c6ed6606019b4e29e69dbaba95b11854410e5347d525002456dbbb786b6",
        language: "Rust",
    },
    Subject {
        name: "tokio",
        registry: Registry::Crates,
        package: "tokio",
        version: "1.44.2",
        sha256: "e6b88822cbe49de4185e3a4cbf8321dd487cf5fe0c5c65695fef6346371e9c48",
        language: "Rust",
    },
    Subject {
        name: "click",
        registry: Registry::Python,
        package: "click",
        version: "8.1.8",
        sha256: "ed53c9d8990d83c2a27deae68e4ee337473f6330c040a31d4225c9574d16096a",
        language: "Python",
    },
    Subject {
        name: "requests",
        registry: Registry::Python,
        package: "requests",
        version: "2.32.3",
        sha256: "55365417734eb18255590a9ff9eb97e9e1da868d4ccd6402399eaf68af20a760",
        language: "Python",
    },
    Subject {
        name: "jinja2",
        registry: Registry::Python,
        package: "jinja2",
        version: "3.1.6",
        sha256: "0137fb05990d35f1275a587e9aee6d56da821fc83491a0fb838183be43f66d6d",
        language: "Python",
    },
    Subject {
        name: "express",
        registry: Registry::Npm,
        package: "express",
        version: "4.21.2",
        sha256: "fc43a91e7dc7affb53c6ad7123a4f35485ed3c45226ae7a3847b7738e783e008",
        language: "JavaScript",
    },
    Subject {
        name: "lodash",
        registry: Registry::Npm,
        package: "lodash",
        version: "4.17.21",
        sha256: "6a087ac9e5702a0c9d60fbcd48696012646ec8df1491dea472b150e79fcaf804",
        language: "JavaScript",
    },
    Subject {
        name: "zod",
        registry: Registry::Npm,
        package: "zod",
        version: "3.25.76",
        sha256: "9e1f1a05f0dd0c1dab64ee91ceb9bf55cd44d35368c70edda80a2fdc70a88377",
        language: "TypeScript",
    },
    Subject {
        name: "commons-lang",
        registry: Registry::Debian,
        package: "libcommons-lang3-java",
        version: "3.12.0",
        sha256: "f7c22574707611b63bae19ff17f59e24cdd32e2b0e61a50ec9b1b525fbc909d1",
        language: "Java",
    },
    Subject {
        name: "cobra",
        registry: Registry::Debian,
        package: "golang-github-spf13-cobra",
        version: "1.6.1",
        sha256: "f38f8b26895903be06089ff20882fc771dbca12f41cf81d7bd823be65e6cec52",
        language: "Go",
    },
    Subject {
        name: "grpc-go",
        registry: Registry::Debian,
        package: "golang-google-grpc",
        version: "1.33.3",
        sha256: "2255ad83a5b6bd2b285ea839afd315b2fb810e532569280760ebc91567d3b1e1",
        language: "Go",
    },
    Subject {
        name: "jansson",
        registry: Registry::Debian,
        package: "jansson",
        version: "2.14",
        sha256: "c739578bf6b764aa0752db9a2fdadcfe921c78f1228c7ec0bb47fa804c55d17b",
        language: "C",
    },
    Subject {
        name: "zlib",
        registry: Registry::Debian,
        package: "zlib",
        version: "1.2.13.dfsg",
        sha256: "71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1",
        language: "C",
    },
    // Pairs of versions, for real edits between them; the other half of click and express stands above.
    Subject {
        name: "clap-builder-4.6.0",
        registry: Registry::Crates,
        package: "clap_builder",
        version: "4.6.0",
        sha256: "714a53001bf66416adb0e2ef5ac857140e7dc3a0c48fb28b2f10762fc4b5069f",
        language: "Rust",
    },
    Subject {
        name: "clap-builder-4.6.7",
        registry: Registry::Crates,
        package: "clap_builder",
        version: "4.6.7",
        sha256: "ec0797fb7aeb1406c84efac526901f7ec3ead2124f946b494e72879d4b54704d",
        language: "Rust",
    },
    Subject {
        name: "click-8.1.7",
        registry: Registry::Python,
        package: "click",
        version: "8.1.7",
        sha256: "ca9853ad459e787e2192211578cc907e7594e294c7ccc834310722b41b9ca6de",
        language: "Python",
    },
    Subject {
        name: "express-4.18.2",
        registry: Registry::Npm,
        package: "express",
        version: "4.18.2",
        sha256: "8a4a69997fb326bd5966256709dbce2acff6cd53e048fc017c28b8c85f91c37e",
        language: "JavaScript",
    },
    Subject {
        name: "rxjs-7.5.0",
        registry: Registry::Npm,
        package: "rxjs",
        version: "7.5.0",
        sha256: "324df4b69fdd7c26385f009cc91aee31926aa0bcf55f87dbcb103a12e972f988",
        language: "TypeScript",
    },
    Subject {
        name: "rxjs-7.8.1",
        registry: Registry::Npm,
        package: "rxjs",
        version: "7.8.1",
        sha256: "c532167725ab7d085123209156c93cef22f2479cb9c8527060f1cd903aa9d149",
        language: "TypeScript",
    },
];

/// Downloads the named subjects, or all. Subjects that are there already are kept; one that fails does not stop the others.
pub fn run(names: &[String]) -> Result<bool> {
    let wanted = chosen(names)?;
    let corpus = root().join("corpus");
    std::fs::create_dir_all(corpus.join(".pinned"))
        .with_context(|| format!("cannot make {}", corpus.display()))?;
    // On the same file system as the corpus, so that a finished folder is renamed into place.
    let work = tempfile::Builder::new()
        .prefix(".work-")
        .tempdir_in(&corpus)
        .context("no temporary folder in the corpus")?;
    let mut debian = debian::Lists::new(work.path().join("apt"));
    let mut failed = 0_usize;
    for subject in wanted {
        let what = format!("{} {} ({})", subject.name, subject.version, subject.language);
        if subject.is_present(&corpus) {
            println!("{what}: present");
            continue;
        }
        match subject.download(&corpus, work.path(), &mut debian) {
            Ok(files) => println!("{what}: {files} files in {}", subject.place(&corpus).display()),
            Err(error) => {
                failed += 1;
                println!("{what}: not downloaded: {error:#}");
            }
        }
    }
    if failed > 0 {
        println!("{failed} of the subjects are missing; run the command again, or see the messages above");
    }
    Ok(failed == 0)
}

fn all() -> impl Iterator<Item = &'static Subject> {
    LISTS.iter().copied().flatten()
}

fn chosen(names: &[String]) -> Result<Vec<&'static Subject>> {
    let is_chained = |subject: &&Subject| subject.name.starts_with(chains::PREFIX);
    let is_of_suites = |subject: &&Subject| subject.name.starts_with(suites::PREFIX);
    if names.is_empty() {
        return Ok(all()
            .filter(|subject| !is_chained(subject) && !is_of_suites(subject))
            .collect());
    }
    if names == ["suites"] {
        return Ok(all().filter(is_of_suites).collect());
    }
    if names == ["chains"] {
        return Ok(all().filter(is_chained).collect());
    }
    names
        .iter()
        .map(|name| {
            all().find(|subject| subject.name == name).with_context(|| {
                let known: Vec<&str> = all().map(|subject| subject.name).collect();
                format!("no subject {name:?}; there are: {}", known.join(", "))
            })
        })
        .collect()
}

impl Subject {
    /// Its folder; those that begin with a period are left out by whoever walks the corpus.
    fn place(&self, corpus: &Path) -> PathBuf {
        if self.language == TOOL {
            corpus.join(".tools").join(self.name)
        } else if let Some(release) = self.name.strip_prefix(chains::PREFIX) {
            corpus.join(".chains").join(release)
        } else if let Some(suite) = self.name.strip_prefix(suites::PREFIX) {
            corpus.join(".suites").join(suite)
        } else {
            corpus.join(self.name)
        }
    }

    fn marker(&self, corpus: &Path) -> PathBuf {
        corpus.join(".pinned").join(self.name)
    }

    fn is_present(&self, corpus: &Path) -> bool {
        self.place(corpus).is_dir()
            && std::fs::read_to_string(self.marker(corpus)).is_ok_and(|pinned| pinned.trim() == self.sha256)
    }

    /// Downloads, checks and unpacks; returns the number of files.
    fn download(&self, corpus: &Path, work: &Path, debian: &mut debian::Lists) -> Result<usize> {
        let folder = work.join(self.name);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        if self.registry == Registry::PythonSet {
            let installed = folder.join("installed");
            python::install(self.package, self.sha256, &installed, &folder)?;
            return self.take_place(&installed, corpus);
        }
        if self.registry == Registry::NpmSet {
            let installed = folder.join("installed");
            suites::install(self.sha256, &installed)?;
            return self.take_place(&installed, corpus);
        }
        let archive = match self.registry {
            Registry::Crates => self.crate_archive(&folder),
            Registry::Python | Registry::PythonSet => self.python_archive(&folder),
            Registry::Npm | Registry::NpmSet => self.npm_archive(&folder),
            Registry::Debian => debian.source(self.package, self.version, &folder),
        }?;
        let bytes = std::fs::read(&archive).with_context(|| format!("cannot read {}", archive.display()))?;
        let found = hex::encode(Sha256::digest(&bytes));
        ensure!(
            found == self.sha256,
            "SHA-256 of {} is {found}, pinned is {}",
            archive.display(),
            self.sha256
        );
        let unpacked = folder.join("unpacked");
        std::fs::create_dir_all(&unpacked).with_context(|| format!("cannot make {}", unpacked.display()))?;
        // Every archive of these registries has one folder at its top.
        output(
            program("tar")
                .args([
                    "--no-same-owner",
                    "--no-same-permissions",
                    "--strip-components=1",
                    "-xf",
                ])
                .arg(&archive)
                .arg("-C")
                .arg(&unpacked),
        )?;
        self.take_place(&unpacked, corpus)
    }

    /// Moves a finished folder to its place and notes what it was made from; returns the number of files.
    fn take_place(&self, unpacked: &Path, corpus: &Path) -> Result<usize> {
        let files = count_files(unpacked)?;
        ensure!(files > 0, "{} {} holds no file", self.package, self.version);
        let place = self.place(corpus);
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        if place.exists() {
            std::fs::remove_dir_all(&place).with_context(|| format!("cannot replace {}", place.display()))?;
        }
        std::fs::rename(unpacked, &place).with_context(|| format!("cannot move to {}", place.display()))?;
        std::fs::write(self.marker(corpus), self.sha256).context("cannot note the pinned version")?;
        Ok(files)
    }

    /// A temporary project depends on the crate; cargo puts the archive into its cache.
    fn crate_archive(&self, folder: &Path) -> Result<PathBuf> {
        let project = folder.join("project");
        std::fs::create_dir_all(project.join("src")).context("no temporary project")?;
        std::fs::write(project.join("src/lib.rs"), "").context("no temporary project")?;
        let manifest = format!(
            "[package]\nname = \"corpus\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n[dependencies]\n{} = {{ version = \"={}\", default-features = false }}\n",
            self.package, self.version
        );
        std::fs::write(project.join("Cargo.toml"), manifest).context("no temporary project")?;
        output(
            crate::process::cargo()
                .current_dir(&project)
                .args(["fetch", "--quiet"]),
        )?;
        let home = std::env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
        let cache = home
            .context("neither CARGO_HOME nor a home folder")?
            .join("registry/cache");
        let file = format!("{}-{}.crate", self.package, self.version);
        let sources =
            std::fs::read_dir(&cache).with_context(|| format!("cannot read {}", cache.display()))?;
        sources
            .flatten()
            .map(|source| source.path().join(&file))
            .find(|path| path.is_file())
            .with_context(|| format!("cargo fetch left no {file} in {}", cache.display()))
    }

    fn python_archive(&self, folder: &Path) -> Result<PathBuf> {
        ensure!(
            find("python3").is_some(),
            "python3 is not on PATH; install the Debian packages python3 and python3-pip"
        );
        output(
            program("python3")
                .args([
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-deps",
                    "--no-binary",
                    self.package,
                    "--dest",
                ])
                .arg(folder)
                .arg(format!("{}=={}", self.package, self.version)),
        )?;
        the_archive(folder)
    }

    fn npm_archive(&self, folder: &Path) -> Result<PathBuf> {
        ensure!(
            find("npm").is_some(),
            "npm is not on PATH; install the Debian package npm"
        );
        output(
            program("npm")
                .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
                .arg(folder)
                .arg(format!("{}@{}", self.package, self.version)),
        )?;
        the_archive(folder)
    }
}

/// The one archive that a client left in a folder.
fn the_archive(folder: &Path) -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && is_archive(path))
        .collect();
    match (found.pop(), found.pop()) {
        (Some(archive), None) => Ok(archive),
        (None, _) => bail!("the client left no archive in {}", folder.display()),
        (Some(_), Some(_)) => bail!("the client left several archives in {}", folder.display()),
    }
}

fn is_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [".tgz", ".tar.gz", ".tar.xz", ".tar.bz2"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn count_files(folder: &Path) -> Result<usize> {
    let (mut folders, mut files) = (vec![folder.to_path_buf()], 0_usize);
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else {
                files += 1;
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_plain() {
        let names: BTreeSet<&str> = all().map(|subject| subject.name).collect();
        assert_eq!(names.len(), all().count());
        let plain = |name: &str| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
        };
        // A leading dot keeps what is no subject out of the benches that walk the folder.
        let named = |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase() || first == '.');
        assert!(
            names
                .iter()
                .all(|name| named(name) && plain(name) && !name.contains(".."))
        );
    }

    #[test]
    fn versions_and_hashes_are_pinned() {
        for subject in all() {
            assert!(
                subject.version.starts_with(|first: char| first.is_ascii_digit()),
                "{}",
                subject.name
            );
            // In versions of Debian a tilde is a character as any other; elsewhere it makes a range.
            let tilde = subject.version.contains('~') && subject.registry != Registry::Debian;
            assert!(
                !tilde && !subject.version.contains(['*', '^', '>', '<', '=', ',']),
                "{}",
                subject.name
            );
            assert_eq!(hex::decode(subject.sha256).unwrap().len(), 32, "{}", subject.name);
        }
        let hashes: BTreeSet<&str> = all().map(|subject| subject.sha256).collect();
        assert_eq!(hashes.len(), all().count());
    }

    #[test]
    fn every_marked_language_has_a_subject() {
        let languages: BTreeSet<&str> = all()
            .map(|subject| subject.language)
            .filter(|language| *language != TOOL)
            .collect();
        assert_eq!(
            languages,
            BTreeSet::from([
                "C",
                "C#",
                "C++",
                "Go",
                "Java",
                "JavaScript",
                "Python",
                "Rust",
                "TypeScript"
            ])
        );
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = chosen(&["leftpad".to_owned()]).map(drop).unwrap_err().to_string();
        assert!(
            error.contains("leftpad") && error.contains("ripgrep") && error.contains("jansson"),
            "{error}"
        );
        assert_eq!(chosen(&["zod".to_owned(), "click".to_owned()]).unwrap().len(), 2);
        let chains = chosen(&["chains".to_owned()]).unwrap().len();
        let suites = chosen(&["suites".to_owned()]).unwrap().len();
        assert_eq!(chosen(&[]).unwrap().len() + chains + suites, all().count());
        assert!(suites > 3);
        assert!(chains > 20);
    }

    #[test]
    fn a_subject_is_present_only_by_the_pinned_hash() {
        let corpus = tempfile::tempdir().unwrap();
        let subject = &SUBJECTS[0];
        std::fs::create_dir_all(corpus.path().join(".pinned")).unwrap();
        std::fs::create_dir(corpus.path().join(subject.name)).unwrap();
        assert!(!subject.is_present(corpus.path()));
        std::fs::write(subject.marker(corpus.path()), "of another version").unwrap();
        assert!(!subject.is_present(corpus.path()));
        std::fs::write(subject.marker(corpus.path()), subject.sha256).unwrap();
        assert!(subject.is_present(corpus.path()));
    }
}
