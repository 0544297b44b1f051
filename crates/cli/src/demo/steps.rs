//! The steps of the story but for the check and the leak.

use super::process::{Done, Server, git, on_path, program, run, run_with};
use super::{Found, Stage, traced};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;

const VENDORS: [(&str, &str, &str); 2] = [
    ("nordwind", "ada@nordwind.example", "NDA-7"),
    ("suedwerk", "bo@suedwerk.example", "NDA-8"),
];
const VIEW: &str = "storefront";
const BRANCH: &str = "rework";

pub(super) fn apply(stage: &mut Stage) -> Result<Found> {
    let estate = stage.folder.join("estate.toml");
    for (path, text) in &stage.subject.slice.replaced {
        let file = stage.folder.join("views").join(VIEW).join(path);
        std::fs::create_dir_all(file.parent().context("no folder")?)?;
        std::fs::write(&file, text)?;
    }
    std::fs::write(&estate, stage.subject.estate())?;
    let file = estate.display().to_string();
    let plan = stage
        .ringfence
        .run(&["plan", &file])?
        .expect_well("ringfence plan")?;
    stage
        .ringfence
        .run(&["apply", &file])?
        .expect_well("ringfence apply")?;
    let (_, exposure) = stage.ringfence.json(&["view", "exposure", VIEW])?;
    let percent = exposure
        .get("delivered_percent")
        .and_then(serde_json::Value::as_f64)
        .unwrap_or(0.0);
    let text = format!(
        "$ ringfence plan estate.toml: {} changes\n$ ringfence apply estate.toml\n{} files in the repository; view {VIEW} delivers {percent:.1} % of its lines\nhidden: {}",
        plan.out.lines().filter(|line| !line.trim().is_empty()).count(),
        stage.subject.files,
        stage.subject.slice.hidden.join(" ")
    );
    Ok(Found::new(
        percent > 0.0,
        text,
        json!({ "delivered_percent": percent, "files": stage.subject.files }),
    ))
}

pub(super) fn refused_before_signature(stage: &mut Stage) -> Result<Found> {
    let (party, person, agreement) = VENDORS[0];
    let issued = stage.ringfence.run(&[
        "token", "issue", "--person", person, "--view", VIEW, "--ttl", "1h",
    ])?;
    let why = stage.ringfence.run(&["why", person, VIEW])?;
    let server = Server::start(&stage.ringfence, &stage.folder.join("server.log"))?;
    let address = format!("{}/git/{VIEW}.git", server.address);
    stage.server = Some(server);
    let tried = clone_with(
        stage,
        &address,
        "rft_made_up",
        &stage.folder.join("before-signature"),
    )?;
    let ok = issued.code == 1 && why.code == 1 && !tried.well() && why.out.contains(agreement);
    let text = format!(
        "$ ringfence token issue --person {person} --view {VIEW}\n{}\n$ ringfence why {person} {VIEW}\n{}",
        issued.err.trim(),
        why.out
            .lines()
            .filter(|line| line.contains("not met"))
            .collect::<Vec<_>>()
            .join("\n")
    );
    Ok(Found::new(
        ok,
        text,
        json!({ "party": party, "exit_code": issued.code }),
    ))
}

pub(super) fn sign(stage: &mut Stage) -> Result<Found> {
    let mut lines = Vec::new();
    for (party, person, agreement) in VENDORS {
        for who in ["owner", person] {
            let signed = stage
                .ringfence
                .run(&["agreement", "sign", agreement, "--as", who])?
                .expect_well("ringfence agreement sign")?;
            lines.push(format!(
                "$ ringfence agreement sign {agreement} --as {who}\n{}",
                signed.out.trim()
            ));
        }
        let issued = stage.ringfence.run(&[
            "token", "issue", "--person", person, "--view", VIEW, "--ttl", "1h",
        ])?;
        let issued = issued.expect_well("ringfence token issue")?;
        let token = issued
            .out
            .lines()
            .last()
            .context("no token was printed")?
            .trim()
            .to_owned();
        stage.tokens.push((party.to_owned(), token));
    }
    let why = stage.ringfence.run(&["why", VENDORS[0].1, VIEW])?;
    lines.push(format!(
        "$ ringfence why {} {VIEW}: {}",
        VENDORS[0].1,
        if why.well() { "allowed" } else { "denied" }
    ));
    Ok(Found::new(
        why.well(),
        lines.join("\n"),
        json!({ "agreements": ["NDA-7", "NDA-8"] }),
    ))
}

