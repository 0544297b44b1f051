//! The plot of one language: share of fragments traced against leaked lines, a curve for each attack, as SVG for light and dark pages.
//!
//! Two panels: one leaker with every attack, and colluders. Curves carry their names at the right, in the order of where they end,
//! and differ by dash as well as by colour.

use super::cell::Cell;
use anyhow::{Context as _, Result};
use std::fmt::Write as _;
use std::path::Path;

const WIDTH: f64 = 900.0;
const PANEL: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 250.0;
const TOP: f64 = 46.0;
const GAP: f64 = 84.0;
/// Height of a line of text in the key.
const ROW: f64 = 17.0;
const TICKS: [usize; 9] = [30, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
/// Okabe and Ito's colours for the colour-blind, darkened or lightened by the page.
const COLOURS: [(&str, &str); 8] = [
    ("#0072b2", "#5bb8f0"),
    ("#d55e00", "#ff9a4d"),
    ("#007a5a", "#3fd3a8"),
    ("#a3518a", "#e79bcf"),
    ("#8a6d00", "#f0d34a"),
    ("#3b3b9c", "#a6a6ff"),
    ("#555555", "#c0c0c0"),
    ("#9c1c1c", "#ff8a8a"),
];
const DASHES: [&str; 3] = ["none", "7 4", "2 4"];

/// A curve with its name.
struct Curve<'c> {
    name: &'c str,
    cell: &'c Cell,
}

/// Writes the plot of a language; nothing without cells.
pub fn write(folder: &Path, language: &str, cells: &[Cell]) -> Result<()> {
    if cells.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(format!("marks-{language}.svg"));
    std::fs::write(&path, draw(language, cells))
        .with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("bench: {}", path.display());
    Ok(())
}

fn draw(language: &str, cells: &[Cell]) -> String {
    let curve = |cell| Curve {
        name: named(cell),
        cell,
    };
    let (colluders, alone): (Vec<&Cell>, Vec<&Cell>) =
        cells.iter().partition(|cell| cell.attack.contains("colluders"));
    let panels: Vec<(&str, Vec<Curve<'_>>)> = [
        ("one leaker", alone.into_iter().map(curve).collect::<Vec<_>>()),
        (
            "two to five who mix their copies",
            colluders.into_iter().map(curve).collect(),
        ),
    ]
    .into_iter()
    .filter(|(_, curves)| !curves.is_empty())
    .collect();
    let largest = cells
        .iter()
        .filter_map(|cell| cell.grid.last().copied())
        .max()
        .unwrap_or(5000);
    let mut body = String::new();
    let mut top = TOP;
    for (title, curves) in &panels {
        panel(&mut body, top, title, curves, largest);
        top += PANEL.max(decimal(curves.len()) * ROW) + GAP;
    }
    let height = top - GAP + 56.0;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"t d\">"
    );
    let _ = writeln!(
        out,
        "<title id=\"t\">{language}: share of leaked fragments whose copy is named</title>\n<desc id=\"d\">Against the number of leaked lines, one curve for each attack, among 1,000 recipients at a bound of 1e-9. The figures are in the table of cargo xtask bench marks.</desc>"
    );
    out.push_str(&style());
    let _ = writeln!(
        out,
        "<rect class=\"page\" width=\"{WIDTH}\" height=\"{height:.0}\"/>\n<text class=\"head\" x=\"{LEFT}\" y=\"20\">{language}: share of fragments that name the copy, N = 1,000, eps = 1e-9</text>"
    );
    out.push_str(&body);
    out.push_str("</svg>\n");
    out
}

fn style() -> String {
    let mut style = String::from(
        "<style>\n.page{fill:#fff}text{font:12px system-ui,sans-serif;fill:#222}.head{font-weight:600;font-size:14px}.grid{stroke:#ddd}.axis{stroke:#888}.key,.curve{fill:none;stroke-width:2}\n",
    );
    for (number, (light, _)) in COLOURS.iter().enumerate() {
        let _ = write!(style, ".c{number}{{stroke:{light}}}");
    }
    style.push_str(
        "\n@media (prefers-color-scheme:dark){.page{fill:#14171a}text{fill:#e6e6e6}.grid{stroke:#333}.axis{stroke:#999}",
    );
    for (number, (_, dark)) in COLOURS.iter().enumerate() {
        let _ = write!(style, ".c{number}{{stroke:{dark}}}");
    }
    style.push_str("}\n</style>\n");
    style
}

