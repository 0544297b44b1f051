//! Tracing a leak of 100 files against 1,000 owned ones, by the use case that `ringfence trace` calls.

use super::Subjects;
use super::estate::{FILES, PERSON, RECIPIENT, VIEW};
use super::marks::parse_all;
use crate::corpus::{SourceFile, sample};
use crate::measure::{in_turns, median, wall};
use crate::row::{Peer, Row};
use anyhow::{Context, Result, ensure};

const TRACE: &str = "trace of a 100-file suspect against 1,000 owned files";

const SUSPECTS: usize = 100;
const ROUNDS: u32 = 3;
/// As the command line does unless said.
const EPSILON: f64 = 1e-9;

pub fn names() -> Vec<String> {
    vec![TRACE.to_owned()]
}

pub fn measure(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let estate = subjects.estate()?;
    let work = tempfile::tempdir_in(estate.folder()).context("no temporary folder")?;
    let copy = work.path().join("copy");
    estate
        .app()
        .export(VIEW, RECIPIENT, Some(PERSON), &copy)
        .context("the copy that leaks")?;
    let owned = sample(subjects.files()?, FILES);
    let suspect = work.path().join("leak");
    let mut leaked: Vec<SourceFile> = sample(&owned, SUSPECTS);
    for file in &mut leaked {
        file.text =
            std::fs::read(copy.join(&file.path)).with_context(|| format!("the copy lacks {}", file.path))?;
        let to = suspect.join(&file.path);
        let folder = to.parent().context("a path without a folder")?;
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        std::fs::write(&to, &file.text).with_context(|| format!("cannot write {}", to.display()))?;
    }
    let trace = || -> Result<_> {
        let (report, time) = wall(|| Ok(estate.app().trace(&suspect, EPSILON)?))?;
        ensure!(
            report.recipient.as_deref() == Some(RECIPIENT),
            "the trace of the bench named {:?}: {} sites read, {} erased, score {:.1} of {:.1}",
            report.recipient,
            report.sites_read,
            report.sites_erased,
            report.score,
            report.threshold
        );
        Ok(time)
    };
    let parse = || {
        let texts = owned
            .iter()
            .chain(&leaked)
            .map(|file| (file.language, file.text.as_slice()));
        Ok(wall(|| parse_all(texts))?.1)
    };
    let (ours, peer) = in_turns(ROUNDS, trace, parse)?;
    give(Row {
        name: TRACE.to_owned(),
        value: median(&ours),
        unit: "s",
        peer: Some(Peer {
            name: "bare parse of the 1,100 files".to_owned(),
            value: median(&peer),
        }),
        goal: None,
    });
    Ok(())
}