fn address(stage: &Stage) -> Result<String> {
    let server = stage
        .server
        .as_ref()
        .context("the server is not running: an earlier step failed")?;
    Ok(format!("{}/git/{VIEW}.git", server.address))
}

/// A client that sends the token as password, as a credential helper would; it is never on a command line or in a file.
fn with_token(folder: &Path, token: &str) -> std::process::Command {
    let mut command = git(folder);
    command
        .env("RINGFENCE_DEMO_TOKEN", token)
        .args(["-c", "credential.helper="])
        .args([
            "-c",
            "credential.helper=!f() { echo username=git; echo \"password=$RINGFENCE_DEMO_TOKEN\"; }; f",
        ])
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@nordwind.example"]);
    command
}

fn clone_with(stage: &Stage, address: &str, token: &str, into: &Path) -> Result<Done> {
    run(with_token(&stage.folder, token)
        .args(["clone", "--quiet", address])
        .arg(into))
}

pub(super) fn clone(stage: &mut Stage) -> Result<Found> {
    let address = address(stage)?;
    let mut sizes = Vec::new();
    for (party, _, _) in VENDORS {
        let into = stage.clone_of(party);
        clone_with(stage, &address, stage.token(party)?, &into)?.expect_well("git clone")?;
        sizes.push(tracked(&into)?.len());
    }
    let ours = stage.clone_of("nordwind");
    let hidden = &stage.subject.slice.hidden_file;
    let absent = !ours.join(hidden).exists();
    // Not in the history either: no object of the store has the hidden name.
    let objects = run(git(&ours).args(["rev-list", "--objects", "--all"]))?.expect_well("git rev-list")?;
    let unnamed = !objects
        .out
        .lines()
        .any(|line| line.ends_with(&format!(" {hidden}")));
    let differing = differing(&ours, &stage.clone_of("suedwerk"))?;
    let text = format!(
        "$ git clone {address}\n{} files; hidden {hidden}: {}\ncopies of nordwind and suedwerk differ in {differing} files (their marks)",
        sizes.first().copied().unwrap_or(0),
        if absent && unnamed {
            "absent, name included"
        } else {
            "VISIBLE"
        }
    );
    Ok(Found::new(
        absent && unnamed && sizes.iter().all(|size| *size > 0) && differing > 0,
        text,
        json!({ "files": sizes, "hidden_absent": absent && unnamed, "files_that_differ": differing }),
    ))
}

/// The owner's files of a clone: the terms, which name the recipient, are no copy of anything.
fn tracked(clone: &Path) -> Result<Vec<String>> {
    let listed = run(git(clone).args(["ls-files", "-z"]))?.expect_well("git ls-files")?;
    Ok(listed
        .out
        .split('\0')
        .filter(|path| !path.is_empty() && *path != "LICENCE-TERMS.md")
        .map(str::to_owned)
        .collect())
}

fn differing(left: &Path, right: &Path) -> Result<usize> {
    let mut count = 0;
    for path in tracked(left)? {
        if std::fs::read(left.join(&path)).ok() != std::fs::read(right.join(&path)).ok() {
            count += 1;
        }
    }
    Ok(count)
}

