//! Hostile pushes: objects named but not had, paths and references that must not be, scope by detours.

use super::stage::*;
use ringfence_testkit::GitRepository;
use std::io::Write;
use std::process::Stdio;

const NONE: &str = "0000000000000000000000000000000000000000";
const ABSENT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Runs git with `input` on standard input and gives the bytes that it printed.
fn piped(repository: &GitRepository, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = repository.command();
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let done = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    });
    assert!(
        done.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    done.stdout
}

fn id_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap().trim().to_owned()
}

fn blob(repository: &GitRepository, content: &[u8]) -> String {
    id_of(piped(
        repository,
        &["hash-object", "-w", "--stdin", "-t", "blob"],
        content,
    ))
}

/// A raw tree, whatever its names; git's own tools refuse some of them.
fn tree(repository: &GitRepository, entries: &[(&str, &[u8], &str)]) -> String {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(name);
        bytes.push(0);
        for at in (0..40).step_by(2) {
            bytes.push(u8::from_str_radix(&id[at..at + 2], 16).unwrap());
        }
    }
    id_of(piped(
        repository,
        &["hash-object", "-w", "--stdin", "-t", "tree", "--literally"],
        &bytes,
    ))
}

fn commit(repository: &GitRepository, tree: &str, parents: &[&str]) -> String {
    let mut text = format!("tree {tree}\n");
    for parent in parents {
        text.push_str(&format!("parent {parent}\n"));
    }
    text.push_str("author Ada <ada@example.org> 1767600000 +0000\ncommitter Ada <ada@example.org> 1767600000 +0000\n\nhostile\n");
    id_of(piped(
        repository,
        &["hash-object", "-w", "--stdin", "-t", "commit", "--literally"],
        text.as_bytes(),
    ))
}

/// A pack of exactly these objects.
fn pack(repository: &GitRepository, ids: &[&str]) -> Vec<u8> {
    let list: String = ids.iter().map(|id| format!("{id}\n")).collect();
    piped(repository, &["pack-objects", "--stdout", "-q"], list.as_bytes())
}

struct Attacker {
    stage: Stage,
    token: String,
    clone: GitRepository,
    main: String,
}

impl Attacker {
    fn new(stage: Stage) -> Self {
        let token = stage.token(ADA);
        let clone = stage.clone_with(&token, "clone");
        let main = clone.git(&["rev-parse", "HEAD"]);
        Self {
            stage,
            token,
            clone,
            main,
        }
    }

    fn push(&self, reference: &str, old: &str, new: &str, pack: &[u8]) -> Reply {
        let mut body = packet(&format!("{old} {new} {reference}\0 report-status side-band-64k"));
        body.extend_from_slice(b"0000");
        body.extend_from_slice(pack);
        self.stage.post("git-receive-pack", &self.token, 0, &body)
    }

    /// A push that must be refused; gives what the person reads.
    fn refused(&self, what: &str, new: &str, pack: &[u8]) -> String {
        let before = self.store_refs();
        let reply = self.push("refs/heads/attack", NONE, new, pack);
        let text = reply.text();
        assert!(!text.contains("ok refs/heads/attack"), "{what} was taken: {text}");
        assert!(
            text.contains("ringfence: "),
            "{what}: no reason: {} {text}",
            reply.head
        );
        assert!(
            !text.contains(HIDDEN_WORD) && !text.contains("ringfence-home"),
            "{what}: {text}"
        );
        assert_eq!(self.store_refs(), before, "{what}");
        text
    }

    /// A commit on main whose root has `entries` besides `web`, refused.
    fn root(&self, what: &str, mode: &str, name: &[u8], id: &str) -> String {
        let root = tree(&self.clone, &[(mode, name, id)]);
        let commit = commit(&self.clone, &root, &[&self.main]);
        let mut ids = vec![commit.as_str(), root.as_str()];
        if self.clone.try_git(&["cat-file", "-e", id]).0 {
            ids.push(id);
        }
        self.refused(what, &commit, &pack(&self.clone, &ids))
    }

    fn store_refs(&self) -> String {
        self.stage.store("nordwind").git(&["for-each-ref"])
    }

    fn owner_refs(&self) -> String {
        self.stage.owner.git(&["for-each-ref"])
    }
}

