//! `ringfence-bench NAME`: measures what the design promises, each row as a ratio against a peer or a physical bound of the same run.
//!
//! Rows without a goal are information. A goal that does not hold is printed as such and is no error: the exit code tells whether
//! everything could be measured (0), not (70), or the bench is unknown (2). `replay` also says by 1 that a result was wrong without a
//! flag, `marks` that an innocent was named.

mod corpus;
mod first_light;
mod interface;
mod leak;
mod marks;
mod marks_safe;
mod measure;
mod replay;
mod report;
mod row;
mod servers;
mod view;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// The benches by name.
const BENCHES: &[&str] = &[
    "first-light",
    "interface",
    "view",
    "replay",
    "marks",
    "marks-safe",
    "leak",
];

#[derive(Parser)]
#[command(
    name = "ringfence-bench",
    about = "Measures, as ratios against a peer in the same run"
)]
struct Arguments {
    /// Which bench.
    name: Option<String>,
    /// Prints JSON lines.
    #[arg(long)]
    json: bool,
    /// Only rows whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Measures anew what earlier runs kept: answers of the tools of `interface`, cells of `marks`.
    #[arg(long)]
    fresh: bool,
    /// Writes the table of common fingerprints of `leak` anew, from the packages at hand.
    #[arg(long, value_name = "FILE")]
    write_background: Option<PathBuf>,
    /// How many seeds: fragments of a cell of `marks`, codewords of a suite of `marks-safe`.
    #[arg(long)]
    seeds: Option<u32>,
    /// Starts nothing further after so many minutes (`replay`, `marks`, `marks-safe`).
    #[arg(long)]
    minutes: Option<u64>,
    #[command(flatten)]
    replay: replay::Options,
    #[command(flatten)]
    marks: marks::Options,
    #[command(subcommand)]
    server: Option<Server>,
}

/// Servers that the bench starts as processes of their own, so that their CPU time can be told apart.
#[derive(Subcommand)]
enum Server {
    /// Serves a home by the gateway.
    #[command(hide = true)]
    ServeGateway { home: PathBuf },
    /// Serves the repositories of a folder by `git http-backend`.
    #[command(hide = true)]
    ServePlain { folder: PathBuf },
    /// Brings the stores of so many recipients up to date and prints its largest memory in kB.
    #[command(hide = true)]
    RefreshMany { home: PathBuf, count: usize },
}

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    arguments.replay.minutes = arguments.minutes;
    arguments.marks.minutes = arguments.minutes;
    arguments.marks.seeds = arguments.seeds;
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ringfence-bench: {error:#}");
            ExitCode::from(70)
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.server {
        Some(Server::ServeGateway { home }) => {
            return servers::gateway::serve(home).map(|()| ExitCode::SUCCESS);
        }
        Some(Server::ServePlain { folder }) => {
            return servers::plain::serve(folder).map(|()| ExitCode::SUCCESS);
        }
        Some(Server::RefreshMany { home, count }) => {
            return view::refresh_many(home, *count).map(|()| ExitCode::SUCCESS);
        }
        None => {}
    }
    let name = arguments.name.as_deref().unwrap_or_default();
    if !BENCHES.contains(&name) {
        eprintln!(
            "ringfence-bench: no bench {name:?}; there are: {}",
            BENCHES.join(", ")
        );
        return Ok(ExitCode::from(2));
    }
    if name == "replay" {
        let clean = replay::run(&arguments.replay)?;
        return Ok(if clean {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    if name == "interface" {
        let only = arguments.only.as_deref();
        if interface::run(only, arguments.json, arguments.fresh)? {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!(
            "ringfence-bench: no language or package of interface is {:?}; there are:\n  {}",
            only.unwrap_or_default(),
            interface::names().join("\n  ")
        );
        return Ok(ExitCode::from(2));
    }
    if name == "marks" {
        let only = arguments.only.as_deref();
        return Ok(
            match marks::run(&arguments.marks, only, arguments.json, arguments.fresh)? {
                marks::End::Clean => ExitCode::SUCCESS,
                marks::End::WrongName => ExitCode::FAILURE,
                marks::End::Unknown => {
                    eprintln!(
                        "ringfence-bench: marks has no such language or attack; there are:\n  {}",
                        marks::names().join("\n  ")
                    );
                    ExitCode::from(2)
                }
            },
        );
    }
    if let (Some(file), "leak") = (&arguments.write_background, name) {
        return leak::write_background(file).map(|()| ExitCode::SUCCESS);
    }
    if name == "marks-safe" {
        let options = marks_safe::Options {
            seeds: arguments.seeds.unwrap_or(10),
            minutes: arguments.minutes.unwrap_or(120),
            only: arguments.only.as_deref(),
            json: arguments.json,
            fresh: arguments.fresh,
        };
        if marks_safe::run(&options)? {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!(
            "ringfence-bench: no suite or language of marks-safe is {:?}; there are:\n  {}",
            options.only.unwrap_or_default(),
            marks_safe::names().join("\n  ")
        );
        return Ok(ExitCode::from(2));
    }
    let mut printer = report::Printer::new(name, arguments.json);
    let only = arguments.only.as_deref();
    let (measured, rows) = if name == "view" {
        (view::run(only, &mut |row| printer.print(row))?, view::row_names())
    } else if name == "leak" {
        (leak::run(only, &mut |row| printer.print(row))?, leak::row_names())
    } else {
        (
            first_light::run(only, &mut |row| printer.print(row))?,
            first_light::row_names(),
        )
    };
    if measured == 0 {
        eprintln!(
            "ringfence-bench: no row of {name} contains {:?}; there are:\n  {}",
            arguments.only.as_deref().unwrap_or_default(),
            rows.join("\n  ")
        );
        return Ok(ExitCode::from(2));
    }
    printer.finish();
    Ok(ExitCode::SUCCESS)
}
