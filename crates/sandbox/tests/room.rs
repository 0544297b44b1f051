//! The closed room against commands that try to get out of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use ringfence_sandbox::{Ending, Limits, Outcome, Room, SandboxError, run};
use std::path::Path;
use std::time::Duration;

fn in_room(work: &Path, limits: Limits, script: &str) -> Outcome {
    let room = Room {
        work: work.to_path_buf(),
        limits,
        ..Room::default()
    };
    run(&room, &["sh".to_owned(), "-c".to_owned(), script.to_owned()]).unwrap()
}

fn short() -> Limits {
    Limits {
        time: Duration::from_secs(20),
        ..Limits::default()
    }
}

fn text(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.output).into_owned()
}

#[test]
fn a_command_works_in_its_folder_and_its_end_is_told() {
    let work = tempfile::tempdir().unwrap();
    std::fs::write(work.path().join("a.txt"), "hello\n").unwrap();
    let outcome = in_room(
        work.path(),
        short(),
        "cat a.txt; echo two >&2; echo made > b.txt; exit 7",
    );
    assert_eq!(
        (outcome.ending, text(&outcome).as_str()),
        (Ending::Exit(7), "hello\ntwo\n")
    );
    assert_eq!(
        std::fs::read_to_string(work.path().join("b.txt")).unwrap(),
        "made\n"
    );
}

#[test]
fn the_room_has_no_network_no_secrets_and_no_other_processes() {
    let work = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "the owner's").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!(
        "cat {secret} /etc/shadow /root/.ssh/* 2>/dev/null && echo LEAK-FILE\n\
         python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 2)' 2>/dev/null && echo LEAK-NETWORK\n\
         test -e /proc/{pid}/status && grep -q {name} /proc/{pid}/status && echo LEAK-PROCESS\n\
         env | grep -v -E '^(PATH|HOME|LC_ALL|PWD|_|SHLVL|OLDPWD)=' && echo LEAK-ENVIRONMENT\n\
         touch /usr/marker /marker 2>/dev/null && echo LEAK-WRITE\n\
         test \"$(id -u)\" = 65534 || echo LEAK-USER\n\
         mount -t tmpfs none /mnt 2>/dev/null && echo LEAK-MOUNT\n\
         echo done",
        secret = secret.display(),
        pid = std::process::id(),
        name = "room-",
    );
    let outcome = in_room(work.path(), short(), &script);
    assert_eq!(text(&outcome), "done\n");
    assert_eq!(outcome.ending, Ending::Exit(0));
}

#[test]
fn time_output_memory_and_files_are_bounded() {
    let work = tempfile::tempdir().unwrap();
    let limits = Limits {
        time: Duration::from_secs(2),
        memory: 512 << 20,
        file: 1 << 20,
        output: 10_000,
        ..Limits::default()
    };
    let outcome = in_room(work.path(), limits, "echo begun; sleep 600 & sleep 600");
    assert_eq!(
        (outcome.ending, text(&outcome).as_str()),
        (Ending::Time, "begun\n")
    );
    assert!(outcome.took < Duration::from_secs(10), "{:?}", outcome.took);
    // A child that keeps running after its parent closed the output ends as well.
    let outcome = in_room(work.path(), limits, "exec >/dev/null 2>&1; sleep 600");
    assert_eq!(outcome.ending, Ending::Time);
    let outcome = in_room(work.path(), limits, "yes");
    assert_eq!((outcome.ending, outcome.output.len()), (Ending::Output, 10_000));
    let outcome = in_room(
        work.path(),
        limits,
        "head -c 5000000 /dev/zero > big; wc -c < big",
    );
    assert!(
        std::fs::metadata(work.path().join("big")).unwrap().len() <= 1 << 20,
        "{outcome:?}"
    );
    let outcome = in_room(work.path(), limits, "python3 -c 'x = bytearray(1 << 30)'");
    assert_ne!(outcome.ending, Ending::Exit(0));
}

#[test]
fn what_the_owner_names_can_be_read_and_not_written() {
    let work = tempfile::tempdir().unwrap();
    let tools = tempfile::tempdir_in("/var/tmp").unwrap();
    std::fs::write(tools.path().join("tool"), "tool\n").unwrap();
    let room = Room {
        work: work.path().to_path_buf(),
        readable: vec![tools.path().to_path_buf()],
        environment: vec![("TOOLS".to_owned(), tools.path().display().to_string())],
        limits: short(),
    };
    let script = "cat $TOOLS/tool; echo x > $TOOLS/tool || echo refused";
    let outcome = run(&room, &["sh".to_owned(), "-c".to_owned(), script.to_owned()]).unwrap();
    assert!(
        text(&outcome).starts_with("tool\n") && text(&outcome).ends_with("refused\n"),
        "{}",
        text(&outcome)
    );
    for (path, problem) in [
        ("relative", "absolute"),
        ("/", "whole machine"),
        ("/does/not/exist", "exist"),
    ] {
        let room = Room {
            readable: vec![path.into()],
            ..room.clone()
        };
        let error = run(&room, &["true".to_owned()]).unwrap_err();
        assert!(
            matches!(&error, SandboxError::Path { .. }) && error.to_string().contains(problem),
            "{error}"
        );
    }
    assert!(matches!(run(&room, &[]), Err(SandboxError::Empty)));
}