fn append(file: &Path, line: &str) -> Result<()> {
    let mut text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    if !text.ends_with(b"\n") && !text.is_empty() {
        text.push(b'\n');
    }
    text.extend_from_slice(line.as_bytes());
    text.push(b'\n');
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// A comment line in the language of a path.
fn comment(path: &str, words: &str) -> String {
    if path.ends_with(".py") {
        format!("# {words}")
    } else {
        format!("// {words}")
    }
}

/// Commits one file: a build may have changed others (a lock file) beside it.
fn commit(clone: &Path, token: &str, path: &str, message: &str) -> Result<()> {
    run(with_token(clone, token).args(["commit", "--quiet", "-m", message, "--", path]))?
        .expect_well("git commit")?;
    run(with_token(clone, token).args(["checkout", "--quiet", "--", "."]))?
        .expect_well("git checkout")
        .map(drop)
}

pub(super) fn push_refused(stage: &mut Stage) -> Result<Found> {
    let clone = stage.clone_of("nordwind");
    let token = stage.token("nordwind")?.to_owned();
    let path = stage.subject.slice.readable_file.clone();
    run(with_token(&clone, &token).args(["checkout", "--quiet", "-b", "too-far"]))?
        .expect_well("git checkout")?;
    append(
        &clone.join(&path),
        &comment(&path, "a change where only reading is allowed"),
    )?;
    commit(&clone, &token, &path, "Reach too far")?;
    let pushed = run(with_token(&clone, &token).args(["push", "origin", "too-far"]))?;
    run(with_token(&clone, &token).args(["checkout", "--quiet", "main"]))?.expect_well("git checkout")?;
    let said: Vec<&str> = pushed
        .err
        .lines()
        .filter(|line| line.contains("remote:") || line.contains("rejected"))
        .collect();
    let ok = !pushed.well()
        && pushed.err.contains(&path)
        && pushed.err.contains("rule")
        && pushed.err.contains("NDA-7");
    let text = format!("$ git push origin too-far\n{}", said.join("\n"));
    Ok(Found::new(
        ok,
        text,
        json!({ "path": path, "output": pushed.err.trim() }),
    ))
}

pub(super) fn push_accepted(stage: &mut Stage) -> Result<Found> {
    let clone = stage.clone_of("nordwind");
    let token = stage.token("nordwind")?.to_owned();
    let path = stage.subject.slice.writable_file.clone();
    run(with_token(&clone, &token).args(["checkout", "--quiet", "-b", BRANCH]))?
        .expect_well("git checkout")?;
    append(&clone.join(&path), &comment(&path, "Reworked by the vendor."))?;
    commit(
        &clone,
        &token,
        &path,
        "Rework the storefront\n\nWork-Item: SHOP-12",
    )?;
    let pushed = run(with_token(&clone, &token).args(["push", "origin", BRANCH]))?;
    let remote: Vec<&str> = pushed
        .err
        .lines()
        .filter(|line| line.contains("remote:"))
        .collect();
    let text = format!("$ git push origin {BRANCH}\n{}", remote.join("\n"));
    if !pushed.well() {
        return Ok(Found::new(
            false,
            format!("{text}\n{}", pushed.err.trim()),
            json!({}),
        ));
    }
    let (_, list) = stage.ringfence.json(&["submission", "list"])?;
    let waiting = list.as_array().and_then(|list| {
        list.iter()
            .find(|row| row.get("state").is_some_and(|state| state == "translated"))
    });
    let id = waiting
        .and_then(|row| row.get("id"))
        .and_then(serde_json::Value::as_str)
        .map(str::to_owned);
    let Some(id) = id else {
        bail!("no submission is waiting: {list}")
    };
    let shown = stage
        .ringfence
        .run(&["submission", "show", &id])?
        .expect_well("ringfence submission show")?;
    let on_owners_text = shown.out.contains("+") && shown.out.contains("Reworked by the vendor.");
    // Before the owner accepts, nothing of it is in the owner's repository.
    let branches = run(git(&stage.subject.source).args(["for-each-ref", "--format=%(refname)"]))?
        .expect_well("git for-each-ref")?;
    let untouched = !branches.out.contains("ringfence/");
    stage.submission = Some(id.clone());
    let text = format!(
        "{text}\n$ ringfence submission show {id}: {} lines of diff on the owner's own text",
        shown.out.lines().count()
    );
    Ok(Found::new(
        on_owners_text && untouched,
        text,
        json!({ "submission": id, "owner_untouched": untouched }),
    ))
}

pub(super) fn merge_and_pull(stage: &mut Stage) -> Result<Found> {
    let id = stage
        .submission
        .clone()
        .context("no submission: an earlier step failed")?;
    stage
        .ringfence
        .run(&["submission", "accept", &id])?
        .expect_well("ringfence submission accept")?;
    let work = stage.folder.join("owner");
    run(git(&stage.folder)
        .args(["clone", "--quiet"])
        .arg(&stage.subject.source)
        .arg(&work))?
    .expect_well("git clone")?;
    let branch = format!("origin/ringfence/nordwind/{BRANCH}");
    let mut merge = git(&work);
    merge.args([
        "-c",
        "user.name=Lead",
        "-c",
        "user.email=lead@acme.example",
        "merge",
        "--quiet",
        "--no-ff",
        "-m",
        "Merge the vendor's work",
        &branch,
    ]);
    run(&mut merge)?.expect_well("git merge")?;
    run(git(&work).args(["push", "--quiet", "origin", "HEAD:main"]))?.expect_well("git push")?;
    let clone = stage.clone_of("nordwind");
    let token = stage.token("nordwind")?.to_owned();
    let pushed = run(git(&clone).args(["rev-parse", BRANCH]))?
        .expect_well("git rev-parse")?
        .out
        .trim()
        .to_owned();
    let path = stage.subject.slice.writable_file.clone();
    let before = std::fs::read(clone.join(&path))?;
    run(with_token(&clone, &token).args(["checkout", "--quiet", "main"]))?.expect_well("git checkout")?;
    run(with_token(&clone, &token).args(["pull", "--quiet", "--ff-only"]))?.expect_well("git pull")?;
    let same = std::fs::read(clone.join(&path))? == before;
    let own = run(git(&clone).args(["merge-base", "--is-ancestor", &pushed, "main"]))?.well();
    let stray = run(git(&clone).args(["diff", "--stat", &pushed, "main"]))?
        .expect_well("git diff")?
        .out;
    let text = format!(
        "$ ringfence submission accept {id}\nthe owner merges {branch}\n$ git pull --ff-only\n{path}: {}; the vendor's own commit {}",
        if same {
            "byte for byte as pushed"
        } else {
            "DIFFERENT from what was pushed"
        },
        if own {
            "is in the history"
        } else {
            "is NOT in the history"
        }
    );
    Ok(Found::new(
        same && own && stray.trim().is_empty(),
        text,
        json!({ "same_bytes": same, "own_commit_in_history": own, "other_changes": stray.trim() }),
    ))
}

pub(super) fn trace(stage: &mut Stage) -> Result<Found> {
    let leak = stage.leak().display().to_string();
    let done = stage.ringfence.run(&["trace", &leak, "--json"])?;
    let report: serde_json::Value =
        serde_json::from_str(done.out.trim()).with_context(|| format!("trace: {}{}", done.out, done.err))?;
    let text_of = |name: &str| {
        report
            .get(name)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let number = |name: &str| {
        report
            .get(name)
            .and_then(serde_json::Value::as_f64)
            .unwrap_or(0.0)
    };
    let (verdict, recipient) = (text_of("verdict"), text_of("recipient"));
    stage.case = Some(text_of("case"));
    let ok = matches!(verdict.as_str(), "strong" | "exact") && recipient == "nordwind";
    let text = format!("$ ringfence trace leak\n{}", traced::lines(&report, ok));
    let more = json!({
        "verdict": verdict, "recipient": recipient, "case": stage.case, "score": number("score"), "threshold": number("threshold"),
        "bound": number("bound"), "sites_read": number("sites_read"), "sites_erased": number("sites_erased"),
        "covered": number("covered"), "assets": report.get("assets"), "would_change": report.get("would_change"),
    });
    Ok(Found::new(ok, text, more))
}

pub(super) fn pack(stage: &mut Stage) -> Result<Found> {
    let case = stage.case.clone().context("no case: an earlier step failed")?;
    let out = stage.pack();
    let done = stage
        .ringfence
        .run(&["pack", &case, "--out", &out.display().to_string()])?
        .expect_well("ringfence pack")?;
    let size = std::fs::metadata(&out)?.len();
    let first = done.out.lines().next().unwrap_or_default().to_owned();
    Ok(Found::new(
        size > 0,
        format!("$ ringfence pack {case} --out pack.zip\n{first}"),
        json!({ "bytes": size, "file": out }),
    ))
}

fn key(stage: &Stage) -> Result<String> {
    Ok(stage
        .ringfence
        .run(&["ledger", "key"])?
        .expect_well("ringfence ledger key")?
        .out
        .trim()
        .to_owned())
}

pub(super) fn verify(stage: &mut Stage) -> Result<Found> {
    let (pack, key) = (stage.pack().display().to_string(), key(stage)?);
    let trusted = stage.ringfence.run(&["verify", &pack, "--trust", &key])?;
    let untrusted = stage.ringfence.run(&["verify", &pack])?;
    let ok = trusted.code == 0 && untrusted.code == 1;
    let text = format!(
        "$ ringfence verify pack.zip --trust {key}\n{}\nwithout a key from outside: {}",
        trusted.out.lines().next().unwrap_or_default(),
        untrusted.out.lines().next().unwrap_or_default()
    );
    let text = if ok {
        text
    } else {
        format!("{text}\n{}{}", trusted.out, trusted.err)
    };
    Ok(Found::new(
        ok,
        text,
        json!({ "exit_code": trusted.code, "exit_code_without_key": untrusted.code }),
    ))
}

pub(super) fn verify_python(stage: &mut Stage) -> Result<Found> {
    if !on_path("python3") {
        return Ok(Found::new(
            false,
            "python3 is not on PATH; install it to run the second verifier",
            json!({}),
        ));
    }
    let script = stage.folder.join("verify.py");
    unpack_verifier(&stage.pack(), &script)?;
    let key = key(stage)?;
    let python =
        |trust: &[&str], pack: &Path| run(program("python3").arg("-I").arg(&script).arg(pack).args(trust));
    let trusted = python(&["--trust", &key], &stage.pack())?;
    let untrusted = python(&[], &stage.pack())?;
    // One flipped byte must be found.
    let broken = stage.folder.join("broken.zip");
    let mut bytes = std::fs::read(stage.pack())?;
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    std::fs::write(&broken, bytes)?;
    let flipped = python(&["--trust", &key], &broken)?;
    let ok = trusted.code == 0 && untrusted.code == 1 && flipped.code == 1;
    let text = format!(
        "$ python3 -I verify.py pack.zip --trust ...\n{}\nwith one flipped byte: exit code {}",
        trusted
            .out
            .lines()
            .find(|line| line.contains("PASS"))
            .unwrap_or_default(),
        flipped.code
    );
    let text = if ok {
        text
    } else {
        format!("{text}\n{}{}", trusted.out, trusted.err)
    };
    Ok(Found::new(
        ok,
        text,
        json!({ "exit_code": trusted.code, "exit_code_flipped": flipped.code }),
    ))
}

fn unpack_verifier(pack: &Path, to: &PathBuf) -> Result<()> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(pack)?)?;
    let mut member = archive.by_name("verifier/verify.py")?;
    let mut file = std::fs::File::create(to)?;
    std::io::copy(&mut member, &mut file)?;
    Ok(())
}

