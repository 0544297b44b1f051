//! Source packages of Debian by apt, with lists of its own: the machine's package state is never touched.

use super::{find, output, program, status};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lists of source packages, fetched at first use.
pub struct Lists {
    folder: PathBuf,
    fetched: bool,
}

impl Lists {
    /// Lists to be kept in a folder.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            fetched: false,
        }
    }

    /// Downloads the upstream archive of a source package.
    pub fn source(&mut self, package: &str, version: &str, into: &Path) -> Result<PathBuf> {
        self.fetch()?;
        output(
            self.apt("apt-get")
                .current_dir(into)
                .args(["-qq", "source", "--download-only", "--only-source", "--tar-only"])
                .arg(package),
        )
        .with_context(|| format!("source package {package}"))?;
        // A package may be made of several upstream archives; the first of them has no name of its own.
        let wanted = format!("{package}_{version}.orig.tar");
        let archives: Vec<PathBuf> = std::fs::read_dir(into)
            .with_context(|| format!("cannot read {}", into.display()))?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_file())
            .collect();
        let archive = archives.iter().find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&wanted))
        });
        let Some(archive) = archive else {
            bail!(
                "this machine's Debian release offers {archives:?}; pinned is {version} of {package} (of Debian 12)"
            );
        };
        Ok(archive.clone())
    }

    fn fetch(&mut self) -> Result<()> {
        if self.fetched {
            return Ok(());
        }
        ensure!(
            find("apt-get").is_some(),
            "apt-get is not on PATH: Java, Go and C subjects need a Debian machine"
        );
        for part in ["sources.list.d", "lists/partial", "cache/archives/partial"] {
            let part = self.folder.join(part);
            std::fs::create_dir_all(&part).with_context(|| format!("cannot make {}", part.display()))?;
        }
        let mut entries = 0_usize;
        let machine = Path::new("/etc/apt");
        let mut files = vec![machine.join("sources.list")];
        if let Ok(parts) = std::fs::read_dir(machine.join("sources.list.d")) {
            files.extend(parts.flatten().map(|entry| entry.path()));
        }
        files.sort();
        for file in files {
            let Ok(text) = std::fs::read_to_string(&file) else {
                continue;
            };
            let (sources, end) = match file.extension().and_then(|end| end.to_str()) {
                Some("sources") => (paragraphs(&text), "sources"),
                Some("list") => (lines(&text), "list"),
                _ => continue,
            };
            if sources.is_empty() {
                continue;
            }
            entries += 1;
            let own = self
                .folder
                .join("sources.list.d")
                .join(format!("{entries}.{end}"));
            std::fs::write(&own, sources).with_context(|| format!("cannot write {}", own.display()))?;
        }
        if entries == 0 {
            bail!("/etc/apt names no Debian repository: Java, Go and C subjects need a Debian machine");
        }
        ensure!(
            status(self.apt("apt-get").args(["-qq", "update"]))?,
            "apt-get update of the source lists failed"
        );
        self.fetched = true;
        Ok(())
    }

    fn apt(&self, name: &str) -> Command {
        let mut command = program(name);
        let folder = self.folder.display();
        for (key, value) in [
            ("Dir::Etc::SourceList", "/dev/null".to_owned()),
            ("Dir::Etc::SourceParts", format!("{folder}/sources.list.d")),
            ("Dir::State::Lists", format!("{folder}/lists")),
            ("Dir::Cache", format!("{folder}/cache")),
            // The other account cannot write into our folder.
            ("APT::Sandbox::User", "root".to_owned()),
        ] {
            command.arg("-o").arg(format!("{key}={value}"));
        }
        command
    }
}

/// The Debian paragraphs of a deb822 file, asking for sources.
fn paragraphs(text: &str) -> String {
    let mut kept = String::new();
    for paragraph in text.split("\n\n") {
        let fields: Vec<&str> = paragraph
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .collect();
        let is_debian = fields
            .iter()
            .any(|line| line.starts_with("URIs:") && line.split_whitespace().any(of_debian));
        let is_on = !fields
            .iter()
            .any(|line| line.replace(' ', "").eq_ignore_ascii_case("enabled:no"));
        if !is_debian || !is_on {
            continue;
        }
        for line in fields {
            kept.push_str(if line.starts_with("Types:") {
                "Types: deb-src"
            } else {
                line
            });
            kept.push('\n');
        }
        kept.push('\n');
    }
    kept
}

/// The Debian lines of an old list, asking for sources.
fn lines(text: &str) -> String {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("deb "))
        .filter(|rest| rest.split_whitespace().any(of_debian))
        .map(|rest| format!("deb-src {rest}\n"))
        .collect()
}

/// Other repositories have no sources, or none that are pinned here.
fn of_debian(word: &str) -> bool {
    let word = word.trim_end_matches('/');
    word.contains("://") && (word.ends_with("/debian") || word.ends_with("/debian-security"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_of_debian_ask_for_sources() {
        let text = "Types: deb\n# snapshot\nURIs: mirror://m.example/debian\nSuites: bookworm\n\nTypes: deb\nURIs: mirror://m.example/debian-security/\nEnabled: no\n\nTypes: deb\nURIs: mirror://other.example/node\n";
        assert_eq!(
            paragraphs(text),
            "Types: deb-src\nURIs: mirror://m.example/debian\nSuites: bookworm\n\n"
        );
    }

    #[test]
    fn lines_of_debian_ask_for_sources() {
        let text = "# deb x\ndeb [signed-by=/k] mirror://m.example/debian bookworm main\ndeb-src mirror://m.example/debian bookworm main\ndeb mirror://other.example/apt main\n";
        assert_eq!(
            lines(text),
            "deb-src [signed-by=/k] mirror://m.example/debian bookworm main\n"
        );
    }
}
