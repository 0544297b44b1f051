//! Tasks of the repository: `test`, `deny`, `tidy`, `corpus`, `bench`.
//!
//! Job: everything a developer or CI runs besides cargo itself. Refuses to skip: what is missing is installed or named.

mod corpus;
mod deny;
mod fuzz;
mod packages;
mod postgres;
mod process;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "xtask", about = "Tasks of the repository")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs every suite on SQLite and on PostgreSQL; installs the Debian packages it needs.
    Test {
        /// Only this package.
        #[arg(long, short)]
        package: Vec<String>,
        /// Passed on to the test binaries.
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Checks licences, bans and sources of the dependencies with cargo-deny; advisories where the database can be reached.
    Deny,
    /// Tests the repository's own hygiene: arrows, file sizes, forbidden words.
    Tidy,
    /// Downloads real subjects by pinned version from the package registries into `corpus/`.
    Corpus {
        /// Only these subjects.
        names: Vec<String>,
    },
    /// Builds the fuzz targets and runs each for a while; what falls is kept below the target folder.
    Fuzz {
        /// How long each runs.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Only these targets.
        targets: Vec<String>,
    },
    /// Measures, as ratios against a peer in the same run.
    Bench {
        /// Which bench.
        #[arg(default_value = "first-light")]
        name: String,
        /// Prints JSON lines.
        #[arg(long)]
        json: bool,
        /// Only rows whose name contains this.
        #[arg(long)]
        only: Option<String>,
        /// Passed on to the bench: `replay` takes a repository and its own flags, `marks` its own.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test { package, rest } => test::run(&package, &rest),
        Task::Deny => deny::run(),
        Task::Tidy => tidy::run(),
        Task::Fuzz { seconds, targets } => fuzz::run(seconds, &targets),
        Task::Corpus { names } => corpus::run(&names),
        Task::Bench {
            name,
            json,
            only,
            rest,
        } => {
            let mut command = process::cargo();
            command.args(["run", "--quiet", "--package", "ringfence-bench", "--", &name]);
            if json {
                command.arg("--json");
            }
            if let Some(only) = &only {
                command.args(["--only", only]);
            }
            command.args(&rest);
            let needed = match name.as_str() {
                "interface" | "marks" => packages::FOR_INTERFACE,
                "replay" => packages::FOR_REPLAY,
                "marks-safe" => packages::FOR_SUITES,
                _ => &[],
            };
            packages::ensure(needed)
                .and_then(|()| {
                    if name == "replay" {
                        corpus::for_replay(&rest)
                    } else {
                        Ok(())
                    }
                })
                .and_then(|()| process::status(&mut command))
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
