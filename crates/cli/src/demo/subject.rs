//! The subject of the demo: a bare copy of a real repository, and an estate that shares a slice of it.
//!
//! A Rust workspace is sliced by its members, so that what is shared still builds; anything else by its folders or files.

use super::process::{git, run, run_with};
use anyhow::{Context, Result};
use ringfence_syntax::Language;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

mod workspace;

/// How the vendor sees that the slice is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// `cargo check` of one package in the vendor's clone.
    Cargo {
        /// The package.
        package: String,
    },
    /// Every delivered file parses as well as the owner's does; Python files are compiled by `python3`.
    Syntax,
}

/// What is shared with whom.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Globs that the vendor may read.
    pub read: Vec<String>,
    /// Globs that the vendor may change.
    pub write: Vec<String>,
    /// Globs of the asset that stays hidden.
    pub hidden: Vec<String>,
    /// Files delivered instead of the owner's: path and text.
    pub replaced: Vec<(String, String)>,
    /// How the vendor sees that it is whole.
    pub check: Check,
    /// A file the vendor changes, inside `write`.
    pub writable_file: String,
    /// A file the vendor may only read.
    pub readable_file: String,
    /// A file the vendor must never see.
    pub hidden_file: String,
}

/// The owner's repository as the demo uses it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Bare repository, the owner's forge.
    pub source: PathBuf,
    /// Branch that is tracked.
    pub branch: String,
    /// What is shared.
    pub slice: Slice,
    /// Tracked files.
    pub files: usize,
}

impl Subject {
    /// Copies `repository` (a checkout, a bare repository or a plain folder) into `folder` and slices it.
    ///
    /// # Errors
    /// When it holds no source file of a marked language, or git fails.
    pub fn prepare(repository: &Path, folder: &Path) -> Result<Self> {
        let source = folder.join("upstream.git");
        let branch = "main".to_owned();
        copy_repository(repository, &source, folder)?;
        let listed = run(git(&source).args(["ls-tree", "-r", "-z", "--name-only", &branch]))?
            .expect_well("git ls-tree")?;
        let files: Vec<String> = listed
            .out
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect();
        let slice = match workspace::slice(&source, &branch, &files)? {
            Some(slice) => slice,
            None => slice_by_paths(&files)?,
        };
        Ok(Self {
            source,
            branch,
            slice,
            files: files.len(),
        })
    }

