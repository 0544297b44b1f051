//! Attempts to read what the store does not hold.

use super::stage::*;
use ringfence_testkit::GitRepository;
use std::collections::BTreeSet;

/// Every object of a repository: id, kind, bytes as text.
fn objects(repository: &GitRepository) -> Vec<(String, String)> {
    let listed = repository.git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname) %(objecttype)",
    ]);
    listed
        .lines()
        .map(|line| {
            let (id, kind) = line.split_once(' ').unwrap();
            (id.to_owned(), kind.to_owned())
        })
        .collect()
}

/// Objects of the owner that no store of nordwind holds, at least one of each kind, canonical versions of marked files among them.
fn outside(stage: &Stage, recipient: &str) -> Vec<(String, String)> {
    let inside: BTreeSet<String> = objects(&stage.store(recipient))
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    let outside: Vec<_> = objects(&stage.owner)
        .into_iter()
        .filter(|(id, _)| !inside.contains(id))
        .collect();
    for kind in ["blob", "tree", "commit"] {
        assert!(
            outside.iter().any(|(_, found)| found == kind),
            "no {kind} outside"
        );
    }
    for path in [
        "pricing/formula.rs",
        "web/private/keys.rs",
        "web/tool.py",
        "api/rules.rs",
    ] {
        let id = stage.owner.git(&["rev-parse", &format!("main:{path}")]);
        assert!(
            outside.iter().any(|(other, _)| *other == id),
            "{path} is in the store"
        );
    }
    outside
}

fn fetch_two(lines: &[String]) -> Vec<u8> {
    let mut body = [packet("command=fetch"), b"0001".to_vec()].concat();
    for line in lines {
        body.extend(packet(line));
    }
    body.extend_from_slice(b"0000");
    body
}

fn fetch_zero(id: &str) -> Vec<u8> {
    [
        packet(&format!("want {id} side-band-64k ofs-delta\n")),
        b"0000".to_vec(),
        packet("done\n"),
    ]
    .concat()
}

#[test]
fn no_id_of_the_owner_outside_the_store_is_served_in_any_version() {
    let stage = Stage::usual();
    let token = stage.token(ADA);
    let clone = stage.clone_with(&token, "clone");
    let outside = outside(&stage, "nordwind");
    let deliveries = stage.json(&["deliveries"]).to_string();
    let absent = "0123456789abcdef0123456789abcdef01234567";
    let answer = |version: u8, id: &str| {
        let body = if version == 2 {
            fetch_two(&[format!("want {id}\n"), "done\n".to_owned()])
        } else {
            fetch_zero(id)
        };
        let reply = stage.post("git-upload-pack", &token, version, &body);
        assert!(!reply.has_pack(), "version {version} served {id}");
        Reply {
            body: reply.text().replace(id, "ID").into_bytes(),
            ..reply
        }
    };
    for version in [0, 1, 2] {
        // An object of the owner answers exactly as an id that exists nowhere.
        let nowhere = answer(version, absent);
        assert!(nowhere.text().contains("not our ref"), "{nowhere:?}");
        for (id, kind) in &outside {
            assert_eq!(answer(version, id), nowhere, "version {version}, {kind} {id}");
        }
    }
    for (id, _) in outside.iter().take(3) {
        for version in [0, 1, 2] {
            let (worked, out, err) = clone.try_git(&[
                "-c",
                &format!("protocol.version={version}"),
                "fetch",
                "origin",
                id,
            ]);
            assert!(!worked, "{out}{err}");
            for depth in [
                "--depth=1",
                "--depth=1000",
                "--shallow-since=2000-01-01",
                "--filter=blob:none",
                "--deepen=5",
            ] {
                let (worked, out, err) = clone.try_git(&[
                    "-c",
                    &format!("protocol.version={version}"),
                    "fetch",
                    depth,
                    "origin",
                    id,
                ]);
                assert!(!worked, "{depth}: {out}{err}");
            }
        }
        assert!(!clone.try_git(&["cat-file", "-e", id]).0, "{id} came along");
    }
    assert_eq!(
        stage.json(&["deliveries"]).to_string(),
        deliveries,
        "nothing was delivered"
    );
}

