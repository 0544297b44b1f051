//! What the gateway's server spends on a clone and on a fetch with nothing new, beside plain `git http-backend` on the same store.

use super::Subjects;
use crate::first_light::clone::{Side, client, gateway, plain};
use crate::row::{Goal, Peer, Row};
use anyhow::{Context as _, Result};

const CLONE: &str = "clone through the gateway, 1,000 files, server CPU";
const FETCH: &str = "fetch with nothing new through the gateway, server CPU";
const HTTP_BACKEND: &str = "git http-backend";

/// The kernel counts in steps of 10 ms, so each turn is many requests.
const IN_ONE_TURN: u32 = 10;
const TURNS: u32 = 4;

pub fn names() -> Vec<String> {
    [CLONE, FETCH].map(str::to_owned).to_vec()
}

pub fn measure(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let estate = subjects.estate()?;
    let (ours, theirs) = (gateway(estate)?, plain(estate)?);
    let work = tempfile::tempdir_in(estate.folder()).context("no temporary folder")?;
    let place = |name: &str| work.path().join(name).display().to_string();
    let kept =
        |side: &Side, name: &str| client(&["clone", "--quiet", "--no-checkout", &side.address, &place(name)]);
    kept(&ours, "ours")?;
    kept(&theirs, "theirs")?;

    let spent = |side: &Side, work: &dyn Fn() -> Result<()>| -> Result<f64> {
        let before = side.server.cpu()?;
        for _ in 0..IN_ONE_TURN {
            work()?;
        }
        Ok(side.server.cpu()?.saturating_sub(before).as_secs_f64() / f64::from(IN_ONE_TURN))
    };
    let mut row = |name: &str, goal: f64, work: &dyn Fn(&Side, &str) -> Result<()>| -> Result<()> {
        let (mut of_ours, mut of_theirs) = (0.0, 0.0);
        for _ in 0..TURNS {
            of_ours += spent(&ours, &|| work(&ours, "ours"))?;
            of_theirs += spent(&theirs, &|| work(&theirs, "theirs"))?;
        }
        give(Row {
            name: name.to_owned(),
            value: of_ours / f64::from(TURNS),
            unit: "s",
            peer: Some(Peer {
                name: HTTP_BACKEND.to_owned(),
                value: of_theirs / f64::from(TURNS),
            }),
            goal: Some(Goal::RatioAtMost(goal)),
        });
        Ok(())
    };
    if subjects.wants(CLONE) {
        row(CLONE, 1.2, &|side, _| {
            let copy = work.path().join("copy");
            client(&[
                "clone",
                "--quiet",
                "--no-checkout",
                &side.address,
                &copy.display().to_string(),
            ])?;
            std::fs::remove_dir_all(&copy).with_context(|| format!("cannot remove {}", copy.display()))
        })?;
    }
    if subjects.wants(FETCH) {
        row(FETCH, 1.3, &|_, name| {
            client(&["-C", &place(name), "fetch", "--quiet"])
        })?;
    }
    Ok(())
}
