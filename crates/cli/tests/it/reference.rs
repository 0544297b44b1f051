//! The command line as a whole: the reference, exit codes, JSON, the home, closed pipes.

use crate::support::{ADA, BO, Done, Owner, VIEW, program, ringfence, shown};

/// The names under `Commands:` of a help text.
fn subcommands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_stands_in_the_reference() {
    let mut waiting = vec![Vec::<String>::new()];
    let mut reference = String::new();
    while let Some(path) = waiting.pop() {
        let done = Done::of(ringfence().args(&path).arg("--help")).expect_code(0);
        assert_eq!(done.err, "");
        let title = format!("ringfence {}", path.join(" "));
        reference.push_str(&format!("# {}\n\n{}\n", title.trim_end(), done.out.trim_end()));
        reference.push('\n');
        for name in subcommands(&done.out).into_iter().rev() {
            let mut next = path.clone();
            next.push(name);
            waiting.push(next);
        }
    }
    for word in ["--home <DIR>", "--json", "RINGFENCE_HOME", "ledger prove"] {
        assert!(reference.contains(word), "{word}");
    }
    assert!(reference.lines().all(|line| !line.ends_with(' ')));
    insta::assert_snapshot!("cli-reference", reference);
}

#[test]
fn usage_errors_end_with_2_and_say_so_as_json_when_asked() {
    for arguments in [
        &["no-such-command"][..],
        &["plan"],
        &["token", "issue", "--person", ADA],
        &["ledger", "prove", "minus-one"],
        &["trace", ".", "--epsilon", "small"],
        &["serve", "--listen", "not-an-address"],
        &["serve", "--certificate", "c.pem"],
        &[],
    ] {
        let done = Done::of(ringfence().args(arguments)).expect_code(2);
        assert_eq!(done.out, "", "{arguments:?}");
        assert!(
            done.err.contains("Usage") || done.err.contains("error:"),
            "{}",
            done.err
        );
        let done = Done::of(ringfence().args(arguments).arg("--json")).expect_code(2);
        let value = done.value();
        assert_eq!(value["class"], "input", "{value}");
        assert!(!value["error"].as_str().unwrap().is_empty());
        assert!(!value["error"].as_str().unwrap().contains('\u{1b}'), "{value}");
    }
    Done::of(ringfence().arg("--version"))
        .expect_code(0)
        .says(&["ringfence "]);
}

#[test]
fn a_missing_home_ends_with_2_and_names_the_cure() {
    let nowhere = tempfile_path("nowhere");
    for arguments in [
        &["ledger", "audit"][..],
        &["why", ADA, VIEW],
        &["agreement", "list"],
        &["serve"],
        &["tracker"],
    ] {
        let done = Done::of(ringfence().args(arguments).arg("--home").arg(&nowhere)).expect_code(2);
        done.says(&["ringfence init --home", "nowhere"]);
    }
    // A broken configuration says where.
    let owner = Owner::with_empty_home();
    owner.write("home/ringfence.toml", "version = 1\ncolour = 3\n");
    owner
        .run(&["ledger", "audit"])
        .expect_code(2)
        .says(&["ringfence.toml", "colour", "line 2"]);
    owner.write("home/ringfence.toml", "version = 9\n");
    owner
        .run(&["ledger", "audit"])
        .expect_code(2)
        .says(&["version 9", "version 1"]);
}

fn tempfile_path(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("ringfence-{}-{name}", std::process::id()))
}

