//! What a new commit may contain: names, modes, links and attributes that are safe on every checkout.
//!
//! Only what differs from every parent at the same path is judged, so that odd things which the owner delivered stay the owner's affair.
//! It refuses `.git` in every spelling that NTFS or HFS+ reads as `.git`, `.`, `..`, empty names, slashes in names, links that leave the
//! tree, submodules, names that differ in case or Unicode normal form only, attributes that start filters, and trees that are too wide or
//! too deep.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use super::ReceiveLimits;

/// A tree rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("commit {commit}: path {path}: {rule}")]
pub struct TreeError {
    /// The commit, abbreviated.
    pub commit: String,
    /// The path with control characters escaped.
    pub path: String,
    /// The rule.
    pub rule: TreeRule,
}

/// The rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeRule {
    /// Not a tree.
    #[error("the folder's listing is broken")]
    Broken,
    /// A name that is empty, `.`, `..` or holds a slash.
    #[error("this is no name for a file or folder")]
    Name,
    /// A spelling of `.git`.
    #[error("some system reads this name as .git, git's own folder; rename it")]
    DotGit,
    /// A submodule or its list.
    #[error("submodules cannot be pushed here; add the files themselves or ask the owner")]
    Submodule,
    /// A mode that git does not use.
    #[error("the file mode {0} is not one that can be pushed")]
    Mode(String),
    /// A link that leaves the tree.
    #[error(
        "the symbolic link points to {0}, outside the repository or to a place that cannot be told; use a relative target inside it"
    )]
    Link(String),
    /// Two names for one file on some systems.
    #[error("the name differs from {0} only in case or Unicode form; some systems hold one of them only")]
    Case(String),
    /// An attribute that starts a program.
    #[error("line {0} sets a filter; attributes that start programs cannot be pushed here")]
    Filter(usize),
    /// A file of attributes that is too large.
    #[error("the file of attributes has more than {0} bytes")]
    Attributes(u64),
    /// A folder with too many entries.
    #[error("the folder has more than {0} entries")]
    Wide(usize),
    /// Folders in folders.
    #[error("folders are more than {0} deep")]
    Deep(usize),
    /// A path that is too long.
    #[error("the path is longer than {0} bytes")]
    Long(usize),
}

/// Reads objects of the quarantine for the rules.
pub trait TreeObjects {
    /// What reading fails with.
    type Error;
    /// The bytes of a tree.
    ///
    /// # Errors
    /// When it cannot be read.
    fn tree(&self, id: &str) -> Result<Vec<u8>, Self::Error>;
    /// The bytes of a blob, or none when it has more than `most`.
    ///
    /// # Errors
    /// When it cannot be read.
    fn blob(&self, id: &str, most: u64) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// A broken rule or a failure to read.
#[derive(Debug)]
pub enum CheckError<E> {
    /// A rule.
    Tree(TreeError),
    /// Too many changed entries.
    TooMany {
        /// The limit.
        most: usize,
    },
    /// A failure.
    Read(E),
}

const LONGEST_LINK: u64 = 4_096;
const LONGEST_ATTRIBUTES: u64 = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    mode: Vec<u8>,
    name: Vec<u8>,
    id: String,
}

impl Entry {
    fn is_folder(&self) -> bool {
        self.mode == b"40000" || self.mode == b"040000"
    }
}

/// Judges commits one after the other with one budget of changed entries.
#[derive(Debug)]
pub struct TreeChecker<'a, O> {
    objects: &'a O,
    limits: &'a ReceiveLimits,
    changed: usize,
}

struct Folder {
    path: Vec<u8>,
    depth: usize,
    id: String,
    before: Vec<String>,
}

impl<'a, O: TreeObjects> TreeChecker<'a, O> {
    /// Starts with a full budget.
    #[must_use]
    pub fn new(objects: &'a O, limits: &'a ReceiveLimits) -> Self {
        Self {
            objects,
            limits,
            changed: 0,
        }
    }

