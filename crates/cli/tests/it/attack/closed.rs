//! More ways to ask a store for what it does not hold, and pushes that are small on the wire and large behind it.

use super::stage::*;
use ringfence_testkit::GitRepository;
use std::collections::BTreeSet;

const ABSENT: &str = "0123456789abcdef0123456789abcdef01234567";

fn ids(repository: &GitRepository) -> BTreeSet<String> {
    repository
        .git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"])
        .lines()
        .map(str::to_owned)
        .collect()
}

/// A request of the versions before 2: wants with capabilities, then lines, then haves.
fn older(want: &str, capabilities: &str, lines: &[String], haves: &[&str], done: bool) -> Vec<u8> {
    let mut body = packet(&format!("want {want} {capabilities}\n"));
    for line in lines {
        body.extend(packet(line));
    }
    body.extend_from_slice(b"0000");
    for have in haves {
        body.extend(packet(&format!("have {have}\n")));
    }
    if done {
        body.extend(packet("done\n"));
    } else {
        body.extend_from_slice(b"0000");
    }
    body
}

#[test]
fn the_older_versions_tell_nothing_about_haves_depths_and_filters() {
    let stage = Stage::usual();
    let token = stage.token(ADA);
    let clone = stage.clone_with(&token, "clone");
    let head = clone.git(&["rev-parse", "origin/main"]);
    let inside = ids(&stage.store("nordwind"));
    let outside: Vec<String> = ids(&stage.owner).difference(&inside).cloned().collect();
    assert!(outside.len() > 10);
    for version in [0, 1] {
        let ask = |body: &[u8]| stage.post("git-upload-pack", &token, version, body);
        for acknowledge in ["multi_ack", "multi_ack_detailed", "side-band-64k"] {
            let have = |id: &str| {
                let reply = ask(&older(&head, acknowledge, &[], &[id], false));
                Reply {
                    body: reply.text().replace(id, "ID").into_bytes(),
                    ..reply
                }
            };
            let nowhere = have(ABSENT);
            for id in &outside {
                assert_eq!(have(id), nowhere, "version {version} {acknowledge} {id}");
            }
            assert!(
                have(&head).text().contains("ACK"),
                "known objects are acknowledged"
            );
        }
        // Shallow lines and depths with ids of the owner are those with an id of nobody.
        let with = |line: &str, id: &str| {
            let lines = [format!("{line} {id}\n"), "deepen 5\n".to_owned()];
            let reply = ask(&older(
                &head,
                "side-band-64k ofs-delta shallow",
                &lines,
                &[],
                true,
            ));
            Reply {
                body: reply.text().replace(id, "ID").into_bytes(),
                ..reply
            }
        };
        let commit = stage.owner.git(&["rev-parse", "main"]);
        assert!(outside.contains(&commit));
        for line in ["shallow", "deepen-not"] {
            let (owned, nobodys) = (with(line, &commit), with(line, ABSENT));
            assert_eq!(owned.status(), nobodys.status(), "version {version} {line}");
            assert_eq!(owned.has_pack(), nobodys.has_pack(), "version {version} {line}");
            assert!(!owned.text().contains("pricing") && !owned.text().contains(HIDDEN_WORD));
        }
        // Filters are not offered; a client that uses one gets no part of anything else.
        for filter in [
            "blob:none".to_owned(),
            "tree:0".to_owned(),
            format!(
                "sparse:oid={}",
                stage.owner.git(&["rev-parse", "main:pricing/formula.rs"])
            ),
            "sparse:path=pricing".to_owned(),
        ] {
            let lines = [format!("filter {filter}\n")];
            let reply = ask(&older(&head, "side-band-64k filter", &lines, &[], true));
            assert!(!reply.has_pack(), "version {version} {filter}");
            assert!(!reply.text().contains(HIDDEN_WORD));
        }
    }
}