    /// The estate file: two vendors, one agreement each, one view.
    pub fn estate(&self) -> String {
        let mut text = String::from(
            "version = 1\n\n[owner]\nname = \"Acme\"\ncountry = \"DE\"\n\n[policy]\nrequire = [\"agreement\"]\nallow_vouched = true\n",
        );
        let list = |globs: &[String]| {
            globs
                .iter()
                .map(|glob| quoted(glob))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let _ = writeln!(
            text,
            "\n[[repository]]\nname = \"shop\"\nsource = {}\nbranch = {}",
            quoted(&self.source.display().to_string()),
            quoted(&self.branch)
        );
        let _ = writeln!(
            text,
            "\n[[asset]]\nname = \"pricing\"\nkind = \"algorithm\"\nprotection = [\"trade-secret\", \"copyright\"]\norigin = \"own-secret\"\nsensitivity = \"restricted\"\nrepository = \"shop\"\npaths = [{}]",
            list(&self.slice.hidden)
        );
        for (party, country, person, agreement) in [
            ("nordwind", "PL", "ada@nordwind.example", "NDA-7"),
            ("suedwerk", "AT", "bo@suedwerk.example", "NDA-8"),
        ] {
            let _ = writeln!(
                text,
                "\n[[party]]\nname = \"{party}\"\nrole = \"vendor\"\ncountry = \"{country}\""
            );
            let _ = writeln!(text, "\n[[person]]\nemail = \"{person}\"\nparty = \"{party}\"");
            let _ = writeln!(
                text,
                "\n[[agreement]]\nid = \"{agreement}\"\nkind = \"nda\"\nparties = [\"owner\", \"{party}\"]\nsignatories = [\"owner\", \"{person}\"]\neffective = 2026-01-01\nends = 2099-12-31\npurpose = \"storefront-rework\"\nassets = [\"*\"]\ngoverning_law = \"DE\""
            );
            let _ = writeln!(
                text,
                "\n[[grant]]\nrecipient = \"{party}\"\nview = \"storefront\"\nagreements = [\"{agreement}\"]\npurpose = \"storefront-rework\"\nfrom = 2026-01-01\nuntil = 2099-12-31"
            );
        }
        let _ = writeln!(
            text,
            "\n[[view]]\nname = \"storefront\"\nrepository = \"shop\"\nhistory = \"snapshot\"\nmessages = \"neutral\"\nauthors = \"role\"\nmarks = {{ profile = \"auto\", except = [\"**/tests/**\", \"**/test/**\"] }}\nrules = [\n  {{ visibility = \"read\", paths = [{}] }},\n  {{ visibility = \"write\", paths = [{}] }},\n  {{ visibility = \"hidden\", paths = [{}] }},\n]",
            list(&self.slice.read),
            list(&self.slice.write),
            list(&self.slice.hidden)
        );
        for (path, _) in &self.slice.replaced {
            let _ = writeln!(
                text,
                "\n[[view.replace]]\npath = {}\nfile = {}",
                quoted(path),
                quoted(&format!("views/storefront/{path}"))
            );
        }
        text
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Makes a bare copy whose branch `main` is the subject's HEAD; a folder without history gets one commit of its files.
fn copy_repository(repository: &Path, source: &Path, folder: &Path) -> Result<()> {
    let repository = repository
        .canonicalize()
        .with_context(|| format!("there is no repository at {}", repository.display()))?;
    let has_history =
        run(git(&repository).args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]))?.well();
    let top = run(git(&repository).args(["rev-parse", "--show-toplevel"]))?.out;
    // A plain folder inside somebody else's checkout is a subject of its own.
    let own = Path::new(top.trim()) == repository
        || run(git(&repository).args(["rev-parse", "--is-bare-repository"]))?
            .out
            .trim()
            == "true";
    let from = if has_history && own {
        repository
    } else {
        import(&repository, &folder.join("import"))?
    };
    run(git(folder).args(["init", "--quiet", "--bare"]).arg(source))?.expect_well("git init")?;
    run(git(source)
        .args(["fetch", "--quiet", "--no-tags", "--update-shallow"])
        .arg(&from)
        .arg("HEAD:refs/heads/main"))?
    .expect_well("git fetch")?;
    run(git(source).args(["symbolic-ref", "HEAD", "refs/heads/main"]))?.expect_well("git symbolic-ref")?;
    Ok(())
}

fn import(files: &Path, work: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(work)?;
    run(git(work).args(["init", "--quiet"]))?.expect_well("git init")?;
    let mut add = git(work);
    add.arg("--work-tree").arg(files).args(["add", "--all", "."]);
    run(add.current_dir(work).env("GIT_DIR", work.join(".git")))?.expect_well("git add")?;
    let mut commit = git(work);
    commit.args([
        "-c",
        "user.name=Acme",
        "-c",
        "user.email=dev@acme.example",
        "commit",
        "--quiet",
        "-m",
        "Import",
    ]);
    run(&mut commit)?.expect_well("git commit")?;
    Ok(work.to_path_buf())
}

/// The text of a file at the tip.
pub(crate) fn text_of(source: &Path, branch: &str, path: &str) -> Result<String> {
    Ok(run_with(
        git(source).args(["cat-file", "blob", &format!("{branch}:{path}")]),
        b"",
    )?
    .expect_well("git cat-file")?
    .out)
}

fn marked(path: &str) -> bool {
    Language::from_path(path.as_bytes()).is_some()
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| {
        matches!(
            part,
            "tests" | "test" | "testdata" | "docs" | "examples" | "benches"
        ) || part.starts_with("test_")
            || part.contains("_test.")
            || part.contains(".test.")
    })
}