    /// Judges `commit` with its `tree` against the trees of its parents.
    ///
    /// # Errors
    /// At the first broken rule.
    pub fn check(
        &mut self,
        commit: &str,
        tree: &str,
        parents: &[String],
    ) -> Result<(), CheckError<O::Error>> {
        if parents.iter().any(|parent| parent == tree) {
            return Ok(());
        }
        let mut open = vec![Folder {
            path: Vec::new(),
            depth: 0,
            id: tree.to_owned(),
            before: parents.to_vec(),
        }];
        while let Some(folder) = open.pop() {
            self.folder(commit, &folder, &mut open)?;
        }
        Ok(())
    }

    fn folder(
        &mut self,
        commit: &str,
        folder: &Folder,
        open: &mut Vec<Folder>,
    ) -> Result<(), CheckError<O::Error>> {
        let broken = |path: &[u8], rule: TreeRule| {
            CheckError::Tree(TreeError {
                commit: commit.chars().take(12).collect(),
                path: show(path),
                rule,
            })
        };
        let bytes = self.objects.tree(&folder.id).map_err(CheckError::Read)?;
        let entries = parse(&bytes).ok_or_else(|| broken(&folder.path, TreeRule::Broken))?;
        if entries.len() > self.limits.folder_entries {
            return Err(broken(&folder.path, TreeRule::Wide(self.limits.folder_entries)));
        }
        let mut before = Vec::new();
        for id in &folder.before {
            let bytes = self.objects.tree(id).map_err(CheckError::Read)?;
            let parsed = parse(&bytes).unwrap_or_default();
            before.push(
                parsed
                    .into_iter()
                    .map(|entry| (entry.name.clone(), entry))
                    .collect::<HashMap<_, _>>(),
            );
        }
        let mut folded: HashMap<Vec<u8>, &Entry> = HashMap::with_capacity(entries.len());
        let mut clashes: HashMap<&[u8], &Entry> = HashMap::new();
        for entry in &entries {
            if let Some(other) = folded.insert(fold_name(&entry.name), entry) {
                clashes.insert(&entry.name, other);
                clashes.insert(&other.name, entry);
            }
        }
        for entry in &entries {
            if before.iter().any(|parent| parent.get(&entry.name) == Some(entry)) {
                continue;
            }
            self.changed = self.changed.saturating_add(1);
            if self.changed > self.limits.changed_entries {
                return Err(CheckError::TooMany {
                    most: self.limits.changed_entries,
                });
            }
            let mut path = folder.path.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&entry.name);
            if path.len() > self.limits.path_bytes {
                return Err(broken(&folder.path, TreeRule::Long(self.limits.path_bytes)));
            }
            if let Some(rule) = name_rule(&entry.name) {
                return Err(broken(&path, rule));
            }
            let known_before = before.iter().any(|parent| parent.contains_key(&entry.name));
            if let Some(other) = clashes.get(entry.name.as_slice()).filter(|_| !known_before) {
                return Err(broken(&path, TreeRule::Case(show(&other.name))));
            }
            if entry.is_folder() {
                if folder.depth + 1 > self.limits.folder_depth {
                    return Err(broken(&path, TreeRule::Deep(self.limits.folder_depth)));
                }
                let before = before.iter().filter_map(|parent| parent.get(&entry.name));
                let before = before
                    .filter(|entry| entry.is_folder())
                    .map(|entry| entry.id.clone())
                    .collect();
                open.push(Folder {
                    path,
                    depth: folder.depth + 1,
                    id: entry.id.clone(),
                    before,
                });
            } else if let Some(rule) = self.file_rule(entry, folder.depth).map_err(CheckError::Read)? {
                return Err(broken(&path, rule));
            }
        }
        Ok(())
    }

    fn file_rule(&self, entry: &Entry, depth: usize) -> Result<Option<TreeRule>, O::Error> {
        Ok(match entry.mode.as_slice() {
            b"100644" | b"100755" if reads_as(&entry.name, ".gitattributes", "gitatt") => {
                match self.objects.blob(&entry.id, LONGEST_ATTRIBUTES)? {
                    None => Some(TreeRule::Attributes(LONGEST_ATTRIBUTES)),
                    Some(bytes) => filter_line(&bytes).map(TreeRule::Filter),
                }
            }
            b"100644" | b"100755" => {
                reads_as(&entry.name, ".gitmodules", "gitmod").then_some(TreeRule::Submodule)
            }
            b"120000" => match self.objects.blob(&entry.id, LONGEST_LINK)? {
                Some(target) if !is_dot_file(&entry.name) && stays_inside(&target, depth) => None,
                Some(target) => Some(TreeRule::Link(show(&target))),
                None => Some(TreeRule::Link("a target longer than 4096 bytes".to_owned())),
            },
            b"160000" => Some(TreeRule::Submodule),
            other => Some(TreeRule::Mode(show(other))),
        })
    }
}

