//! Views: their repository, their globs, and what they replace.

use std::collections::BTreeSet;

use super::check_patterns;
use super::names::check_reference;
use crate::choice::Choice;
use crate::estate::Estate;
use crate::estate::read::Report;
use crate::glob::PathPattern;
use crate::view::{View, Visibility};

pub(super) fn check_views(estate: &Estate, report: &mut Report) {
    for (index, view) in estate.views.iter().enumerate() {
        let item = format!("view[{index}]");
        if report.is_broken(&item) {
            continue;
        }
        let repositories = estate
            .repositories
            .iter()
            .map(|repository| repository.name.as_str());
        check_reference(
            report,
            &format!("{item}.repository"),
            "repository",
            &view.repository,
            repositories,
        );
        check_patterns(report, &format!("{item}.tags"), &view.tags);
        check_marks(report, &item, view);
        if view.rules.is_empty() {
            let message = format!("view {:?} has no rules, so it shows nothing", view.name);
            report.note_at(&format!("{item}.rules"), message, None);
        }
        for (place, rule) in view.rules.iter().enumerate() {
            check_patterns(report, &format!("{item}.rules[{place}].paths"), &rule.paths);
            if rule.paths.is_empty() {
                report.note_at(
                    &format!("{item}.rules[{place}].paths"),
                    format!(
                        "a {} rule of view {:?} has no paths",
                        rule.visibility.as_str(),
                        view.name
                    ),
                    None,
                );
            }
        }
        check_replacements(report, &item, view);
        check_header(estate, report, &item, view);
    }
}

fn check_marks(report: &mut Report, item: &str, view: &View) {
    check_patterns(report, &format!("{item}.marks.except"), &view.marks.except);
    for (place, rule) in view.marks.rules.iter().enumerate() {
        let path = format!("{item}.marks.rules[{place}]");
        check_patterns(report, &format!("{path}.paths"), &rule.paths);
        if rule.paths.is_empty() {
            let message = format!("a mark rule of view {:?} has no paths", view.name);
            report.note_at(&format!("{path}.paths"), message, None);
        }
        if rule.profile.is_none() && rule.without.is_empty() {
            let message = format!("a mark rule of view {:?} changes nothing", view.name);
            let help = "give it a profile, or families with without = [...]".to_owned();
            report.note_at(&path, message, Some(help));
        }
    }
}

/// The names that the header line puts in have to fit into a comment too.
fn check_header(estate: &Estate, report: &mut Report, item: &str, view: &View) {
    let Some(header) = &view.header else { return };
    let lines = estate.recipients.iter().map(|recipient| &recipient.name);
    for recipient in lines {
        let agreements = estate.header_agreements(&view.name, recipient);
        if agreements.is_empty() {
            continue;
        }
        if let Err(error) = header.line(&estate.owner.name, &agreements, &view.name) {
            let message = format!(
                "the header line of view {:?} for {recipient:?} cannot be made: {error}",
                view.name
            );
            let help = "write a text without {owner} or {agreements}".to_owned();
            report.note_at(&format!("{item}.header"), message, Some(help));
            return;
        }
    }
}

fn check_replacements(report: &mut Report, item: &str, view: &View) {
    let mut seen = BTreeSet::new();
    for (place, replacement) in view.replace.iter().enumerate() {
        let path = format!("{item}.replace[{place}]");
        let text = &replacement.path;
        if let Some(reason) = path_refusal(text) {
            report.note_at(
                &format!("{path}.path"),
                format!("the replaced path {text:?} {reason}"),
                None,
            );
            continue;
        }
        if !seen.insert(text) {
            report.note_at(
                &format!("{path}.path"),
                format!("the path {text:?} is replaced twice in view {:?}", view.name),
                None,
            );
        }
        if visibility_of(view, text.as_bytes()) == Visibility::Write {
            let message = format!(
                "the replaced path {text:?} is writable in view {:?}: a push to it could not be carried back",
                view.name
            );
            let help = format!("add a later rule that makes {text:?} \"read\"");
            report.note_at(&format!("{path}.path"), message, Some(help));
        }
        if replacement.file.is_empty() || replacement.file.chars().any(char::is_control) {
            report.note_at(
                &format!("{path}.file"),
                format!("{:?} is no path of a file", replacement.file),
                None,
            );
        }
    }
}

fn path_refusal(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("is empty");
    }
    if path.starts_with('/') {
        return Some("is absolute; write it from the root of the repository without a leading slash");
    }
    if path.chars().any(char::is_control) || path.contains('\\') {
        return Some("has a backslash or a control character");
    }
    let bad = |segment: &str| matches!(segment, "" | "." | "..") || segment.eq_ignore_ascii_case(".git");
    path.split('/')
        .any(bad)
        .then_some("has an empty, \".\", \"..\" or \".git\" segment")
}

/// Decides a path by the last rule that matches. The compiled form for many paths is in `ringfence-view`.
fn visibility_of(view: &View, path: &[u8]) -> Visibility {
    let matches =
        |pattern: &String| PathPattern::parse(pattern).is_ok_and(|pattern| pattern.matches_file(path));
    let last = view
        .rules
        .iter()
        .rev()
        .find(|rule| rule.paths.iter().any(matches));
    last.map_or(Visibility::Hidden, |rule| rule.visibility)
}