#[test]
fn deepening_step_by_step_ends_at_the_root_of_the_view() {
    let stage = Stage::usual();
    for number in 0..4 {
        stage.owner_commits(&[("api/rules.rs", format!("{RUST_TWO}\n// {number}\n").as_bytes())]);
        stage.owner_commits(&[("pricing/formula.rs", format!("// hush7319 {number}\n").as_bytes())]);
        stage.clone_as(ADA, &format!("step-{number}"));
    }
    let token = stage.token(ADA);
    let whole = stage.clone_with(&token, "whole");
    let commits = whole.git(&["rev-list", "origin/main"]);
    let header = format!("http.extraHeader=Authorization: Bearer {token}");
    let base = GitRepository::at(stage.folder());
    base.git(&["clone", "-q", "--depth=1", "-c", &header, &stage.url(), "shallow"]);
    let shallow = GitRepository::at(&stage.folder().join("shallow"));
    for _ in 0..3 {
        shallow.git(&["fetch", "-q", "--deepen=3", "origin"]);
    }
    shallow.try_git(&["fetch", "-q", "--unshallow", "origin"]);
    assert_eq!(
        shallow.git(&["rev-list", "origin/main"]),
        commits,
        "the same history, not one commit more"
    );
    let owners = ids(&stage.owner);
    for id in ids(&shallow) {
        let kind = shallow.git(&["cat-file", "-t", &id]);
        // Equal ids are equal bytes: only blobs of unmarked visible files may be the owner's own.
        assert!(
            kind == "blob" || !owners.contains(&id),
            "{kind} {id} is the owner's"
        );
        assert!(!shallow.git(&["cat-file", &kind, &id]).contains(HIDDEN_WORD) || kind == "tree");
    }
}

#[test]
fn content_that_looks_like_git_s_own_files_stays_content() {
    let stage = Stage::usual();
    let clone = stage.clone_as(ADA, "clone");
    let mirrors = stage.ringfence_home().join("mirrors/shop.git/objects");
    let line = format!("{}\n", mirrors.display());
    clone.commit(
        &[
            ("web/objects/info/alternates", line.as_str()),
            ("web/info/alternates", line.as_str()),
            ("web/alternates", line.as_str()),
            (
                "web/config",
                "[core]\n\talternateRefsCommand = false\n[uploadpack]\n\tallowAnySHA1InWant = true\n",
            ),
        ],
        "files that are only files",
    );
    let (pushed, _, err) = clone.try_git(&["push", "-q", "origin", "HEAD:refs/heads/odd"]);
    assert!(pushed, "{err}");
    let store = stage.store("nordwind");
    for name in [
        "objects/info/alternates",
        "objects/info/http-alternates",
        "info/grafts",
        "shallow",
    ] {
        assert!(!store.path().join(name).exists(), "{name}");
    }
    let secret = stage.owner.git(&["rev-parse", "main:pricing/formula.rs"]);
    assert!(!clone.try_git(&["fetch", "-q", "origin", &secret]).0);
    // A checkout of the vendor whose own objects lie in an alternate gives nothing away either: git sends whole objects.
    std::fs::write(
        clone.path().join(".git/objects/info/alternates"),
        "/nonexistent/objects\n",
    )
    .unwrap();
    clone.commit(&[("web/again.rs", "pub fn again() {}\n")], "again");
    let (pushed, _, err) = clone.try_git(&["push", "-q", "origin", "HEAD:refs/heads/odd"]);
    assert!(pushed, "{err}");
}

fn compare(change: &str, now: &[(String, Reply)], before: &[(String, Reply)]) {
    assert_eq!(now.len(), before.len());
    for ((what, now), (_, before)) in now.iter().zip(before) {
        assert_eq!(now.head, before.head, "{change}: {what}");
        assert!(
            now.body == before.body,
            "{change}: {what}: {} {}",
            now.text(),
            before.text()
        );
    }
}

/// Every delivery, this test's own too, moves the reference to the receipts: its id is taken out.
fn without_receipts(body: &[u8]) -> Vec<u8> {
    let name = b" refs/ringfence/receipts";
    let mut body = body.to_vec();
    for at in 40..body.len() {
        if body[at..].starts_with(name) {
            body[at - 40..at].fill(b'0');
        }
    }
    body
}

