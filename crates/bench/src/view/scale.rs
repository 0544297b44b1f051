//! A marked view of 10,000 files, and 200 recipients of one view.

use super::Subjects;
use super::repository::bytes_below;
use crate::corpus::{SourceFile, sample};
use crate::first_light::estate::{Estate, RECIPIENT, VIEW};
use crate::measure::{cpu, megabytes, spent};
use crate::row::{Goal, Peer, Row};
use anyhow::{Context as _, Result, ensure};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use ringfence_app::{App, SystemClock};
use ringfence_syntax::Language;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const FIRST: &str = "marked view of 10,000 files, first recipient";
const FURTHER: &str = "marked view of 10,000 files, one further recipient";
const EACH_CPU: &str = "200 recipients of a 300-file view, each further one, user CPU";
const EACH_DISK: &str = "200 recipients of a 300-file view, each further one, disk";
const MEMORY: &str = "200 recipients of a 300-file view, peak memory";

const FILES: usize = 10_000;
const FEW_FILES: usize = 300;
const RECIPIENTS: usize = 200;
const SOME: usize = 10;

pub fn names() -> Vec<String> {
    let both = |name: &str| {
        [
            format!("{name}, user CPU"),
            format!("{name}, wall"),
            format!("{name}, rate"),
        ]
    };
    [FIRST, FURTHER].iter().flat_map(|name| both(name)).collect()
}

pub fn names_of_many() -> Vec<String> {
    [EACH_CPU, EACH_DISK, MEMORY].map(str::to_owned).to_vec()
}

/// Enough files: where the corpus has too few, it is taken again with another first line, so that no text occurs twice.
fn enough(files: &[SourceFile]) -> Vec<SourceFile> {
    let mut all = sample(files, FILES);
    let mut round = 1;
    while all.len() < FILES && !files.is_empty() {
        round += 1;
        let missing = FILES - all.len();
        all.extend(sample(files, missing).into_iter().map(|file| {
            let comment = if file.language == Language::Python {
                "#"
            } else {
                "//"
            };
            let mut text = format!("{comment} Again, the {round}. time.\n").into_bytes();
            text.extend_from_slice(&file.text);
            SourceFile {
                path: format!("again-{round}/{}", file.path),
                text,
                ..file
            }
        }));
    }
    all
}

pub fn measure(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let files = enough(subjects.files()?);
    let size = megabytes(files.iter().map(|file| file.text.len()).sum());
    let estate = Estate::declare(&files, &["further-1".to_owned()])?;
    let ((), parse) = cpu(|| {
        for file in &files {
            // A text past the bounds of a parse costs what it costs until then, on both sides.
            let _ = black_box(ringfence_syntax::parse(file.language, &file.text));
        }
        Ok(())
    })?;
    let ((), deflate) = cpu(|| {
        for file in &files {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(3));
            encoder.write_all(&file.text)?;
            black_box(encoder.finish()?);
        }
        Ok(())
    })?;
    for (name, recipient, bound, time) in [
        (FIRST, RECIPIENT, "one parse of each text, one core", parse),
        (
            FURTHER,
            "further-1",
            "zlib deflate, level 3, of the same bytes",
            deflate,
        ),
    ] {
        let (_, ours) = spent(|| Ok(estate.app().refresh(VIEW, recipient)?))?;
        let mut row = |what: &str, value: f64, unit: &'static str, peer: f64| {
            give(Row {
                name: format!("{name}, {what}"),
                value,
                unit,
                peer: Some(Peer {
                    name: bound.to_owned(),
                    value: peer,
                }),
                goal: None,
            });
        };
        let seconds = |time: Duration| time.as_secs_f64();
        row("user CPU", seconds(ours.user), "s", seconds(time));
        row("wall", seconds(ours.wall), "s", seconds(time));
        row("rate", size / seconds(ours.wall), "MB/s", size / seconds(time));
    }
    Ok(())
}

pub fn measure_many(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let chosen = sample(subjects.files()?, FEW_FILES);
    let further: Vec<String> = (1..RECIPIENTS)
        .map(|number| format!("further-{number}"))
        .collect();
    let estate = Estate::declare(&chosen, &further)?;
    let store = estate.store()?;
    let stores = store.parent().context("a store without a folder")?;
    estate.app().refresh(VIEW, RECIPIENT)?;
    let one = bytes_below(stores)?;
    // The same recipients are taken up again by the second run, which finds nothing new for them.
    let some = refresh_in_a_child(estate.app().home(), SOME)?;
    let many = refresh_in_a_child(estate.app().home(), RECIPIENTS)?;
    let all = bytes_below(stores)?;
    let times = |count: usize| u32::try_from(count).map_or(f64::NAN, f64::from);
    let bytes = |bytes: u64| usize::try_from(bytes).map_or(f64::NAN, megabytes);
    let further = times(RECIPIENTS) - times(SOME);
    let ((), deflate) = cpu(|| {
        for file in &chosen {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(3));
            encoder.write_all(&file.text)?;
            black_box(encoder.finish()?);
        }
        Ok(())
    })?;
    give(Row {
        name: EACH_CPU.to_owned(),
        value: many.1.as_secs_f64() / further,
        unit: "s",
        peer: Some(Peer {
            name: "zlib deflate, level 3, of the same bytes".to_owned(),
            value: deflate.as_secs_f64(),
        }),
        goal: None,
    });
    give(Row {
        name: EACH_DISK.to_owned(),
        value: bytes(all.saturating_sub(one)) / (times(RECIPIENTS) - 1.0),
        unit: "MB",
        peer: Some(Peer {
            name: "the store of the first".to_owned(),
            value: bytes(one),
        }),
        goal: None,
    });
    give(Row {
        name: MEMORY.to_owned(),
        value: many.0,
        unit: "MB",
        peer: Some(Peer {
            name: "10 recipients".to_owned(),
            value: some.0,
        }),
        goal: Some(Goal::RatioAtMost(1.25)),
    });
    Ok(())
}

/// Peak memory in MB and user CPU of a process of its own.
fn refresh_in_a_child(home: &Path, count: usize) -> Result<(f64, Duration)> {
    let program = std::env::current_exe().context("this program has no path")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the bench starts itself again, so that the memory is its own"
    )]
    let mut command = std::process::Command::new(program);
    command.arg("refresh-many").arg(home).arg(count.to_string());
    let (printed, spent) = spent(|| command.output().context("starting the bench again"))?;
    ensure!(
        printed.status.success(),
        "{}",
        String::from_utf8_lossy(&printed.stderr)
    );
    let text = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
    let peak: f64 = text.parse().with_context(|| format!("no memory but {text:?}"))?;
    Ok((peak / 1_000.0, spent.user))
}

/// The work of that process.
pub fn refresh_many(home: &Path, count: usize) -> Result<()> {
    let app = App::open(home, Arc::new(SystemClock)).context("opening the home")?;
    for number in 1..count {
        app.refresh(VIEW, &format!("further-{number}"))?;
    }
    let status = std::fs::read_to_string("/proc/self/status").context("reading our own memory")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .context("the kernel does not tell the peak memory")?;
    println!("{peak}");
    Ok(())
}
