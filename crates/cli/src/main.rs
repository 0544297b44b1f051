//! The one binary: arguments in, text or JSON out. All logic is in the libraries; here things are parsed, called and printed.

mod arguments;
mod commands;
mod demo;
mod output;
mod serve;

use arguments::{Arguments, Command};
use clap::Parser;
use output::Output;
use ringfence_app::{AppError, Class};
use std::process::ExitCode;

/// The answer is yes, or it is done.
const DONE: u8 = 0;
/// The answer is no: refused, verification failed, not found.
const NO: u8 = 1;
/// Wrong usage or input.
const USAGE: u8 = 2;
/// A fault of ours or of the machine.
const FAULT: u8 = 70;

fn main() -> ExitCode {
    // A reader that goes away (`| head`) ends the output, not the program with a fault.
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let failed = error.use_stderr();
            let _ = error.print();
            // A program that asked for JSON gets its object also when the rest of its line is not understood.
            if failed && std::env::args_os().any(|argument| argument == "--json") {
                let mut output = Output::new(true);
                output.failure(&anyhow::anyhow!("{}", error.to_string().trim_end()), Class::Input);
                let _ = output.finish();
            }
            return ExitCode::from(if failed { USAGE } else { DONE });
        }
    };
    let level = if matches!(arguments.command, Command::Serve { .. }) {
        "info"
    } else {
        "warn"
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("RINGFENCE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level)),
        )
        .with_writer(std::io::stderr)
        .with_ansi(
            std::env::var_os("NO_COLOR").is_none() && std::io::IsTerminal::is_terminal(&std::io::stderr()),
        )
        .init();
    let mut output = Output::new(arguments.common.json);
    let code = match commands::run(&arguments, &mut output) {
        Ok(true) => DONE,
        Ok(false) => NO,
        Err(error) => {
            let class = error
                .downcast_ref::<AppError>()
                .map_or(Class::Fault, AppError::class);
            output.failure(&error, class);
            match class {
                Class::No => NO,
                Class::Input => USAGE,
                Class::Fault => FAULT,
            }
        }
    };
    match output.finish() {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(code.max(FAULT)),
    }
}