#[test]
fn every_answer_is_the_same_whatever_is_hidden() {
    let stage = Stage::usual();
    let token = stage.token(ADA);
    let clone = stage.clone_with(&token, "clone");
    let head = clone.git(&["rev-parse", "origin/main"]);
    clone.commit(&[("pricing/formula.rs", "pub fn mine() {}\n")], "a hidden path");
    let hidden_path = clone.git(&["rev-parse", "HEAD"]);
    let command = |name: &str, lines: &[&str]| {
        let mut body = [packet(&format!("command={name}")), b"0001".to_vec()].concat();
        lines.iter().for_each(|line| body.extend(packet(line)));
        body.extend_from_slice(b"0000");
        body
    };
    let mut pushed = packet(&format!(
        "{} {hidden_path} refs/heads/try\0 report-status side-band-64k",
        "0".repeat(40)
    ));
    pushed.extend_from_slice(b"0000");
    let packed = clone.path().join("push.pack");
    let mut git = clone.command();
    git.args(["pack-objects", "--revs", "--stdout", "-q"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::fs::File::create(&packed).unwrap());
    let mut child = git.spawn().unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("{hidden_path}\n^{head}\n").as_bytes(),
    )
    .unwrap();
    assert!(child.wait().unwrap().success());
    pushed.extend(std::fs::read(&packed).unwrap());
    // Heads without the date; bodies as they came. How a pack is cut into packets is the network's affair: its bytes are joined.
    let observe = || {
        let want = format!("want {head}\n");
        let mut seen: Vec<(String, Reply)> = Vec::new();
        for version in [0, 1, 2] {
            for service in ["git-upload-pack", "git-receive-pack"] {
                let path = format!("/git/{VIEW}.git/info/refs?service={service}");
                seen.push((
                    format!("{service} {version}"),
                    stage.get(&path, Some(&token), version),
                ));
            }
            let reply = stage.post(
                "git-upload-pack",
                &token,
                version,
                &older(ABSENT, "side-band-64k", &[], &[], true),
            );
            seen.push((format!("absent {version}"), reply));
        }
        for (what, body) in [
            ("references", command("ls-refs", &["peel\n", "symrefs\n"])),
            (
                "nothing new",
                command("fetch", &[&want, &format!("have {head}\n"), "done\n"]),
            ),
            (
                "absent",
                command("fetch", &[&format!("want {ABSENT}\n"), "done\n"]),
            ),
            (
                "unknown command",
                command("object-info", &["size\n", &format!("oid {head}\n")]),
            ),
            ("depth", command("fetch", &[&want, "deepen 1\n", "done\n"])),
        ] {
            seen.push((what.to_owned(), stage.post("git-upload-pack", &token, 2, &body)));
        }
        let whole = stage.post(
            "git-upload-pack",
            &token,
            2,
            &command("fetch", &[&want, "no-progress\n", "done\n"]),
        );
        assert!(whole.has_pack());
        let (head_lines, pack) = (whole.head.clone(), whole.side_band());
        seen.push((
            "whole".to_owned(),
            Reply {
                head: head_lines,
                body: pack,
            },
        ));
        seen.push((
            "a refused push".to_owned(),
            stage.post("git-receive-pack", &token, 0, &pushed),
        ));
        for path in [
            "/git/nowhere.git/info/refs?service=git-upload-pack",
            "/git/storefront.git/HEAD",
            "/healthz",
        ] {
            seen.push((path.to_owned(), stage.get(path, Some(&token), 0)));
        }
        for (what, reply) in &mut seen {
            reply.body = without_receipts(&reply.body);
            if what.starts_with("nothing") || what == "depth" {
                reply.body = [reply.side_band(), vec![u8::from(reply.has_pack())]].concat();
            }
            assert!(!reply.text().contains(HIDDEN_WORD), "{what}: {reply:?}");
        }
        seen
    };
    let receipts = || {
        clone.git(&["fetch", "-q", "origin", "+refs/ringfence/receipts:refs/receipts"]);
        let names = clone.git(&["ls-tree", "-r", "--name-only", "refs/receipts"]);
        let mut shapes: BTreeSet<String> = BTreeSet::new();
        for name in names.lines() {
            let text = clone.git(&["cat-file", "blob", &format!("refs/receipts:{name}")]);
            assert!(!text.contains(HIDDEN_WORD) && !text.contains("pricing"), "{text}");
            let receipt: serde_json::Value = serde_json::from_str(&text).unwrap();
            // Ids, times, proofs and their entries' numbers differ by themselves; what they say may not.
            let keys: Vec<String> = receipt.as_object().unwrap().keys().cloned().collect();
            shapes.insert(format!("{keys:?} {} {}", receipt["commit"], receipt["view"]));
        }
        (names.lines().count(), shapes)
    };
    let first = observe();
    let (count, shapes) = receipts();
    // The second time nothing has changed at all: what differs then would make the test worthless.
    compare("nothing", &observe(), &first);
    let (second, again) = receipts();
    assert_eq!(again, shapes);
    let a_round = second - count;
    let visible = std::fs::read(stage.owner.path().join("web/router.rs")).unwrap();
    let many: Vec<(String, Vec<u8>)> = (0..60)
        .map(|number| {
            (
                format!("pricing/many/hush7319-{number}.rs"),
                vec![b'x'; number * 997],
            )
        })
        .collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(path, data)| (path.as_str(), data.as_slice()))
        .collect();
    let link =
        || std::os::unix::fs::symlink("../pricing", stage.owner.path().join("docs/hush7319-link")).unwrap();
    let changes: [(&str, &dyn Fn()); 8] = [
        ("content of the same size", &|| {
            drop(stage.owner_commits(&[("pricing/formula.rs", b"// hush7319 zzz\n")]))
        }),
        ("size", &|| {
            drop(stage.owner_commits(&[("pricing/formula.rs", &vec![b'7'; 3 << 20])]))
        }),
        ("number and names", &|| drop(stage.owner_commits(&many))),
        ("the bytes of a visible file", &|| {
            drop(stage.owner_commits(&[("pricing/twin.rs", &visible)]))
        }),
        ("attributes of git", &|| {
            drop(stage.owner_commits(&[("pricing/.gitattributes", b"* filter=hush7319\n")]))
        }),
        ("a link", &|| {
            link();
            stage.owner_commits(&[]);
        }),
        ("a removal", &|| {
            stage.owner.git(&["rm", "-q", "-r", "pricing/many"]);
            stage.owner_commits(&[]);
        }),
        ("branches and tags", &|| {
            stage.owner.git(&["branch", "hush7319-more"]);
            stage.owner.git(&["tag", "-a", "-m", "hush7319", "hush7319-v2"]);
        }),
    ];
    let mut known = second;
    for (what, change) in changes {
        change();
        compare(what, &observe(), &first);
        let (now, shapes_now) = receipts();
        assert_eq!((now - known, &shapes_now), (a_round, &shapes), "{what}: receipts");
        known = now;
    }
}

