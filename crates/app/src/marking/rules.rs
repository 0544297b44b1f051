//! Which families of marks apply at a path, by the view's mark policy.
//!
//! INVARIANT: a function of the view and the path alone: the same for every recipient, decided before any codeword is drawn.

use crate::error::{AppError, Result};
use ringfence_domain::choice::{Choice as _, MarkFamily};
use ringfence_domain::glob::PathPattern;
use ringfence_domain::view::{MarkProfile, View, Visibility};
use ringfence_mark::model::{Family, Profile};
use ringfence_mark::{Families, Marking};

/// The compiled mark policy of a view.
pub(crate) struct MarkRules {
    /// Where no rule matches.
    usual: Policy,
    never: Vec<PathPattern>,
    /// What differs by path; the last rule that matches counts.
    rules: Vec<(Vec<PathPattern>, Policy)>,
}

#[derive(Clone, Copy)]
struct Policy {
    profile: MarkProfile,
    without: Families,
}

fn patterns<'t>(globs: impl Iterator<Item = &'t str>) -> Result<Vec<PathPattern>> {
    globs
        .map(|glob| {
            PathPattern::parse(glob)
                .map_err(|error| AppError::fault("reading a path of the mark policy", error))
        })
        .collect()
}

fn families<'t>(names: impl Iterator<Item = &'t MarkFamily>) -> Result<Families> {
    names
        .map(|name| {
            let known = Family::ALL
                .into_iter()
                .find(|family| family.name() == name.as_str());
            known.ok_or_else(|| AppError::fault("reading the mark policy", name))
        })
        .collect()
}

impl MarkRules {
    pub fn new(view: &View) -> Result<Self> {
        let marks = &view.marks;
        let never = ringfence_mark::never::PATHS
            .iter()
            .copied()
            .chain(marks.except.iter().map(String::as_str));
        let rules = marks
            .rules
            .iter()
            .map(|rule| {
                let policy = Policy {
                    profile: rule.profile.unwrap_or(marks.profile),
                    without: families(marks.without.iter().chain(&rule.without))?,
                };
                Ok((patterns(rule.paths.iter().map(String::as_str))?, policy))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            usual: Policy {
                profile: marks.profile,
                without: families(marks.without.iter())?,
            },
            never: patterns(never)?,
            rules,
        })
    }

    /// None: unmarked.
    pub fn marking(&self, path: &[u8], visibility: Visibility) -> Option<Marking> {
        if self.never.iter().any(|pattern| pattern.matches_file(path)) {
            return None;
        }
        let last = self
            .rules
            .iter()
            .rev()
            .find(|(paths, _)| paths.iter().any(|pattern| pattern.matches_file(path)));
        let policy = last.map_or(self.usual, |(_, policy)| *policy);
        let profile = match (policy.profile, visibility) {
            (MarkProfile::Off, _) | (_, Visibility::Hidden) => return None,
            (MarkProfile::Robust, _) | (MarkProfile::Auto, Visibility::Interface | Visibility::Read) => {
                Profile::Robust
            }
            (MarkProfile::Steady, _) | (MarkProfile::Auto, Visibility::Write) => Profile::Steady,
        };
        Some(Marking::new(profile, policy.without))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(marks: serde_json::Value) -> MarkRules {
        let view: View = serde_json::from_value(serde_json::json!({
            "name": "v", "repository": "r", "history": "snapshot", "messages": "neutral", "authors": "role",
            "rules": [], "marks": marks,
        }))
        .unwrap();
        MarkRules::new(&view).unwrap()
    }

    #[test]
    fn the_last_rule_that_matches_counts_and_adds_to_what_is_left_out_everywhere() {
        let rules = rules(serde_json::json!({
            "profile": "auto", "except": ["*.gen.rs"], "without": ["blank-line"],
            "rules": [
                { "paths": ["web/**"], "profile": "steady" },
                { "paths": ["web/old/**"], "without": ["braces", "blank-line"] },
                { "paths": ["plain/**"], "profile": "off" },
            ],
        }));
        let text = |path: &str, visibility| {
            let marking = rules.marking(path.as_bytes(), visibility);
            crate::marking::marking_text(marking)
        };
        assert_eq!(text("a.rs", Visibility::Read), "robust without blank-line");
        assert_eq!(text("a.rs", Visibility::Write), "steady");
        assert_eq!(text("a.gen.rs", Visibility::Read), "off");
        assert_eq!(text("a.rs", Visibility::Hidden), "off");
        assert_eq!(text("web/a.js", Visibility::Read), "steady");
        assert_eq!(
            text("web/old/a.js", Visibility::Read),
            "robust without braces blank-line"
        );
        assert_eq!(text("web/old/a.js", Visibility::Write), "steady without braces");
        assert_eq!(text("plain/a.js", Visibility::Read), "off");
    }
}