pub(super) fn offboard(stage: &mut Stage) -> Result<Found> {
    let clone = stage.clone_of("nordwind");
    let token = stage.token("nordwind")?.to_owned();
    let before = run(with_token(&clone, &token).args(["fetch", "--quiet", "origin"]))?.well();
    let done = stage
        .ringfence
        .run(&["offboard", "nordwind"])?
        .expect_well("ringfence offboard")?;
    let ended = Instant::now();
    let after = run_with(
        with_token(&clone, &token).args(["fetch", "--quiet", "origin"]),
        b"",
    )?;
    let seconds = ended.elapsed().as_secs_f64();
    let other = run(with_token(&stage.clone_of("suedwerk"), stage.token("suedwerk")?)
        .args(["fetch", "--quiet", "origin"]))?
    .well();
    let tracker = stage
        .ringfence
        .run(&["tracker"])?
        .expect_well("ringfence tracker")?;
    let audit = stage.ringfence.run(&["ledger", "audit"])?;
    let ok = before && !after.well() && seconds < 1.0 && other && audit.well();
    let text = format!(
        "$ ringfence offboard nordwind\n{}\nthe next fetch: {} after {seconds:.2} s; suedwerk still works: {other}\n$ ringfence tracker\n{}$ ringfence ledger audit: {}",
        done.out.trim(),
        if after.well() { "STILL SERVED" } else { "refused" },
        tracker.out,
        audit.out.lines().last().unwrap_or("failed")
    );
    Ok(Found::new(
        ok,
        text,
        json!({ "refused": !after.well(), "seconds_to_refusal": seconds, "others_unaffected": other, "audit": audit.well() }),
    ))
}
