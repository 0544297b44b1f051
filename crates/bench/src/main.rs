//! `ringfence-bench NAME`: measures what the design promises, each row as a ratio against a peer or a physical bound of the same run.
//!
//! Rows without a goal are information. A goal that does not hold is printed as such and is no error: the exit code tells whether
//! everything could be measured (0), not (70), or the bench is unknown (2).

mod corpus;
mod first_light;
mod measure;
mod report;
mod row;
mod servers;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// The benches by name.
const BENCHES: &[&str] = &["first-light"];

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
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
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
    let mut printer = report::Printer::new(name, arguments.json);
    let measured = first_light::run(arguments.only.as_deref(), &mut |row| printer.print(row))?;
    if measured == 0 {
        eprintln!(
            "ringfence-bench: no row of {name} contains {:?}; there are:\n  {}",
            arguments.only.as_deref().unwrap_or_default(),
            first_light::row_names().join("\n  ")
        );
        return Ok(ExitCode::from(2));
    }
    printer.finish();
    Ok(ExitCode::SUCCESS)
}