#[test]
fn haves_depths_and_unusual_commands_tell_nothing() {
    let stage = Stage::usual();
    let token = stage.token(ADA);
    let clone = stage.clone_with(&token, "clone");
    let outside = outside(&stage, "nordwind");
    let head = clone.git(&["rev-parse", "origin/main"]);
    let have = |id: &str| {
        stage.post(
            "git-upload-pack",
            &token,
            2,
            &fetch_two(&[format!("want {head}\n"), format!("have {id}\n")]),
        )
    };
    let nowhere = have("0123456789abcdef0123456789abcdef01234567");
    assert!(!nowhere.has_pack());
    for (id, kind) in &outside {
        assert_eq!(have(id), nowhere, "{kind} {id}");
    }
    assert_ne!(
        have(&head),
        nowhere,
        "a have of an object inside is acknowledged, or the test proves nothing"
    );
    let secret = stage.owner.git(&["rev-parse", "main:pricing/formula.rs"]);
    let commit = stage.owner.git(&["rev-parse", "main"]);
    let command = |name: &str, lines: &[String]| {
        let mut body = [packet(&format!("command={name}")), b"0001".to_vec()].concat();
        for line in lines {
            body.extend(packet(line));
        }
        body.extend_from_slice(b"0000");
        body
    };
    for body in [
        command("object-info", &["size\n".to_owned(), format!("oid {secret}\n")]),
        command("bundle-uri", &[]),
        command(
            "fetch",
            &[
                "want-ref refs/heads/hush7319-branch\n".to_owned(),
                "done\n".to_owned(),
            ],
        ),
        command(
            "fetch",
            &[
                format!("want {head}\n"),
                "filter blob:none\n".to_owned(),
                "done\n".to_owned(),
            ],
        ),
        command(
            "fetch",
            &[
                format!("want {head}\n"),
                format!("filter sparse:oid={secret}\n"),
                "done\n".to_owned(),
            ],
        ),
        command(
            "fetch",
            &[
                format!("want {head}\n"),
                "packfile-uris https\n".to_owned(),
                "done\n".to_owned(),
            ],
        ),
    ] {
        let reply = stage.post("git-upload-pack", &token, 2, &body);
        assert!(!reply.has_pack(), "{}", String::from_utf8_lossy(&body));
        // Nothing but the client's own words.
        assert!(
            !reply
                .text()
                .replace("refs/heads/hush7319-branch", "")
                .contains(HIDDEN_WORD)
        );
    }
    // A shallow line of an owner's commit must not act as knowledge of it.
    for line in [
        format!("shallow {commit}\n"),
        format!("deepen-not {commit}\n"),
        "deepen-not refs/heads/hush7319-branch\n".to_owned(),
    ] {
        let reply = stage.post(
            "git-upload-pack",
            &token,
            2,
            &fetch_two(&[
                format!("want {head}\n"),
                line.clone(),
                "deepen 100\n".to_owned(),
                "done\n".to_owned(),
            ]),
        );
        assert!(!reply.text().contains(&commit) || !reply.has_pack(), "{line}");
    }
    // Whatever prefix is asked for, references are those of the recipient.
    for prefix in [
        "",
        "refs/",
        "refs/heads/hush",
        "refs/tags/",
        "refs/replace/",
        "refs/submissions/",
        "HEAD",
    ] {
        let reply = stage.post(
            "git-upload-pack",
            &token,
            2,
            &command(
                "ls-refs",
                &[
                    "peel\n".to_owned(),
                    "symrefs\n".to_owned(),
                    format!("ref-prefix {prefix}\n"),
                ],
            ),
        );
        let text = reply.text();
        assert!(
            !text.contains(HIDDEN_WORD) && !text.contains("submissions") && !text.contains("suedwerk"),
            "{text}"
        );
    }
}

