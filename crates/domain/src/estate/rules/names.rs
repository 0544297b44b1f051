//! Names: their characters, their uniqueness, and references by name.

use std::collections::BTreeMap;

use super::unknown_help;
use crate::estate::read::Report;
use crate::estate::{Estate, OWNER};

/// The longest name in bytes.
const MAXIMUM_NAME: usize = 64;

/// Checks every name and that each stands once in its kind.
pub(super) fn check_names(estate: &Estate, report: &mut Report) {
    check_kind(
        report,
        "repository",
        "name",
        estate.repositories.iter().map(|item| item.name.as_str()),
        folder_name,
    );
    check_kind(
        report,
        "asset",
        "name",
        estate.assets.iter().map(|item| item.name.as_str()),
        folder_name,
    );
    check_kind(
        report,
        "party",
        "name",
        estate.parties.iter().map(|item| item.name.as_str()),
        folder_name,
    );
    check_kind(
        report,
        "person",
        "email",
        estate.persons.iter().map(|item| item.email.reveal()),
        |_| None,
    );
    check_kind(
        report,
        "recipient",
        "name",
        estate.recipients.iter().map(|item| item.name.as_str()),
        |name| {
            if name == OWNER {
                Some("\"owner\" is the owner itself".to_owned())
            } else {
                folder_name(name)
            }
        },
    );
    check_kind(
        report,
        "agreement",
        "id",
        estate.agreements.iter().map(|item| item.id.as_str()),
        identifier,
    );
    check_kind(
        report,
        "view",
        "name",
        estate.views.iter().map(|item| item.name.as_str()),
        folder_name,
    );
}

fn check_kind<'a>(
    report: &mut Report,
    kind: &str,
    field: &str,
    names: impl Iterator<Item = &'a str>,
    refusal: impl Fn(&str) -> Option<String>,
) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (index, name) in names.enumerate() {
        let item = format!("{kind}[{index}]");
        let path = format!("{item}.{field}");
        if name.is_empty() || (kind == "person" && report.is_broken(&item)) {
            if !report.is_broken(&item) {
                report.note_at(&path, format!("the {field} of a {kind} is empty"), None);
            }
            continue;
        }
        if let Some(reason) = refusal(name) {
            report.note_at(
                &path,
                format!("{name:?} is no {field} for a {kind}: {reason}"),
                None,
            );
        }
        // Ids become files too: two that differ only in case are one on some file systems.
        match seen.insert(name.to_ascii_lowercase(), name) {
            Some(earlier) if earlier == name => {
                report.note_at(
                    &path,
                    format!("duplicate {kind} {name:?}"),
                    Some("give one of them another name".to_owned()),
                );
            }
            Some(earlier) => {
                let message =
                    format!("{kind} {name:?} differs from {earlier:?} only in upper and lower case");
                report.note_at(&path, message, Some("give one of them another name".to_owned()));
            }
            None => {}
        }
    }
}

/// Says why a name cannot be that of a folder and of a git reference.
fn folder_name(name: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    shape(name, allowed, "lower-case letters, digits")
}

/// Says why a text cannot be the id of an agreement or a purpose.
pub(super) fn identifier(name: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    shape(name, allowed, "letters, digits")
}

fn shape(name: &str, allowed: impl Fn(u8) -> bool, words: &str) -> Option<String> {
    if name.len() > MAXIMUM_NAME {
        return Some(format!(
            "it has {} characters, at most {MAXIMUM_NAME} are allowed",
            name.len()
        ));
    }
    let starts_well = name
        .bytes()
        .next()
        .is_some_and(|first| allowed(first) && first.is_ascii_alphanumeric());
    if !starts_well || !name.bytes().all(allowed) {
        return Some(format!(
            "{words} and . _ - are allowed, the first one a letter or digit"
        ));
    }
    // What git refuses in the name of a reference, or what would collide with the folders of stores.
    if name.contains("..") || name.ends_with('.') || name.ends_with(".lock") || name.ends_with(".git") {
        return Some("it has \"..\" inside or ends in \".\", \".lock\" or \".git\"".to_owned());
    }
    None
}

pub(super) fn check_purpose(report: &mut Report, path: &str, purpose: &str) {
    if let Some(reason) = identifier(purpose) {
        report.note_at(path, format!("{purpose:?} is no id of a purpose: {reason}"), None);
    }
}

pub(super) fn check_country(report: &mut Report, path: &str, code: &str) {
    if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let help = "two capital letters of ISO 3166, for instance \"DE\"".to_owned();
        report.note_at(path, format!("{code:?} is no country code"), Some(help));
    }
}

pub(super) fn check_reference<'a>(
    report: &mut Report,
    path: &str,
    kind: &str,
    name: &str,
    mut known: impl Iterator<Item = &'a str> + Clone,
) {
    let candidates = known.clone();
    if !known.any(|candidate| candidate == name) {
        let help = unknown_help(name, kind, candidates);
        report.note_at(path, format!("unknown {kind} {name:?}"), Some(help));
    }
}

pub(super) fn check_source(report: &mut Report, path: &str, source: &str) {
    // A leading dash would be read as an option, "ext::" runs a program.
    let runs_a_program = source
        .split_once("::")
        .is_some_and(|(helper, _)| !helper.contains('/'));
    if source.is_empty() || source.starts_with('-') || source.chars().any(char::is_control) || runs_a_program
    {
        let help = "a path or an https, ssh or file address that git can fetch from".to_owned();
        report.note_at(
            path,
            format!("{source:?} is no source of a repository"),
            Some(help),
        );
    }
}

/// Follows `git check-ref-format --branch`.
pub(super) fn check_branch(report: &mut Report, path: &str, branch: &str) {
    let good_segment =
        |segment: &str| !segment.is_empty() && !segment.starts_with('.') && !segment.ends_with(".lock");
    let good = branch.len() <= 200
        && branch != "HEAD"
        && branch != "@"
        && !branch.starts_with('-')
        && !branch.ends_with('.')
        && !branch.contains("..")
        && !branch.contains("@{")
        && branch.split('/').all(good_segment)
        && !branch
            .bytes()
            .any(|byte| byte.is_ascii_control() || b" ~^:?*[\\".contains(&byte));
    if !good {
        report.note_at(path, format!("{branch:?} is no name of a branch"), None);
    }
}
