//! The mark policy of a view: profile, unmarked paths, families left out, and what differs by path.

use super::nearest::nearest;
use super::read::{Complaint, Report, Section, Source};
use crate::choice::{Choice, MarkFamily};
use crate::view::{MarkPolicy, MarkProfile, MarkRule};

pub(super) fn read_marks<'s>(
    report: &mut Report,
    source: &'s Source<'s>,
    mut section: Section<'s, '_>,
    item: &str,
) -> MarkPolicy {
    let mut marks = MarkPolicy {
        profile: section
            .choice(report, "profile", Some(MarkProfile::Auto))
            .unwrap_or_default(),
        except: section.optional_texts(report, "except").unwrap_or_default(),
        without: families(report, &mut section),
        rules: Vec::new(),
    };
    for table in section.tables(report, "rules") {
        let path = format!("{}[{}]", section.path_of("rules"), marks.rules.len());
        let mut rule = Section::open(report, source, table, "a mark rule", path, item.to_owned());
        let own_profile = rule.has("profile");
        marks.rules.push(MarkRule {
            paths: rule.texts(report, "paths"),
            profile: rule
                .choice(report, "profile", Some(marks.profile))
                .filter(|_| own_profile),
            without: families(report, &mut rule),
        });
        rule.finish(report);
    }
    section.finish(report);
    marks
}

fn families(report: &mut Report, section: &mut Section<'_, '_>) -> Vec<MarkFamily> {
    section
        .parsed_texts(report, "without", family)
        .unwrap_or_default()
}

/// Whoever writes such a list wants to see all names.
fn family(text: &str) -> Result<MarkFamily, Complaint> {
    MarkFamily::from_text(text).ok_or_else(|| {
        let known: Vec<&str> = MarkFamily::all().iter().map(|family| family.as_str()).collect();
        let near = nearest(text, known.iter().copied())
            .map(|near| format!("did you mean {near:?}? "))
            .unwrap_or_default();
        Complaint {
            message: format!("unknown family of marks {text:?}"),
            help: Some(format!("{near}one of: {}", known.join(", "))),
        }
    })
}