fn parse(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let space = rest.iter().take(8).position(|byte| *byte == b' ')?;
        let (mode, after) = rest.split_at_checked(space)?;
        let after = after.get(1..)?;
        let end = after.iter().position(|byte| *byte == 0)?;
        let (name, after) = after.split_at_checked(end)?;
        let (id, after) = after.get(1..)?.split_at_checked(20)?;
        let id = id.iter().fold(String::with_capacity(40), |mut text, byte| {
            for half in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
            text
        });
        entries.push(Entry {
            mode: mode.to_vec(),
            name: name.to_vec(),
            id,
        });
        rest = after;
    }
    Some(entries)
}

fn name_rule(name: &[u8]) -> Option<TreeRule> {
    if name.is_empty() || name == b"." || name == b".." || name.contains(&b'/') {
        return Some(TreeRule::Name);
    }
    // On Windows a backslash parts folders, so that `a\..\.git\x` would be a path.
    let parts: Vec<&[u8]> = name.split(|byte| *byte == b'\\').collect();
    if parts.len() > 1 && parts.iter().any(|part| *part == b".." || *part == b".") {
        return Some(TreeRule::Name);
    }
    parts
        .iter()
        .any(|part| reads_as(part, ".git", "git"))
        .then_some(TreeRule::DotGit)
}

