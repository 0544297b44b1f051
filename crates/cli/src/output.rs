//! Text for people or JSON for programs, from the same values.

use ringfence_app::{AppError, Class};
use serde::Serialize;
use std::io::Write;

/// Collects what a command prints.
pub struct Output {
    json: bool,
    out: std::io::BufWriter<std::io::Stdout>,
    failed: Option<std::io::Error>,
}

impl Output {
    /// Output in the form asked for.
    pub fn new(json: bool) -> Self {
        Self {
            json,
            out: std::io::BufWriter::new(std::io::stdout()),
            failed: None,
        }
    }

    /// True when JSON was asked for.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// One line of text.
    pub fn line(&mut self, text: impl AsRef<str>) {
        let text = text.as_ref();
        self.keep(|out| writeln!(out, "{text}"));
    }

    /// Writes what is waiting.
    pub fn flush(&mut self) {
        self.keep(std::io::Write::flush);
    }

    fn keep(&mut self, write: impl FnOnce(&mut std::io::BufWriter<std::io::Stdout>) -> std::io::Result<()>) {
        if self.failed.is_none()
            && let Err(error) = write(&mut self.out)
        {
            self.failed = Some(error);
        }
    }

    /// A value as one JSON object on a line, or the text that `text` makes of it.
    pub fn value<T: Serialize>(&mut self, value: &T, text: impl FnOnce(&T) -> String) {
        if self.json {
            let line =
                serde_json::to_string(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
            self.line(line);
        } else {
            let text = obeyed_by_no_terminal(&text(value));
            if !text.is_empty() {
                self.line(text.trim_end_matches('\n'));
            }
        }
    }

    /// Why a command did not succeed: on standard error for people, as an object for programs.
    pub fn failure(&mut self, error: &anyhow::Error, class: Class) {
        // A use case's failure names its source itself; only what was wrapped around others is a chain to be told.
        let message = match error.downcast_ref::<AppError>() {
            Some(failure) => failure.to_string(),
            None => format!("{error:#}"),
        };
        if self.json {
            let class = match class {
                Class::No => "no",
                Class::Input => "input",
                Class::Fault => "fault",
            };
            self.line(serde_json::json!({ "error": message, "class": class }).to_string());
        } else {
            self.flush();
            eprintln!("ringfence: {}", obeyed_by_no_terminal(&message));
        }
    }

    /// Ends the output. A closed pipe is the reader's choice.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.flush();
        match self.failed {
            Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

/// The text without anything that a terminal would obey or hide: names and contents come from vendors and suspects.
fn obeyed_by_no_terminal(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\n' | '\t' => letter,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                '\u{fffd}'
            }
            _ if letter.is_control() => '\u{fffd}',
            _ => letter,
        })
        .collect()
}

/// Columns aligned by their widest cell.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
    for row in std::iter::once(&header).chain(rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