#[test]
fn a_tree_that_doubles_at_every_level_is_refused_in_bounded_time() {
    let stage = Stage::usual();
    let clone = stage.clone_as(ADA, "clone");
    let piped = |arguments: &[&str], input: &str| {
        let mut git = clone.command();
        git.args(arguments)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped());
        let mut child = git.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "git {arguments:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    let file = piped(&["hash-object", "-w", "--stdin"], "x\n");
    let mut tree = piped(&["mktree"], &format!("100644 blob {file}\tf.rs\n"));
    // 2^40 paths out of forty trees.
    for _ in 0..40 {
        tree = piped(
            &["mktree"],
            &format!("040000 tree {tree}\ta\n040000 tree {tree}\tb\n"),
        );
    }
    let root = piped(&["mktree"], &format!("040000 tree {tree}\tweb\n"));
    let tip = clone.git(&["commit-tree", &root, "-p", "HEAD", "-m", "many"]);
    let started = std::time::Instant::now();
    let (pushed, _, err) = clone.try_git(&["push", "origin", &format!("{tip}:refs/heads/many")]);
    assert!(!pushed && err.contains("ringfence"), "{err}");
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
    assert_eq!(stage.get("/healthz", None, 0).text(), "ok\n");
    assert!(!stage.store("nordwind").git(&["for-each-ref"]).contains("many"));
}