#[test]
fn objects_that_a_push_only_names_are_not_had() {
    let attacker = Attacker::new(Stage::usual());
    let (stage, clone, main) = (&attacker.stage, &attacker.clone, attacker.main.as_str());
    let owned = |what: &str| stage.owner.git(&["rev-parse", what]);
    let named = |kind: &str, id: &str| {
        let (what, new, ids) = match kind {
            "blob" | "canonical" => {
                let web = tree(clone, &[("100644", b"router.rs", id)]);
                let root = tree(clone, &[("40000", b"web", &web)]);
                let new = commit(clone, &root, &[main]);
                ("a blob", new.clone(), vec![new, root, web])
            }
            "tree" => {
                let root = tree(clone, &[("40000", b"web", id)]);
                let new = commit(clone, &root, &[main]);
                ("a tree", new.clone(), vec![new, root])
            }
            "root" => {
                let new = commit(clone, id, &[main]);
                ("a root", new.clone(), vec![new])
            }
            "parent" => {
                let root = clone.git(&["rev-parse", "HEAD^{tree}"]);
                let new = commit(clone, &root, &[id]);
                ("a parent", new.clone(), vec![new])
            }
            _ => ("a tip", id.to_owned(), Vec::new()),
        };
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        attacker
            .refused(what, &new, &pack(clone, &ids))
            .replace(id, "ID")
            .replace(&new, "NEW")
            .replace(&new[..12], "NEW")
    };
    for (kind, secret) in [
        ("blob", owned("main:pricing/formula.rs")),
        ("canonical", owned("main:web/tool.py")),
        ("tree", owned("main:pricing")),
        ("tree", owned("main:web")),
        ("root", owned("main^{tree}")),
        ("parent", owned("main")),
        ("parent", owned("main~1")),
        ("tip", owned("main")),
        ("tip", owned("main:pricing/formula.rs")),
    ] {
        // What the owner has and what nobody has are refused in the same words.
        assert_eq!(named(kind, &secret), named(kind, ABSENT), "{kind} {secret}");
    }
    // Thin packs: a delta whose base is the owner's, against one whose base is nobody's.
    let knower = GitRepository::create(&stage.folder().join("knower"));
    knower.git(&["fetch", "-q", stage.owner.path().to_str().unwrap(), "main:owner"]);
    knower.git(&["fetch", "-q", clone.path().to_str().unwrap(), "HEAD:view"]);
    let thin = |base: &str, text: &str| {
        let id = blob(&knower, text.as_bytes());
        let web = tree(&knower, &[("100644", b"tool.py", &id)]);
        let root = tree(&knower, &[("40000", b"web", &web)]);
        let new = commit(&knower, &root, &[base]);
        let bytes = piped(
            &knower,
            &["pack-objects", "--thin", "--stdout", "-q", "--revs"],
            format!("{new}\n^{base}\n").as_bytes(),
        );
        assert!(bytes.len() < 2_000, "not thin: {} bytes", bytes.len());
        attacker.refused("a thin pack", &new, &bytes)
    };
    let ids = |text: String| -> String {
        text.split_inclusive(|c: char| !c.is_ascii_hexdigit())
            .map(|word| if word.len() > 38 { "ID " } else { word })
            .collect()
    };
    let theirs = thin(&owned("main"), &format!("{PYTHON}# more\n"));
    let nobodys = {
        let text: String = (0..3_000)
            .map(|line| format!("line {line} {}\n", line * 7_919 % 10_007))
            .collect();
        let id = blob(&knower, text.as_bytes());
        let web = tree(&knower, &[("100644", b"tool.py", &id)]);
        let root = tree(&knower, &[("40000", b"web", &web)]);
        let base = commit(&knower, &root, &[]);
        thin(&base, &format!("{text}# more\n"))
    };
    assert_eq!(ids(theirs), ids(nobodys));
}

