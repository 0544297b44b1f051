//! Clone through the gateway against the same store behind plain `git http-backend`.

use super::Subjects;
use super::estate::{Estate, VIEW};
use crate::measure::{in_turns, median, wall};
use crate::row::{Goal, Peer, Row};
use crate::servers::ServerProcess;
use anyhow::{Context, Result, ensure};
use ringfence_git::command::{Limits, git, run_command};
use std::path::Path;
use std::time::Duration;

const CLONE_WALL: &str = "clone of a 1,000-file view, wall";
const CLONE_CPU: &str = "clone of a 1,000-file view, server CPU";
const TRANSFER_WALL: &str = "clone without checkout, wall";
const FETCH_WALL: &str = "fetch with nothing new, wall";

const CLONES: u32 = 15;

pub fn names() -> Vec<String> {
    [CLONE_WALL, CLONE_CPU, TRANSFER_WALL, FETCH_WALL]
        .map(str::to_owned)
        .to_vec()
}

/// One server as a client sees it.
pub(crate) struct Side {
    pub server: ServerProcess,
    pub address: String,
}

pub(super) fn measure(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let estate = subjects.estate()?;
    let (gateway, plain) = (gateway(estate)?, plain(estate)?);
    let work = tempfile::tempdir_in(estate.folder()).context("no temporary folder")?;
    let peer = |value: f64| {
        Some(Peer {
            name: "git http-backend".to_owned(),
            value,
        })
    };

    let clone = |side: &Side, name: &str, options: &[&str]| -> Result<(Duration, Duration)> {
        let place = work.path().join(name);
        let before = side.server.cpu()?;
        let ((), time) =
            wall(|| client(&[&["clone", "--quiet"], options, &[&side.address, &text(&place)]].concat()))?;
        let spent = side.server.cpu()?.saturating_sub(before);
        if options.is_empty() {
            ensure!(
                place.join(".git").is_dir(),
                "the clone left nothing in {}",
                place.display()
            );
        }
        std::fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))?;
        Ok((time, spent))
    };
    let walls = |runs: &[(Duration, Duration)]| median(&runs.iter().map(|run| run.0).collect::<Vec<_>>());
    if subjects.wants(CLONE_WALL) || subjects.wants(CLONE_CPU) {
        let (ours, theirs) = in_turns(
            CLONES,
            || clone(&gateway, "ours", &[]),
            || clone(&plain, "theirs", &[]),
        )?;
        // The kernel counts in steps of 10 ms, so the mean of all clones says more than a median.
        let spent = |runs: &[(Duration, Duration)]| {
            runs.iter().map(|run| run.1).sum::<Duration>().as_secs_f64() / f64::from(CLONES)
        };
        let goal = Some(Goal::RatioAtMost(1.2));
        give(Row {
            name: CLONE_WALL.to_owned(),
            value: walls(&ours),
            unit: "s",
            peer: peer(walls(&theirs)),
            goal,
        });
        give(Row {
            name: CLONE_CPU.to_owned(),
            value: spent(&ours),
            unit: "s",
            peer: peer(spent(&theirs)),
            goal,
        });
    }
    if subjects.wants(TRANSFER_WALL) {
        let bare = &["--no-checkout"];
        let (ours, theirs) = in_turns(
            CLONES,
            || clone(&gateway, "ours", bare),
            || clone(&plain, "theirs", bare),
        )?;
        give(Row {
            name: TRANSFER_WALL.to_owned(),
            value: walls(&ours),
            unit: "s",
            peer: peer(walls(&theirs)),
            goal: None,
        });
    }
    if !subjects.wants(FETCH_WALL) {
        return Ok(());
    }
    let kept = |side: &Side, name: &str| -> Result<String> {
        let place = text(&work.path().join(name));
        client(&["clone", "--quiet", "--no-checkout", &side.address, &place])?;
        Ok(place)
    };
    let (at_gateway, at_plain) = (kept(&gateway, "kept-ours")?, kept(&plain, "kept-theirs")?);
    let fetch = |place: &str| wall(|| client(&["-C", place, "fetch", "--quiet"])).map(|((), time)| time);
    let (ours, theirs) = in_turns(CLONES, || fetch(&at_gateway), || fetch(&at_plain))?;
    give(Row {
        name: FETCH_WALL.to_owned(),
        value: median(&ours),
        unit: "s",
        peer: peer(median(&theirs)),
        goal: None,
    });
    Ok(())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

pub(crate) fn client(arguments: &[&str]) -> Result<()> {
    let mut command = git(None);
    // The client's own durability is the same on both sides and would only hide the difference.
    command.args(["-c", "core.fsync=none"]).args(arguments);
    run_command(command, b"", Limits::default())
        .map(drop)
        .context("the git client")
}

pub(crate) fn gateway(estate: &Estate) -> Result<Side> {
    let server = ServerProcess::start("serve-gateway", estate.app().home())?;
    let address = format!("http://ada:{}@{}/git/{VIEW}.git", estate.token(), server.address);
    Ok(Side { server, address })
}

/// The peer serves a copy of the recipient's store: the same packs, the same configuration.
pub(crate) fn plain(estate: &Estate) -> Result<Side> {
    let folder = estate.folder().join("plain");
    copy(&estate.store()?, &folder.join("all.git"))?;
    let server = ServerProcess::start("serve-plain", &folder)?;
    let address = format!("http://{}/all.git", server.address);
    Ok(Side { server, address })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut folders = vec![(from.to_path_buf(), to.to_path_buf())];
    while let Some((from, to)) = folders.pop() {
        std::fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
        for entry in std::fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))? {
            let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push((entry.path(), target));
            } else {
                std::fs::copy(entry.path(), &target)
                    .with_context(|| format!("cannot copy to {}", target.display()))?;
            }
        }
    }
    Ok(())
}
