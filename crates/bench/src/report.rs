//! Prints rows: a table for people at the end, or JSON lines as they come.

use crate::row::Row;
use serde::Serialize;
use std::io::Write as _;

const HEADINGS: [&str; 8] = [
    "row",
    "value",
    "unit",
    "peer",
    "peer value",
    "ratio",
    "goal",
    "holds",
];
/// Columns of figures stand to the right.
const FIGURES: [bool; 8] = [false, true, false, false, true, true, false, false];

/// Takes rows and prints them.
pub struct Printer {
    bench: String,
    json: bool,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Line<'a> {
    bench: &'a str,
    row: &'a str,
    value: f64,
    unit: &'a str,
    peer: Option<&'a str>,
    peer_value: Option<f64>,
    ratio: Option<f64>,
    goal: Option<String>,
    holds: Option<bool>,
}

impl Printer {
    /// A printer for one bench.
    pub fn new(bench: &str, json: bool) -> Self {
        Self {
            bench: bench.to_owned(),
            json,
            rows: Vec::new(),
        }
    }

    /// Prints a row now, or keeps it for the table.
    pub fn print(&mut self, row: Row) {
        if self.json {
            let line = json_line(&self.bench, &row);
            let mut out = std::io::stdout().lock();
            // Nobody reads any more: then the rest need not be printed either.
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        } else {
            eprintln!("{}: {} {}", row.name, figure(row.value), row.unit);
            self.rows.push(row);
        }
    }

    /// Prints the table.
    pub fn finish(self) {
        if !self.json {
            print!("{}", table(&self.rows));
        }
    }
}

fn json_line(bench: &str, row: &Row) -> String {
    let line = Line {
        bench,
        row: &row.name,
        value: row.value,
        unit: row.unit,
        peer: row.peer.as_ref().map(|peer| peer.name.as_str()),
        peer_value: row.peer.as_ref().map(|peer| peer.value),
        ratio: row.ratio(),
        goal: row.goal.map(|goal| goal.to_string()),
        holds: row.holds(),
    };
    serde_json::to_string(&line).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

/// A table in Markdown, aligned for reading as plain text too.
fn table(rows: &[Row]) -> String {
    let mut lines: Vec<[String; 8]> = vec![HEADINGS.map(str::to_owned)];
    lines.extend(rows.iter().map(cells));
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| {
            lines
                .iter()
                .filter_map(|line| line.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        for ((cell, width), right) in line.iter().zip(&widths).zip(FIGURES) {
            text.push_str("| ");
            text.push_str(&padded(cell, *width, right));
            text.push(' ');
        }
        text.push_str("|\n");
        if number == 0 {
            for (width, right) in widths.iter().zip(FIGURES) {
                text.push_str("| ");
                text.push_str(&"-".repeat(width.saturating_sub(usize::from(right))));
                text.push_str(if right { ": " } else { " " });
            }
            text.push_str("|\n");
        }
    }
    text
}

fn cells(row: &Row) -> [String; 8] {
    let none = || "-".to_owned();
    [
        row.name.clone(),
        figure(row.value),
        row.unit.to_owned(),
        row.peer.as_ref().map_or_else(none, |peer| peer.name.clone()),
        row.peer.as_ref().map_or_else(none, |peer| figure(peer.value)),
        row.ratio().map_or_else(none, figure),
        row.goal.map_or_else(none, |goal| goal.to_string()),
        row.holds()
            .map_or_else(none, |holds| if holds { "yes" } else { "no" }.to_owned()),
    ]
}

fn padded(cell: &str, width: usize, right: bool) -> String {
    if right {
        format!("{cell:>width$}")
    } else {
        format!("{cell:<width$}")
    }
}

/// Three significant digits, thousands set apart.
fn figure(value: f64) -> String {
    let size = value.abs();
    if size >= 999.5 {
        let digits = format!("{value:.0}");
        let (sign, digits) = digits
            .strip_prefix('-')
            .map_or(("", digits.as_str()), |rest| ("-", rest));
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        return format!("{sign}{grouped}");
    }
    let decimals = if size >= 99.95 {
        0
    } else if size >= 9.995 {
        1
    } else if size >= 0.9995 {
        2
    } else {
        3
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Goal, Peer};

    fn rows() -> Vec<Row> {
        vec![
            Row {
                name: "clone".to_owned(),
                value: 0.5,
                unit: "s",
                peer: Some(Peer {
                    name: "git http-backend".to_owned(),
                    value: 0.4,
                }),
                goal: Some(Goal::RatioAtMost(1.2)),
            },
            Row {
                name: "rendering".to_owned(),
                value: 1234.5,
                unit: "MB/s",
                peer: Some(Peer {
                    name: "memcpy".to_owned(),
                    value: 10_000.0,
                }),
                goal: Some(Goal::ValueAtLeast(50.0)),
            },
            Row {
                name: "decisions".to_owned(),
                value: 42.0,
                unit: "1/s",
                peer: None,
                goal: None,
            },
        ]
    }

    #[test]
    fn a_table_is_aligned_markdown() {
        let expected = "\
| row       | value | unit | peer             | peer value | ratio | goal         | holds |
| --------- | ----: | ---- | ---------------- | ---------: | ----: | ------------ | ----- |
| clone     | 0.500 | s    | git http-backend |      0.400 |  1.25 | ratio <= 1.2 | no    |
| rendering | 1,234 | MB/s | memcpy           |     10,000 | 0.123 | value >= 50  | yes   |
| decisions |  42.0 | 1/s  | -                |          - |     - | -            | -     |
";
        assert_eq!(table(&rows()), expected);
    }

    #[test]
    fn a_json_line_has_the_nine_keys_in_order() {
        let lines: Vec<String> = rows().iter().map(|row| json_line("first-light", row)).collect();
        assert_eq!(
            lines[0],
            r#"{"bench":"first-light","row":"clone","value":0.5,"unit":"s","peer":"git http-backend","peer_value":0.4,"ratio":1.25,"goal":"ratio <= 1.2","holds":false}"#
        );
        assert_eq!(
            lines[2],
            r#"{"bench":"first-light","row":"decisions","value":42.0,"unit":"1/s","peer":null,"peer_value":null,"ratio":null,"goal":null,"holds":null}"#
        );
    }

    #[test]
    fn figures_have_three_digits() {
        let printed: Vec<String> = [
            0.0,
            0.01234,
            0.9996,
            1.0,
            9.996,
            12.34,
            99.96,
            999.4,
            999.6,
            1_234_567.0,
            -1234.0,
        ]
        .into_iter()
        .map(figure)
        .collect();
        assert_eq!(
            printed,
            [
                "0.000",
                "0.012",
                "1.00",
                "1.00",
                "10.0",
                "12.3",
                "100",
                "999",
                "1,000",
                "1,234,567",
                "-1,234"
            ]
        );
    }

    #[test]
    fn a_ratio_that_cannot_be_formed_holds_nothing() {
        let row = Row {
            name: "clone".to_owned(),
            value: 1.0,
            unit: "s",
            peer: Some(Peer {
                name: "nothing".to_owned(),
                value: 0.0,
            }),
            goal: Some(Goal::RatioAtMost(1.2)),
        };
        assert_eq!((row.ratio(), row.holds()), (None, Some(false)));
    }
}