#[test]
fn paths_and_entries_that_must_not_be_are_refused_with_their_name() {
    let attacker = Attacker::new(Stage::usual());
    let clone = &attacker.clone;
    let file = blob(clone, b"[core]\n\tfsmonitor = touch /tmp/owned\n");
    let inner = tree(clone, &[("100644", b"config", &file)]);
    for name in [
        &b".git"[..],
        b".GIT",
        b"git~1",
        b".git ",
        b".git.",
        b".git::$INDEX_ALLOCATION",
        "\u{200c}.git".as_bytes(),
        ".g\u{200d}it".as_bytes(),
        b"..",
        b".",
        b"a\\..\\.git",
    ] {
        let root = tree(clone, &[("40000", name, &inner)]);
        let new = commit(clone, &root, &[&attacker.main]);
        attacker.refused(
            &format!("{:?}", String::from_utf8_lossy(name)),
            &new,
            &pack(clone, &[&new, &root, &inner, &file]),
        );
    }
    for (target, name) in [
        ("/etc/passwd", "absolute"),
        ("../../../../etc/passwd", "up"),
        ("../pricing/formula.rs", "out"),
        (".git/config", "git"),
        ("web/../../x", "through"),
    ] {
        let link = blob(clone, target.as_bytes());
        let text = attacker.root(&format!("a link to {target}"), "120000", name.as_bytes(), &link);
        assert!(text.contains(name), "{text}");
    }
    assert!(
        attacker
            .root("a submodule", "160000", b"module", ABSENT)
            .contains("module")
    );
    let modules = blob(clone, b"[submodule \"x\"]\n\tpath = x\n\turl = -u./payload\n");
    attacker.root(".gitmodules", "100644", b".gitmodules", &modules);
    let filter = blob(clone, b"*.rs filter=lfs\n");
    attacker.root("a filter", "100644", b".gitattributes", &filter);
    attacker.root("a device", "060000", b"device", &file);
    attacker.root("a slash", "100644", b"web/x.rs", &file);
    attacker.root("no name", "100644", b"", &file);
    // One file for some systems.
    let web = tree(
        clone,
        &[("100644", b"NEW.rs", &file), ("100644", b"new.rs", &file)],
    );
    attacker.root("case", "40000", b"web", &web);
    // Twice the same name.
    let twice = tree(
        clone,
        &[("100644", b"same.rs", &file), ("100644", b"same.rs", &inner)],
    );
    attacker.root("twice", "40000", b"web", &twice);
    // A path that draws on a terminal is refused or shown without drawing.
    let text = attacker.root("an escape", "100644", b"out\x1b[2J\x07.rs", &file);
    assert!(!text.contains('\x1b') && !text.contains('\x07'), "{text:?}");
}

#[test]
fn bombs_and_floods_are_refused_quickly() {
    let attacker = Attacker::new(Stage::usual());
    let clone = &attacker.clone;
    let started = std::time::Instant::now();
    let zeros = blob(clone, &vec![0_u8; 48 << 20]);
    let web = tree(clone, &[("100644", b"zeros.bin", &zeros)]);
    let root = tree(clone, &[("40000", b"web", &web)]);
    let new = commit(clone, &root, &[&attacker.main]);
    let bytes = pack(clone, &[&new, &root, &web, &zeros]);
    assert!(bytes.len() < 1 << 20);
    attacker.refused("a blob bomb", &new, &bytes);
    // More entries than one push may have, said in the header.
    let mut flood = b"PACK\0\0\0\x02".to_vec();
    flood.extend_from_slice(&100_001_u32.to_be_bytes());
    flood.extend_from_slice(&bytes[12..]);
    assert!(attacker.refused("100,001 entries", &new, &flood).contains("100"));
    // A folder of 100,001 names of one blob is small on the wire.
    let file = blob(clone, b"x");
    let names: Vec<String> = (0..100_001).map(|number| format!("f{number:06}.rs")).collect();
    let entries: Vec<(&str, &[u8], &str)> = names
        .iter()
        .map(|name| ("100644", name.as_bytes(), file.as_str()))
        .collect();
    let wide = tree(clone, &entries);
    let root = tree(clone, &[("40000", b"web", &wide)]);
    let new = commit(clone, &root, &[&attacker.main]);
    attacker.refused("a wide folder", &new, &pack(clone, &[&new, &root, &wide, &file]));
    // Trees in trees.
    let mut deep = tree(clone, &[("100644", b"x.rs", &file)]);
    let mut ids = vec![deep.clone(), file.clone()];
    for _ in 0..150 {
        deep = tree(clone, &[("40000", b"d", &deep)]);
        ids.push(deep.clone());
    }
    let new = commit(clone, &deep, &[&attacker.main]);
    ids.push(new.clone());
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    attacker.refused("a deep tree", &new, &pack(clone, &ids));
    for (what, garbage) in [
        ("nothing", &b""[..]),
        ("half a pack", &bytes[..40]),
        ("no pack", b"hello"),
        ("a flipped byte", &{
            let mut flipped = bytes.clone();
            flipped[30] ^= 0x40;
            flipped
        }),
    ] {
        attacker.refused(what, &new, garbage);
    }
    assert!(started.elapsed().as_secs() < 12, "{:?}", started.elapsed());
    assert_eq!(attacker.stage.get("/healthz", None, 0).text(), "ok\n");
}