/// Whether HFS+ counts a character when it compares names.
fn is_counted(character: &char) -> bool {
    !matches!(character, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// The form in which file systems that fold case (NTFS, APFS) or normal form (HFS+, APFS) compare names: names with the same form may
/// be one file there. Bytes that are no UTF-8 stand for themselves.
#[must_use]
pub fn fold_name(name: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(name) else {
        return name.to_ascii_lowercase();
    };
    // Upper, then lower: also long s, final sigma and sharp s meet their kin.
    text.chars()
        .filter(is_counted)
        .nfd()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfd()
        .collect::<String>()
        .into_bytes()
}

/// Whether NTFS or HFS+ may read `name` as `dotted`, whose short name on NTFS is `short~N`.
fn reads_as(name: &[u8], dotted: &str, short: &str) -> bool {
    let text = String::from_utf8_lossy(name);
    let folded: String = text.chars().filter(is_counted).collect::<String>().to_lowercase();
    let stream = folded.split(':').next().unwrap_or_default();
    let trimmed = stream.trim_end_matches(['.', ' ']);
    trimmed == dotted
        || trimmed
            .strip_prefix(short)
            .and_then(|rest| rest.strip_prefix('~'))
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Files that git itself reads must not be links.
fn is_dot_file(name: &[u8]) -> bool {
    [
        (".gitattributes", "gitatt"),
        (".gitmodules", "gitmod"),
        (".gitignore", "gitign"),
        (".mailmap", "mailma"),
    ]
    .iter()
    .any(|(dotted, short)| reads_as(name, dotted, short))
}

/// Whether a link in a folder `depth` folders below the root stays inside, whatever links lie on its way.
///
/// `..` is allowed at the beginning only: after a name it would count from wherever a link of that name leads.
fn stays_inside(target: &[u8], depth: usize) -> bool {
    if target.is_empty() || target.starts_with(b"/") || target.contains(&b'\\') || target.contains(&0) {
        return false;
    }
    let second = target.get(1).copied();
    if second == Some(b':') {
        return false;
    }
    let (mut up, mut named) = (0_usize, false);
    for part in target.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if named => return false,
            b".." => up += 1,
            part if reads_as(part, ".git", "git") => return false,
            _ => named = true,
        }
    }
    up <= depth
}

/// The number of the first line that sets a filter.
fn filter_line(bytes: &[u8]) -> Option<usize> {
    bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .find_map(|(index, line)| {
            let line = String::from_utf8_lossy(line);
            let line = line.trim_start();
            if line.starts_with('#') {
                return None;
            }
            let sets = line
                .split_whitespace()
                .skip(1)
                .any(|word| word == "filter" || word.starts_with("filter="));
            sets.then_some(index + 1)
        })
}

/// Whether a character draws on a terminal, turns the direction of text or cannot be seen.
pub(super) fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A path as shown to a person: control characters and bytes that are no text escaped, at most 300 characters.
#[must_use]
pub fn show(path: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in path.utf8_chunks() {
        for character in chunk.valid().chars() {
            if misleads(character) {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    if shown.is_empty() {
        return "(the root)".to_owned();
    }
    if shown.chars().count() > 300 {
        shown.chars().take(300).chain("...".chars()).collect()
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_dot_git_is_found() {
        for bad in [
            ".git",
            ".GIT",
            ".Git",
            "git~1",
            "GIT~1",
            "git~12",
            ".git ",
            ".git.",
            ".git. .",
            ".git::$INDEX_ALLOCATION",
            ".git:x",
            ".g\u{200c}it",
            "\u{feff}.git",
            "a\\.git\\config",
            ".git\\x",
        ] {
            assert_eq!(name_rule(bad.as_bytes()), Some(TreeRule::DotGit), "{bad:?}");
        }
        for bad in ["", ".", "..", "a/b", "a\\..\\b"] {
            assert_eq!(name_rule(bad.as_bytes()), Some(TreeRule::Name), "{bad:?}");
        }
        for good in [
            ".github",
            ".gitignore",
            "git",
            "git~",
            "digit~1",
            ".gitx",
            "a.git",
            "x\\y",
        ] {
            assert_eq!(name_rule(good.as_bytes()), None, "{good:?}");
        }
    }

    #[test]
    fn names_that_are_one_file_somewhere_fold_alike() {
        for (one, other) in [
            ("README.md", "readme.MD"),
            ("caf\u{e9}.rs", "cafe\u{301}.rs"),
            ("CAF\u{c9}.rs", "cafe\u{301}.rs"),
            ("stra\u{df}e", "STRASSE"),
            ("\u{3c3}\u{3c2}", "\u{3a3}\u{3a3}"),
            ("\u{212a}elvin", "kelvin"),
            ("\u{1e9b}\u{323}", "\u{17f}\u{323}\u{307}"),
            ("\u{ac00}", "\u{1100}\u{1161}"),
            ("a\u{200d}b", "ab"),
        ] {
            assert_eq!(
                fold_name(one.as_bytes()),
                fold_name(other.as_bytes()),
                "{one:?} {other:?}"
            );
        }
        for (one, other) in [
            ("a", "b"),
            ("cafe", "caf\u{e9}"),
            ("a-b", "a_b"),
            ("\u{130}", "i"),
        ] {
            assert_ne!(
                fold_name(one.as_bytes()),
                fold_name(other.as_bytes()),
                "{one:?} {other:?}"
            );
        }
        assert_ne!(
            fold_name(b"caf\xe9.rs"),
            fold_name(b"caf\xe8.rs"),
            "no text: each byte counts"
        );
        assert_eq!(fold_name(b"CAF\xe9"), fold_name(b"caf\xe9"));
    }

    #[test]
    fn links_stay_inside() {
        for (target, depth) in [("a", 0), ("../a", 1), ("./a/b", 0), ("../../x", 2), ("..", 1)] {
            assert!(stays_inside(target.as_bytes(), depth), "{target} {depth}");
        }
        for (target, depth) in [
            ("/etc/passwd", 3),
            ("..", 0),
            ("../../x", 1),
            ("a/../../x", 5),
            ("", 1),
            (".git/config", 0),
            ("C:x", 2),
            ("..\\x", 2),
        ] {
            assert!(!stays_inside(target.as_bytes(), depth), "{target} {depth}");
        }
    }

    #[test]
    fn filters_are_found() {
        assert_eq!(filter_line(b"*.rs text\n*.bin filter=lfs diff=lfs\n"), Some(2));
        assert_eq!(filter_line(b"[attr]evil filter=x\n"), Some(1));
        assert_eq!(filter_line(b"# filter=x\n*.rs -filter\nfilter=x text\n"), None);
    }

    #[test]
    fn a_path_cannot_draw_on_a_terminal() {
        assert_eq!(show(b"a\x1b[2Jb\xff"), "a\\u{1b}[2Jb\\xff");
    }
}