fn panel(out: &mut String, top: f64, title: &str, curves: &[Curve<'_>], largest: usize) {
    let across = |lines: usize| {
        let (first, last) = (decimal(30).ln(), decimal(largest.max(100)).ln());
        LEFT + (WIDTH - LEFT - RIGHT) * (decimal(lines.max(30)).ln() - first) / (last - first)
    };
    let down = |share: f64| top + 14.0 + (PANEL - 14.0) * (1.0 - share);
    let _ = writeln!(out, "<text x=\"{LEFT}\" y=\"{:.1}\">{title}</text>", top + 4.0);
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let y = down(share);
        let class = if share == 0.0 { "axis" } else { "grid" };
        let _ = writeln!(
            out,
            "<path class=\"{class}\" d=\"M{LEFT} {y:.1}H{:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{:.0} %</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            y + 4.0,
            100.0 * share
        );
    }
    for tick in TICKS.into_iter().filter(|tick| *tick <= largest) {
        let x = across(tick);
        let _ = writeln!(
            out,
            "<path class=\"grid\" d=\"M{x:.1} {:.1}V{:.1}\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
            down(1.0),
            down(0.0),
            down(0.0) + 18.0
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">leaked lines (the owner's, not blank)</text>",
        f64::midpoint(LEFT, WIDTH - RIGHT),
        down(0.0) + 36.0
    );
    let mut order: Vec<usize> = (0..curves.len()).collect();
    let rank = |index: &usize| {
        curves
            .get(*index)
            .and_then(|curve| curve.cell.lines_for(0.5))
            .unwrap_or(usize::MAX)
    };
    order.sort_by_key(rank);
    for (row, index) in order.iter().enumerate() {
        let Some(curve) = curves.get(*index) else { continue };
        let colour = index % COLOURS.len();
        let dash = DASHES.get(index % DASHES.len()).copied().unwrap_or("none");
        let mut points = String::new();
        for (step, lines) in curve.cell.grid.iter().enumerate() {
            let command = if step == 0 { 'M' } else { 'L' };
            let _ = write!(
                points,
                "{command}{:.1} {:.1}",
                across(*lines),
                down(curve.cell.share(*lines))
            );
        }
        let y = top + 18.0 + ROW * decimal(row);
        let x = WIDTH - RIGHT + 16.0;
        let half = super::table::lines(curve.cell.lines_for(0.5), curve.cell.grid.last().copied());
        let _ = writeln!(
            out,
            "<path class=\"curve c{colour}\" stroke-dasharray=\"{dash}\" d=\"{points}\"/><path class=\"key c{colour}\" stroke-dasharray=\"{dash}\" d=\"M{x:.1} {:.1}h26\"/><text x=\"{:.1}\" y=\"{y:.1}\">{}, {}</text>",
            y - 4.0,
            x + 32.0,
            curve.name,
            half.replace('>', "&gt;")
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\">attack, lines at 50 %</text>",
        WIDTH - RIGHT + 16.0,
        top + 2.0
    );
}

fn named(cell: &Cell) -> &str {
    &cell.attack
}

#[expect(clippy::cast_precision_loss, reason = "line counts and indices are small")]
fn decimal(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_a_curve_and_a_name_for_each_attack_and_both_pages() {
        let cell = |attack: &str, smallest: Vec<Option<usize>>| Cell {
            language: "go".to_owned(),
            attack: attack.to_owned(),
            grid: vec![50, 100, 5000],
            smallest,
            ..Cell::default()
        };
        let cells = [
            cell("none", vec![Some(50), Some(100)]),
            cell("minifier", vec![None, Some(5000)]),
            cell("2 colluders, interleave", vec![None, None]),
        ];
        let drawn = draw("go", &cells);
        assert_eq!(drawn.matches("class=\"curve").count(), 3);
        for attack in ["none, ", "minifier, ", "2 colluders, interleave, &gt; 5000"] {
            assert!(drawn.contains(attack), "{attack}");
        }
        assert!(drawn.contains("prefers-color-scheme:dark"));
        assert!(!drawn.contains("NaN"));
    }
}