#[test]
fn references_other_than_ones_own_branches_do_not_move() {
    let attacker = Attacker::new(Stage::usual());
    let (clone, main) = (&attacker.clone, attacker.main.as_str());
    let good = clone.commit(&[("web/good.rs", "pub fn good() {}\n")], "good");
    let range = format!("{good}\n^{main}\n");
    let bytes = piped(
        clone,
        &["pack-objects", "--stdout", "-q", "--revs"],
        range.as_bytes(),
    );
    let (store, owner) = (attacker.store_refs(), attacker.owner_refs());
    let long = format!("refs/heads/{}", "x".repeat(290));
    for reference in [
        "refs/heads/main",
        "refs/tags/v1",
        "refs/notes/commits",
        "refs/replace/0123456789abcdef0123456789abcdef01234567",
        "refs/ringfence/receipts",
        "refs/ringfence/other",
        "refs/submissions/s1",
        "refs/remotes/origin/main",
        "refs/stash",
        "HEAD",
        "FETCH_HEAD",
        "main",
        "refs/heads",
        "refs/heads/",
        "refs/heads/../main",
        "refs/heads/a..b",
        "refs/heads/x.lock",
        "refs/heads/.x",
        "refs/heads/x/",
        "refs/heads//x",
        "refs/heads/-x",
        "refs/heads/@{",
        "refs/heads/a b",
        "refs/heads/a:b",
        "refs/heads/a^b",
        "refs/heads/a\\b",
        "refs/heads/a*",
        "refs/heads/HEAD",
        "refs/heads/main/x",
        "refs/heads/\x1b[2J",
        "refs/heads/\u{202e}niam",
        "refs/heads/refs/heads/main",
        "refs/HEADS/x",
        "../../etc/passwd",
        "refs/heads/Main",
        "refs/heads/mai\u{200c}n",
        &long,
    ] {
        let reply = attacker.push(reference, NONE, &good, &bytes);
        let text = reply.text();
        assert!(
            !text.contains(&format!("ok {reference}\n")),
            "{reference:?} was taken: {text}"
        );
        // What a person reads does not draw; the status line names the reference as the client wrote it.
        let read = text.split("unpack ok").next().unwrap_or_default();
        assert!(!read.contains('\x1b') && !read.contains('\u{202e}'), "{text:?}");
        assert_eq!(attacker.store_refs(), store, "{reference:?}");
        assert_eq!(attacker.owner_refs(), owner, "{reference:?}");
        // Neither are they deleted.
        let reply = attacker.push(reference, main, NONE, b"");
        assert!(
            !reply.text().contains(&format!("ok {reference}\n")),
            "{reference:?} was deleted: {}",
            reply.text()
        );
        assert_eq!(attacker.store_refs(), store, "{reference:?}");
    }
    // The branch that is one's own works, moves, goes and comes back.
    for round in 0..2 {
        clone.git(&["push", "-q", "origin", "HEAD:refs/heads/own"]);
        let again = clone.commit(
            &[("web/good.rs", format!("pub fn good() -> u8 {{ {round} }}\n"))],
            "more",
        );
        clone.git(&["push", "-q", "origin", "HEAD:refs/heads/own"]);
        clone.git(&["reset", "-q", "--hard", "HEAD~1"]);
        clone.git(&["push", "-q", "--force", "origin", "HEAD:refs/heads/own"]);
        let (worked, _, err) = clone.try_git(&["push", "origin", ":refs/heads/own"]);
        assert!(worked, "{err}");
        assert!(!attacker.store_refs().contains(&again));
    }
    assert_eq!(
        attacker.owner_refs(),
        owner,
        "nothing reaches the owner before accept"
    );
}