#[test]
fn only_the_smart_protocol_of_ones_own_view_has_an_address() {
    let stage = Stage::usual();
    let token = stage.token(ADA);
    let clone = stage.clone_with(&token, "clone");
    let head = clone.git(&["rev-parse", "HEAD"]);
    let packs: Vec<String> = std::fs::read_dir(stage.store("nordwind").path())
        .unwrap()
        .filter_map(|entry| {
            entry
                .ok()
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
        })
        .collect();
    let mut paths: Vec<String> = [
        "HEAD",
        "config",
        "description",
        "packed-refs",
        "info/refs",
        "info/packs",
        "info/exclude",
        "objects/info/packs",
        "objects/info/alternates",
        "objects/info/http-alternates",
        "objects/info/commit-graph",
        "refs/heads/main",
        "logs/HEAD",
        "hooks/post-receive",
        "shallow",
        "",
        ".git/config",
        "../storefront.git/HEAD",
        "..%2f..%2f..%2fkeys",
        "%2e%2e/%2e%2e/ringfence.toml",
        "..\\..\\keys",
        "info/refs?service=git-upload-archive",
        "info/refs?service=git-upload-pack%00",
        "info/refs?service=git-upload-pack&x",
        "info//refs?service=git-upload-pack",
        "/info/refs?service=git-upload-pack",
        "./info/refs?service=git-upload-pack",
        "info/refs/?service=git-upload-pack",
        "info/refs%20?service=git-upload-pack",
        "git-upload-pack",
        "git-upload-archive",
    ]
    .iter()
    .map(|path| format!("/git/{VIEW}.git/{path}"))
    .collect();
    paths.push(format!("/git/{VIEW}.git/objects/{}/{}", &head[..2], &head[2..]));
    paths.extend(packs.iter().map(|name| format!("/git/{VIEW}.git/{name}")));
    for other in [
        "/git/storefront%2egit/info/refs?service=git-upload-pack",
        "/git/storefront/info/refs?service=git-upload-pack",
        "/git//storefront.git/info/refs?service=git-upload-pack",
        "//git/storefront.git/info/refs?service=git-upload-pack",
        "/git/storefront.git.git/../storefront.git/info/refs?service=git-upload-pack",
        "/git/backoffice.git/..%2fstorefront.git/info/refs?service=git-upload-pack",
        "/git/stores%2fstorefront.git/info/refs?service=git-upload-pack",
        "/git/storefront%2fnordwind.git/info/refs?service=git-upload-pack",
        "/git/storefront/suedwerk.git/info/refs?service=git-upload-pack",
        "/git/..%2fmirrors%2fshop.git/info/refs?service=git-upload-pack",
        "/git/../h/mirrors/shop.git/info/refs?service=git-upload-pack",
        "/../../etc/passwd",
        "/git/%00.git/info/refs?service=git-upload-pack",
        "/",
        "/git",
        "/git/",
        "/api",
        "/metrics",
        "/debug",
    ] {
        paths.push(other.to_owned());
    }
    for path in &paths {
        let reply = stage.get(path, Some(&token), 0);
        assert!(
            (400..500).contains(&reply.status()),
            "{path}: {} {}",
            reply.head,
            reply.text()
        );
        let text = reply.text();
        assert!(
            !text.contains(&head) && !text.contains("ringfence-home") && !text.contains(HIDDEN_WORD),
            "{path}: {text}"
        );
    }
    let header = format!("http.extraHeader=Authorization: Bearer {token}");
    let (worked, _, err) = clone.try_git(&[
        "-c",
        &header,
        "archive",
        &format!("--remote={}", stage.url()),
        "HEAD",
    ]);
    assert!(!worked, "{err}");
    // Nothing but these methods.
    for method in [
        "PUT", "DELETE", "PROPFIND", "MKCOL", "HEAD", "OPTIONS", "TRACE", "PATCH",
    ] {
        let reply = stage.send(
            format!("{method} /git/{VIEW}.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n").as_bytes(),
        );
        assert!((400..500).contains(&reply.status()), "{method}: {}", reply.head);
    }
}

/// What a recipient can observe, byte by byte.
fn observed(stage: &Stage, token: &str) -> Vec<Reply> {
    let mut seen = Vec::new();
    for version in [0, 1, 2] {
        for service in ["git-upload-pack", "git-receive-pack"] {
            seen.push(stage.get(
                &format!("/git/{VIEW}.git/info/refs?service={service}"),
                Some(token),
                version,
            ));
        }
    }
    seen.push(
        stage.post(
            "git-upload-pack",
            token,
            2,
            &[
                packet("command=ls-refs"),
                b"0001".to_vec(),
                packet("peel\n"),
                packet("symrefs\n"),
                b"0000".to_vec(),
            ]
            .concat(),
        ),
    );
    for reply in &seen {
        assert_eq!(reply.status(), 200, "{reply:?}");
        assert!(!reply.text().contains(HIDDEN_WORD));
    }
    seen
}