/// A glob that matches exactly this path.
pub(crate) fn exactly(path: &str) -> String {
    let mut glob = String::from("/");
    for letter in path.chars() {
        if matches!(letter, '*' | '?' | '[' | ']' | '\\' | '!' | '#' | ' ') {
            glob.push('\\');
        }
        glob.push(letter);
    }
    glob
}

/// Hides one part, opens one for writing, and shows the rest: by folders of source where there are several, else by files.
fn slice_by_paths(files: &[String]) -> Result<Slice> {
    let sources: Vec<&String> = files
        .iter()
        .filter(|path| marked(path) && !is_test(path))
        .collect();
    anyhow::ensure!(
        sources.len() >= 3,
        "the repository has {} source files in Rust, Python, JavaScript, TypeScript, Java, Go or C; the demo needs at least 3",
        sources.len()
    );
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map_or(String::new(), |(folder, _)| folder.to_owned())
    };
    let folders: BTreeSet<String> = sources
        .iter()
        .map(|path| folder(path))
        .filter(|name| !name.is_empty())
        .collect();
    // Leaves only: a folder that holds another would take it along.
    let mut leaves: Vec<(usize, String)> = folders
        .iter()
        .filter(|name| !folders.iter().any(|other| other.starts_with(&format!("{name}/"))))
        .map(|name| {
            (
                sources.iter().filter(|path| folder(path) == **name).count(),
                name.clone(),
            )
        })
        .collect();
    leaves.sort();
    let total = sources.len();
    let small: Vec<&(usize, String)> = leaves.iter().filter(|(count, _)| count * 4 <= total).collect();
    let parts = match small.as_slice() {
        [.., first, second] => Some(((*first).clone(), (*second).clone())),
        _ => None,
    };
    let (hidden, write, hidden_file, writable_file) = if let Some(((_, hide), (_, open))) = parts {
        let first_in = |name: &str| {
            sources
                .iter()
                .find(|path| folder(path) == name)
                .map(|path| (*path).clone())
        };
        (
            vec![format!("{}/**", exactly(&hide))],
            vec![format!("{}/**", exactly(&open))],
            first_in(&hide).context("an empty folder was chosen")?,
            first_in(&open).context("an empty folder was chosen")?,
        )
    } else {
        let step = (total / 6).max(1);
        let hide: Vec<String> = sources.iter().take(step).map(|path| exactly(path)).collect();
        let open: Vec<String> = sources
            .iter()
            .skip(step)
            .take(step)
            .map(|path| exactly(path))
            .collect();
        (
            hide,
            open,
            (*sources.first().context("no source file")?).clone(),
            (*sources.get(step).context("too few source files")?).clone(),
        )
    };
    let hidden_folder = hidden
        .iter()
        .find_map(|glob| glob.strip_suffix("/**").map(str::to_owned));
    let write_folder = write
        .iter()
        .find_map(|glob| glob.strip_suffix("/**").map(str::to_owned));
    let inside = |path: &str, globs: &[String], folder: &Option<String>| {
        globs.contains(&exactly(path))
            || folder
                .as_ref()
                .is_some_and(|name| exactly(path).starts_with(&format!("{name}/")))
    };
    let readable_file = sources
        .iter()
        .find(|path| !inside(path, &hidden, &hidden_folder) && !inside(path, &write, &write_folder))
        .map(|path| (*path).clone())
        .context("nothing is left to read")?;
    Ok(Slice {
        read: vec!["*".to_owned()],
        write,
        hidden,
        replaced: Vec::new(),
        check: Check::Syntax,
        writable_file,
        readable_file,
        hidden_file,
    })
}