#[test]
fn a_hidden_path_is_refused_in_the_words_of_a_path_that_no_rule_names() {
    let mut files = shop();
    files.push(("web/deep/seen.rs".to_owned(), b"pub fn seen() {}\n".to_vec()));
    let stage = Stage::new(&files, RULES, "");
    // A link whose target is hidden is not delivered; its place is the owner's all the same.
    std::os::unix::fs::symlink("../pricing", stage.owner.path().join("web/way")).unwrap();
    stage.owner_commits(&[]);
    let attacker = Attacker::new(stage);
    let clone = &attacker.clone;
    assert!(!clone.path().join("web/way").is_symlink());
    let owner = attacker.owner_refs();
    let words = |path: &str| {
        clone.git(&["reset", "-q", "--hard", "origin/main"]);
        clone.git(&["clean", "-q", "-f", "-d"]);
        clone.commit(&[(path, "pub fn try_it() {}\n")], "try");
        let (worked, _, err) = clone.try_git(&["push", "origin", "HEAD:refs/heads/try"]);
        assert!(!worked, "{path} was taken");
        assert!(
            err.contains(path) && err.contains("NDA-7") && !err.contains("NDA-8"),
            "{err}"
        );
        err.replace(path, "PATH")
            .lines()
            .filter(|line| line.starts_with("remote:"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let unnamed = words("nowhere/at/all.rs");
    for path in [
        "pricing/formula.rs",
        "pricing/hush.rs",
        "pricing",
        "docs/guide.md",
        ".github/workflows/ci.yml",
        ".github/workflows/new.yml",
        "web/private/keys.rs",
        "web/private/none.rs",
        "web/private",
        "web/way",
        "web/way/formula.rs",
        "web/private/keys.rs/x",
        // The same file for some systems of the owner.
        "web/PRIVATE/keys.rs",
        "web/Private",
        "web/WAY/x.rs",
    ] {
        assert_eq!(words(path), unnamed, "{path}");
    }
    let readable = words("api/rules.rs");
    assert!(
        readable.contains("rule 1") && readable.contains("read it"),
        "{readable}"
    );
    assert_eq!(attacker.owner_refs(), owner);
    let refusals = attacker
        .stage
        .json(&["ledger", "tail", "--log", "nordwind", "-n", "100"])
        .to_string();
    assert!(refusals.contains("submission-refused"), "{refusals}");
}

#[test]
fn a_merge_is_no_way_around_the_rules() {
    let attacker = Attacker::new(Stage::usual());
    let (stage, clone) = (&attacker.stage, &attacker.clone);
    let old = attacker.main.clone();
    stage.owner_commits(&[
        (
            "api/rules.rs",
            format!("{RUST_TWO}\n// a fix for security\n").as_bytes(),
        ),
        ("api/fresh.rs", b"pub fn fresh() {}\n"),
        (
            "web/router.rs",
            format!("{RUST}\n// the owner's line\n").as_bytes(),
        ),
    ]);
    clone.git(&["fetch", "-q", "origin"]);
    let new = clone.git(&["rev-parse", "origin/main"]);
    let old_tree = clone.git(&["rev-parse", &format!("{old}^{{tree}}")]);
    // A merge whose result is the old tree would undo what the vendor may only read.
    for parents in [[&new, &old], [&old, &new]] {
        let evil = commit(clone, &old_tree, &[parents[0], parents[1]]);
        let (worked, _, err) = clone.try_git(&["push", "origin", &format!("{evil}:refs/heads/evil")]);
        assert!(!worked, "a merge undid a file that is only readable: {err}");
        assert!(
            err.contains("api/rules.rs") && err.contains("api/fresh.rs"),
            "{err}"
        );
    }
    // An honest merge passes.
    clone.git(&["checkout", "-q", "-b", "honest", &old]);
    clone.commit(&[("web/more.rs", "pub fn more() {}\n")], "work");
    clone.git(&["merge", "-q", "--no-edit", "origin/main"]);
    clone.git(&["push", "-q", "origin", "honest"]);
    let branch = stage.accept_newest("nordwind");
    let changed = stage.owner.git(&["diff", "--name-only", "main", &branch]);
    assert_eq!(changed, "web/more.rs");
}