#[test]
fn a_home_is_made_once_for_the_owner_alone_and_found_by_the_variable() {
    use std::os::unix::fs::PermissionsExt as _;
    let owner = Owner::with_empty_home();
    owner
        .run(&["init"])
        .expect_code(1)
        .says(&["there is one already"]);
    let mode = |path: &str| {
        std::fs::metadata(owner.home().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(""), 0o700);
    for entry in std::fs::read_dir(owner.home().join("keys")).unwrap() {
        let name = entry.unwrap().file_name();
        assert_eq!(
            mode(&format!("keys/{}", name.to_str().unwrap())) & 0o077,
            0,
            "{name:?}"
        );
    }
    let by_variable = Done::of(
        ringfence()
            .args(["agreement", "list"])
            .env("RINGFENCE_HOME", owner.home()),
    );
    by_variable
        .expect_code(1)
        .says(&["no estate is applied yet", "ringfence apply"]);
    // The flag wins over the variable.
    Done::of(
        owner
            .command(&["ledger", "audit"])
            .env("RINGFENCE_HOME", "/nowhere"),
    )
    .expect_code(0);
}

#[test]
fn every_command_prints_one_json_value() {
    let owner = Owner::signed();
    let estate = shown(&owner.path("estate.toml"));
    let leak = shown(&owner.path("leak"));
    let pack = shown(&owner.path("pack.zip"));
    assert!(owner.json(&["plan", &estate], 0).is_object());
    assert!(owner.json(&["apply", &estate], 0).is_object());
    for list in [
        &["agreement", "list"][..],
        &["token", "list"],
        &["submission", "list"],
        &["asset", "list"],
        &["deliveries"],
        &["deliveries", "--recipient", "nordwind"],
        &["tracker"],
        &["tracker", "--party", "nordwind"],
        &["view", "files", VIEW],
        &["view", "files", VIEW, "--recipient", "nordwind"],
        &["mark", "diff", VIEW, "--recipient", "nordwind"],
        &["ledger", "tail"],
        &["ledger", "audit"],
    ] {
        assert!(owner.json(list, 0).is_array(), "{list:?}");
    }
    for one in [
        &["agreement", "show", "NDA-7"][..],
        &["why", ADA, VIEW],
        &["why", BO, VIEW, "--write"],
        &["view", "exposure", VIEW],
        &["view", "export", VIEW, "--recipient", "nordwind", &leak],
        &["ledger", "checkpoint"],
        &["ledger", "prove", "0"],
        &["ledger", "key"],
    ] {
        assert!(owner.json(one, 0).is_object(), "{one:?}");
    }
    let (token, _) = owner.token(ADA, "1h");
    assert_eq!(
        owner.json(&["token", "revoke", &token], 0)["revoked"],
        token.as_str()
    );
    let (_, _, report) = owner.trace(&owner.path("leak"));
    let case = report["case"].as_str().unwrap();
    assert!(owner.json(&["pack", case, "--out", &pack], 0).is_object());
    assert_eq!(
        owner.json(&["verify", &pack], 1)["trust"],
        "consistent-not-trusted"
    );
    assert!(owner.json(&["offboard", "nordwind"], 0).is_object());
}

#[test]
fn what_is_not_there_ends_with_1_and_says_where_to_look() {
    let owner = Owner::signed();
    for arguments in [
        &["agreement", "show", "NDA-99"][..],
        &["agreement", "sign", "NDA-99", "--as", "owner"],
        &["agreement", "sign", "NDA-7", "--as", BO],
        &["agreement", "sign", "NDA-7", "--as", "owner"],
        &["view", "files", "backoffice"],
        &["view", "files", VIEW, "--recipient", "nobody"],
        &["view", "exposure", "backoffice"],
        &["token", "revoke", "t-00"],
        &["submission", "show", "s-00"],
        &["submission", "accept", "s-00"],
        &["submission", "refuse", "s-00", "--reason", "no"],
        &["mark", "diff", VIEW, "--recipient", "nobody"],
        &["pack", "c-00", "--out", "/nonexistent/pack.zip"],
        &["ledger", "tail", "--log", "nobody"],
        &["ledger", "key", "--log", "nobody"],
        &["ledger", "checkpoint", "--log", "nobody"],
        &["ledger", "prove", "999999"],
        &["offboard", "nobody"],
        &["tracker", "--party", "nobody"],
        &["deliveries", "--recipient", "nobody"],
        &["submission", "list", "--view", "backoffice"],
    ] {
        let value = owner.json(arguments, 1);
        assert_eq!(value["class"], "no", "{arguments:?}: {value}");
        let done = owner.run(arguments).expect_code(1);
        assert_eq!(done.out, "", "{arguments:?}");
        assert!(done.err.starts_with("ringfence: "), "{arguments:?}: {}", done.err);
    }
    for arguments in [
        &["why", "no address", VIEW][..],
        &["agreement", "sign", "NDA-7", "--as", "nobody at all"],
        &["token", "issue", "--person", ADA, "--view", VIEW, "--ttl", "1w"],
        &["token", "issue", "--person", ADA, "--view", VIEW, "--ttl", "31d"],
        &["plan", "/nonexistent/estate.toml"],
        &["trace", "/nonexistent/leak"],
        &["verify", "/nonexistent/pack.zip"],
    ] {
        assert_eq!(owner.json(arguments, 2)["class"], "input", "{arguments:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let owner = Owner::signed();
    let binary = env!("CARGO_BIN_EXE_ringfence");
    let script = format!(
        "set -o pipefail; '{binary}' ledger tail -n 1000 --home '{0}' | head -n 1; '{binary}' --help | head -n 1; \
         '{binary}' ledger tail --json --log nordwind --home '{0}' | true",
        owner.home().display()
    );
    let done = Done::of(program("bash").args(["-c", &script])).expect_code(0);
    assert_eq!(done.err, "");
    assert_eq!(done.out.lines().count(), 2, "{}", done.out);
}
