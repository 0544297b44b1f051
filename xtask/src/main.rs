//! Tasks of the repository: `test`, `deny`, `tidy`, `corpus`, `bench`.
//!
//! Job: everything a developer or CI runs besides cargo itself. Refuses to skip: what is missing is installed or named.

mod corpus;
mod deny;
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
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test { package, rest } => test::run(&package, &rest),
        Task::Deny => deny::run(),
        Task::Tidy => tidy::run(),
        Task::Corpus { names } => corpus::run(&names),
        Task::Bench { name, json, only } => {
            let mut command = process::cargo();
            command.args(["run", "--quiet", "--package", "ringfence-bench", "--", &name]);
            if json {
                command.arg("--json");
            }
            if let Some(only) = &only {
                command.args(["--only", only]);
            }
            process::status(&mut command)
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