#[test]
fn a_change_to_hidden_things_changes_nothing_that_a_recipient_can_observe() {
    let stage = Stage::usual();
    let token = stage.token(ADA);
    let clone = stage.clone_with(&token, "clone");
    let head = clone.git(&["rev-parse", "origin/main"]);
    let pack = |name: &str| {
        let body = fetch_two(&[
            format!("want {head}\n"),
            "ofs-delta\n".to_owned(),
            "no-progress\n".to_owned(),
            "done\n".to_owned(),
        ]);
        let reply = stage.post("git-upload-pack", &token, 2, &body);
        assert!(reply.has_pack(), "{name}");
        reply.side_band()
    };
    let log = |stage: &Stage| {
        stage
            .json(&["ledger", "tail", "--log", "nordwind", "-n", "1000"])
            .to_string()
    };
    let (seen, first_pack) = {
        let first = pack("before");
        (observed(&stage, &token), first)
    };
    let store_before = objects(&stage.store("nordwind"));
    let entries = log(&stage);
    let changes: [&[(&str, &[u8])]; 4] = [
        &[("pricing/formula.rs", b"// hush7319 changed\n")],
        &[
            ("web/private/keys.rs", b"// hush7319 turned\n"),
            ("web/private/more-hush7319.rs", b"// hush7319\n"),
        ],
        &[
            ("pricing/new/deep/hush7319.rs", b"// hush7319 new\n"),
            ("docs/guide.md", b"# of the other view\n"),
        ],
        &[(".github/workflows/ci.yml", b"on: hush7319\n")],
    ];
    for change in changes {
        stage.owner_commits(change);
        stage.owner.git(&["branch", "-f", "hush7319-branch", "main"]);
        assert_eq!(observed(&stage, &token), seen);
    }
    stage.owner.git(&["rm", "-q", "-r", "pricing"]);
    stage.owner_commits(&[]);
    stage.owner.git(&["tag", "hush7319-second"]);
    // A side branch that only touched hidden things, merged.
    stage.owner.git(&["checkout", "-q", "-b", "side"]);
    stage.owner_commits(&[("pricing/side.rs", b"// hush7319\n")]);
    stage.owner.git(&["checkout", "-q", "main"]);
    stage
        .owner
        .git(&["merge", "-q", "--no-ff", "-m", "hush7319 merge", "side"]);
    assert_eq!(observed(&stage, &token), seen);
    assert_eq!(
        log(&stage),
        entries,
        "the recipient's own log shows nothing either"
    );
    assert_eq!(objects(&stage.store("nordwind")), store_before);
    assert!(pack("after") == first_pack, "the same pack, byte for byte");
}

#[test]
fn no_object_of_a_store_holds_anything_hidden() {
    let stage = Stage::usual();
    let ada = stage.clone_as(ADA, "ada");
    let bo = stage.clone_as(BO, "bo");
    ada.git(&["checkout", "-q", "-b", "work"]);
    ada.commit(&[("web/new.rs", "pub fn new() {}\n")], "vendor's own words");
    ada.git(&["push", "-q", "origin", "work"]);
    stage.owner_commits(&[
        ("api/rules.rs", format!("{RUST_TWO}\n// visible\n").as_bytes()),
        ("pricing/formula.rs", b"// hush7319\n"),
    ]);
    let branch = stage.accept_newest("nordwind");
    stage
        .owner
        .git(&["merge", "-q", "--no-ff", "-m", "hush7319 merge", &branch]);
    ada.git(&["fetch", "-q", "origin"]);
    bo.git(&["fetch", "-q", "origin"]);
    for (recipient, other) in [("nordwind", "suedwerk"), ("suedwerk", "nordwind")] {
        let store = stage.store(recipient);
        let mut commits = 0;
        for (id, kind) in objects(&store) {
            let (worked, text, _) = store.try_git(&["cat-file", &kind, &id]);
            assert!(worked);
            for word in [HIDDEN_WORD, other, "pricing", "private", "guide", "workflows"] {
                assert!(
                    !text.contains(word),
                    "{recipient}: {kind} {id} holds {word}: {text}"
                );
            }
            if kind == "commit" && !text.contains("vendor's own words") {
                commits += 1;
                assert!(
                    !text.contains("Ada") && !text.contains("ada@example.org"),
                    "{text}"
                );
            }
        }
        assert!(commits >= 2);
        // Nor do file names, packs, configuration and references.
        let mut open = vec![store.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let relative = path
                    .strip_prefix(store.path())
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                assert!(
                    !relative.contains(HIDDEN_WORD) && !relative.contains(other),
                    "{relative}"
                );
                assert!(!relative.ends_with("alternates"), "{relative}");
                if path.is_dir() {
                    open.push(path);
                } else {
                    let bytes = std::fs::read(&path).unwrap();
                    for word in [HIDDEN_WORD.as_bytes(), other.as_bytes()] {
                        assert!(
                            !bytes.windows(word.len()).any(|found| found == word),
                            "{relative}"
                        );
                    }
                }
            }
        }
        // The commit that accepts nordwind's work shows in suedwerk's copy as the owner's; ids of the owner show nowhere.
        let ids: BTreeSet<String> = objects(&store).into_iter().map(|(id, _)| id).collect();
        let owners: BTreeSet<String> = stage
            .owner
            .git(&["rev-list", "--all"])
            .lines()
            .map(str::to_owned)
            .collect();
        assert!(ids.is_disjoint(&owners));
    }
}
