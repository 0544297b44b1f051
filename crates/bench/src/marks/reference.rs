//! The prototype's table of `marks.md` and the goals of the issue.

use super::attacks::Attack;
use super::collude::Strategy;

/// Lines for 50 % and 95 % power in the prototype; 95 % where it was measured.
pub fn prototype(language: &str, attack: Attack) -> Option<(usize, Option<usize>)> {
    let cells: [Option<(usize, usize)>; 6] = match language {
        "python" => [
            Some((242, 417)),
            Some((348, 550)),
            Some((2684, 3868)),
            Some((2600, 3808)),
            Some((4000, 5800)),
            Some((4387, 5839)),
        ],
        "javascript" => [
            Some((343, 533)),
            Some((392, 650)),
            Some((889, 1850)),
            Some((1548, 2583)),
            Some((1558, 1990)),
            Some((16_000, 0)),
        ],
        "c" => [
            Some((150, 375)),
            Some((160, 0)),
            Some((350, 673)),
            Some((353, 644)),
            None,
            None,
        ],
        "rust" => [
            Some((283, 600)),
            Some((283, 0)),
            Some((1096, 1875)),
            Some((1159, 2375)),
            None,
            None,
        ],
        "go" => [
            Some((237, 417)),
            Some((237, 0)),
            Some((600, 953)),
            Some((622, 953)),
            None,
            None,
        ],
        _ => return None,
    };
    let column = match attack {
        Attack::None => 0,
        Attack::Formatter | Attack::ForeignFormatter => 1,
        Attack::StripRename => 2,
        Attack::All => 3,
        Attack::Reprint => 4,
        Attack::Minify => 5,
        _ => return None,
    };
    let (half, most) = (*cells.get(column)?)?;
    Some((half, (most > 0).then_some(most)))
}

/// Most lines at 50 % power that the issue allows. Of colluders a multiple of what one leaker needs in the same run.
pub fn goal(language: &str, attack: Attack, alone: Option<usize>) -> Option<usize> {
    if let Attack::Collude(colluders, strategy) = attack {
        // Measured against the prototype's mixing site by site; whole files are easier.
        let times = match (colluders, strategy) {
            (2, Strategy::Interleave | Strategy::Files) => 5,
            (3, Strategy::Interleave | Strategy::Files) => 10,
            _ => return None,
        };
        return Some(alone?.saturating_mul(times));
    }
    match (language, attack) {
        ("python", Attack::StripRename) => Some(1500),
        ("java", Attack::None | Attack::Formatter | Attack::ForeignFormatter) => Some(450),
        ("java", Attack::StripRename) => Some(700),
        ("typescript", _) => prototype("javascript", attack).map(|(half, _)| half),
        ("cpp" | "csharp", _) => prototype("c", attack).map(|(half, _)| half.saturating_mul(2)),
        _ => prototype(language, attack).map(|(half, _)| half),
    }
}
