//! The tables of an estate file: which keys each has, and their types. What the values may be together is in `rules.rs`.

use toml::de::DeTable;

use super::marks;
use super::problem::EstateErrors;
use super::read::{Complaint, Report, Section, Source, choice_from};
use super::{AccessPolicy, Asset, Estate, Grant, Owner, Party, Person, Recipient, Repository, rules};
use crate::agreement::{Agreement, Signatory};
use crate::choice::{AgreementKind, AssetKind, Authors, Messages, Origin, Role, Sensitivity};
use crate::header::Header;
use crate::person::EmailAddress;
use crate::view::{
    BuildPolicy, History, InterfaceDocs, InterfacePolicy, MarkPolicy, PathRule, Replacement, View, Visibility,
};

/// The largest text of one estate, all files together.
const MAXIMUM_BYTES: usize = 4 * 1024 * 1024;

/// The version of the format that this code reads.
const VERSION: u32 = 1;

/// Where a value of which there is one was first seen.
#[derive(Default)]
struct Once {
    version: Option<String>,
    owner: Option<String>,
    policy: Option<String>,
}

pub(super) fn read_estate<'a>(
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Estate, EstateErrors> {
    let mut estate = Estate {
        version: VERSION,
        owner: Owner {
            name: String::new(),
            country: String::new(),
        },
        policy: AccessPolicy::default(),
        repositories: Vec::new(),
        assets: Vec::new(),
        parties: Vec::new(),
        persons: Vec::new(),
        recipients: Vec::new(),
        agreements: Vec::new(),
        views: Vec::new(),
        grants: Vec::new(),
    };
    let mut report = Report::default();
    let mut once = Once::default();
    let mut total = 0usize;
    let mut first_name = None;
    for (name, text) in texts {
        let source = Source::new(name, text);
        if first_name.is_none() {
            first_name = Some(name);
            report.set_place(String::new(), source.place(0));
        }
        total = total.saturating_add(text.len());
        if total > MAXIMUM_BYTES {
            report.note(
                source.place(0),
                format!("the estate has more than {MAXIMUM_BYTES} bytes"),
                None,
            );
            break;
        }
        read_text(&mut estate, &mut report, &mut once, &source);
    }
    let start = || Source::new(first_name.unwrap_or("estate"), "").place(0);
    if once.version.is_none() {
        report.note(
            start(),
            "the estate has no version".to_owned(),
            Some("add `version = 1` at the top".to_owned()),
        );
    }
    if once.owner.is_none() {
        let help = "add [owner] with name and country".to_owned();
        report.note(start(), "the estate has no [owner]".to_owned(), Some(help));
    }
    rules::add_default_recipients(&mut estate);
    rules::check(&estate, &mut report);
    if report.problems.is_empty() {
        Ok(estate)
    } else {
        Err(EstateErrors::new(report.problems))
    }
}

fn read_text<'s>(estate: &mut Estate, report: &mut Report, once: &mut Once, source: &'s Source<'s>) {
    let (document, errors) = DeTable::parse_recoverable(source.text);
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        report.note(source.place(offset), error.message().to_owned(), None);
    }
    let span = 0..0;
    let mut root = Section::open(
        report,
        source,
        (document.get_ref(), span),
        "the estate",
        String::new(),
        String::new(),
    );
    if let Some(version) = root.integer(report, "version") {
        note_second(report, &mut once.version, "version", source);
        if version != i64::from(VERSION) {
            let help = Some(format!("this program reads version {VERSION}"));
            report.note_at("version", format!("unknown version {version}"), help);
        }
    } else if root.has("version") {
        once.version = Some(source.name.to_owned());
    }
    if let Some(table) = root.optional_table(report, "owner") {
        note_second(report, &mut once.owner, "owner", source);
        let section = Section::open(report, source, table, "[owner]", "owner".into(), "owner".into());
        estate.owner = read_owner(report, section);
    } else if root.has("owner") {
        once.owner = Some(source.name.to_owned());
    }
    if let Some(table) = root.optional_table(report, "policy") {
        note_second(report, &mut once.policy, "policy", source);
        let section = Section::open(
            report,
            source,
            table,
            "[policy]",
            "policy".into(),
            "policy".into(),
        );
        estate.policy = read_policy(report, section);
    }
    read_items(
        report,
        source,
        &mut root,
        ("repository", "[[repository]]"),
        &mut estate.repositories,
        read_repository,
    );
    read_items(
        report,
        source,
        &mut root,
        ("asset", "[[asset]]"),
        &mut estate.assets,
        read_asset,
    );
    read_items(
        report,
        source,
        &mut root,
        ("party", "[[party]]"),
        &mut estate.parties,
        read_party,
    );
    read_items(
        report,
        source,
        &mut root,
        ("person", "[[person]]"),
        &mut estate.persons,
        read_person,
    );
    read_items(
        report,
        source,
        &mut root,
        ("recipient", "[[recipient]]"),
        &mut estate.recipients,
        read_recipient,
    );
    read_items(
        report,
        source,
        &mut root,
        ("agreement", "[[agreement]]"),
        &mut estate.agreements,
        read_agreement,
    );
    let views = root.tables(report, "view");
    for (table, span) in views {
        let path = format!("view[{}]", estate.views.len());
        let section = Section::open(report, source, (table, span), "[[view]]", path.clone(), path);
        estate.views.push(read_view(report, source, section));
    }
    read_items(
        report,
        source,
        &mut root,
        ("grant", "[[grant]]"),
        &mut estate.grants,
        read_grant,
    );
    root.finish(report);
}

fn note_second(report: &mut Report, first: &mut Option<String>, what: &str, source: &Source<'_>) {
    match first {
        Some(earlier) => report.note_at(
            what,
            format!("{what:?} already stands in {earlier}"),
            Some("keep one of them".to_owned()),
        ),
        None => *first = Some(source.name.to_owned()),
    }
}

fn read_items<'s, 't, T>(
    report: &mut Report,
    source: &'s Source<'s>,
    root: &mut Section<'s, 't>,
    (key, title): (&'static str, &'static str),
    items: &mut Vec<T>,
    read: impl Fn(&mut Report, Section<'s, 't>) -> T,
) {
    for table in root.tables(report, key) {
        let path = format!("{key}[{}]", items.len());
        let section = Section::open(report, source, table, title, path.clone(), path);
        items.push(read(report, section));
    }
}

fn read_owner(report: &mut Report, mut section: Section<'_, '_>) -> Owner {
    let owner = Owner {
        name: section.text(report, "name"),
        country: section.text(report, "country"),
    };
    section.finish(report);
    owner
}

fn read_policy(report: &mut Report, mut section: Section<'_, '_>) -> AccessPolicy {
    let default = AccessPolicy::default();
    let policy = AccessPolicy {
        require: match section.parsed_texts(report, "require", choice_from) {
            Some(listed) => listed.into_iter().collect(),
            None => default.require,
        },
        allow_vouched: section
            .optional_boolean(report, "allow_vouched")
            .unwrap_or(default.allow_vouched),
    };
    section.finish(report);
    policy
}

fn read_repository(report: &mut Report, mut section: Section<'_, '_>) -> Repository {
    let repository = Repository {
        name: section.text(report, "name"),
        source: section.text(report, "source"),
        branch: section
            .optional_text(report, "branch")
            .unwrap_or_else(|| "main".to_owned()),
    };
    section.finish(report);
    repository
}

fn read_asset(report: &mut Report, mut section: Section<'_, '_>) -> Asset {
    let asset = Asset {
        name: section.text(report, "name"),
        kind: section
            .choice(report, "kind", None)
            .unwrap_or(AssetKind::SourceCode),
        protection: section
            .parsed_texts(report, "protection", choice_from)
            .unwrap_or_default(),
        origin: section
            .choice(report, "origin", Some(Origin::OwnSecret))
            .unwrap_or(Origin::OwnSecret),
        sensitivity: section
            .choice(report, "sensitivity", Some(Sensitivity::Confidential))
            .unwrap_or(Sensitivity::Confidential),
        repository: section.optional_text(report, "repository"),
        paths: section.optional_texts(report, "paths").unwrap_or_default(),
    };
    section.finish(report);
    asset
}

fn read_party(report: &mut Report, mut section: Section<'_, '_>) -> Party {
    let party = Party {
        name: section.text(report, "name"),
        role: section.choice(report, "role", None).unwrap_or(Role::Vendor),
        of: section.optional_text(report, "of"),
        country: section.text(report, "country"),
    };
    section.finish(report);
    party
}

fn email(text: &str) -> Result<EmailAddress, Complaint> {
    EmailAddress::parse(text).map_err(|error| Complaint::from(format!("{text:?}: {error}")))
}

fn read_person(report: &mut Report, mut section: Section<'_, '_>) -> Person {
    if !section.has("email") {
        section.text(report, "email");
    }
    let address = section.parsed_text(report, "email", email);
    let person = Person {
        email: address.unwrap_or_else(EmailAddress::unreadable),
        party: section.text(report, "party"),
    };
    section.finish(report);
    person
}

fn read_recipient(report: &mut Report, mut section: Section<'_, '_>) -> Recipient {
    if !section.has("members") {
        section.texts(report, "members");
    }
    let recipient = Recipient {
        name: section.text(report, "name"),
        party: section.text(report, "party"),
        members: section.parsed_texts(report, "members", email).unwrap_or_default(),
    };
    section.finish(report);
    recipient
}

fn signatory(text: &str) -> Result<Signatory, Complaint> {
    if text == super::OWNER {
        Ok(Signatory::Owner)
    } else {
        email(text).map(Signatory::Person)
    }
}

fn read_agreement(report: &mut Report, mut section: Section<'_, '_>) -> Agreement {
    if !section.has("signatories") {
        section.texts(report, "signatories");
    }
    let agreement = Agreement {
        id: section.text(report, "id"),
        kind: section.choice(report, "kind", None).unwrap_or(AgreementKind::Nda),
        parties: section.texts(report, "parties"),
        signatories: section
            .parsed_texts(report, "signatories", signatory)
            .unwrap_or_default(),
        effective: section.date(report, "effective"),
        ends: section.date(report, "ends"),
        purpose: section.text(report, "purpose"),
        assets: section.texts(report, "assets"),
        governing_law: section.optional_text(report, "governing_law"),
        subcontractors: section
            .optional_texts(report, "subcontractors")
            .unwrap_or_default(),
    };
    section.finish(report);
    agreement
}

fn history(text: &str) -> Result<History, Complaint> {
    History::from_text(text).ok_or_else(|| Complaint {
        message: format!("unknown value {text:?}"),
        help: Some("one of: snapshot, full, since <commit>".to_owned()),
    })
}

fn header(text: &str) -> Result<Header, Complaint> {
    Header::from_text(text).map_err(|error| Complaint {
        message: format!("{text:?}: {error}"),
        help: Some(
            "for example header = true, or header = \"Property of {owner}, delivered under {agreements}\""
                .to_owned(),
        ),
    })
}

/// Minutes that a build may take when the view names none, and at most.
const BUILD_MINUTES: (u32, u32) = (10, 240);
/// Mebibytes that each process of a build may take when the view names none, and at most.
const BUILD_MEMORY: (u32, u32) = (4_096, 1 << 20);

fn read_build(report: &mut Report, mut section: Section<'_, '_>) -> BuildPolicy {
    let bounded =
        |report: &mut Report, section: &mut Section<'_, '_>, key: &'static str, (usual, most): (u32, u32)| {
            if !section.has(key) {
                return usual;
            }
            let path = section.path_of(key);
            let number = section.integer(report, key);
            match number.and_then(|number| u32::try_from(number).ok()) {
                Some(number) if (1..=most).contains(&number) => number,
                _ => {
                    report.note_at(&path, format!("it must be between 1 and {most}"), None);
                    usual
                }
            }
        };
    let minutes = bounded(report, &mut section, "minutes", BUILD_MINUTES);
    let memory = bounded(report, &mut section, "memory", BUILD_MEMORY);
    let build = BuildPolicy {
        command: section.texts(report, "command"),
        readable: section.optional_texts(report, "readable").unwrap_or_default(),
        environment: section.optional_texts(report, "environment").unwrap_or_default(),
        minutes,
        memory,
    };
    let path = section.path_of("");
    let at = |key: &str| format!("{path}{key}");
    if build.command.first().is_none_or(String::is_empty) {
        report.note_at(
            &at("command"),
            "the command is empty".to_owned(),
            Some("for example [\"cargo\", \"test\", \"--offline\"]".to_owned()),
        );
    }
    for readable in &build.readable {
        if !readable.starts_with('/') || readable == "/" {
            report.note_at(
                &at("readable"),
                format!("{readable:?} is no absolute path below the root"),
                None,
            );
        }
    }
    for variable in &build.environment {
        let name = variable.split_once('=').map(|(name, _)| name);
        let fine = name.is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        if !fine {
            report.note_at(&at("environment"), format!("{variable:?} is no NAME=value"), None);
        }
    }
    section.finish(report);
    build
}

fn read_view<'s>(report: &mut Report, source: &'s Source<'s>, mut section: Section<'s, '_>) -> View {
    let item = section.path_of("");
    let item = item.trim_end_matches('.').to_owned();
    let mut view = View {
        name: section.text(report, "name"),
        repository: section.text(report, "repository"),
        history: section
            .parsed_text(report, "history", history)
            .unwrap_or_default(),
        messages: section
            .choice(report, "messages", Some(Messages::Neutral))
            .unwrap_or(Messages::Neutral),
        authors: section
            .choice(report, "authors", Some(Authors::Role))
            .unwrap_or(Authors::Role),
        marks: MarkPolicy::default(),
        interface: InterfacePolicy::default(),
        build: None,
        require_work_item: section
            .optional_boolean(report, "require_work_item")
            .unwrap_or(false),
        require_signed_commits: section
            .optional_boolean(report, "require_signed_commits")
            .unwrap_or(false),
        tags: section.optional_texts(report, "tags").unwrap_or_default(),
        header: section.switch_or_text(report, "header", Header::Usual, header),
        rules: Vec::new(),
        replace: Vec::new(),
    };
    if let Some(table) = section.optional_table(report, "marks") {
        let path = section.path_of("marks");
        let marks = Section::open(report, source, table, "marks", path, item.clone());
        view.marks = marks::read_marks(report, source, marks, &item);
    }
    if let Some(table) = section.optional_table(report, "interface") {
        let path = section.path_of("interface");
        let mut interface = Section::open(report, source, table, "interface", path, item.clone());
        view.interface = InterfacePolicy {
            docs: interface
                .choice(report, "docs", Some(InterfaceDocs::Full))
                .unwrap_or_default(),
        };
        interface.finish(report);
    }
    if let Some(table) = section.optional_table(report, "build") {
        let path = section.path_of("build");
        let build = Section::open(report, source, table, "build", path, item.clone());
        view.build = Some(read_build(report, build));
    }
    if !section.has("rules") {
        section.texts(report, "rules");
    }
    for table in section.tables(report, "rules") {
        let path = format!("{}[{}]", section.path_of("rules"), view.rules.len());
        let mut rule = Section::open(report, source, table, "a rule", path, item.clone());
        view.rules.push(PathRule {
            visibility: rule
                .choice(report, "visibility", None)
                .unwrap_or(Visibility::Hidden),
            paths: rule.texts(report, "paths"),
        });
        rule.finish(report);
    }
    for table in section.tables(report, "replace") {
        let path = format!("{}[{}]", section.path_of("replace"), view.replace.len());
        let mut replacement = Section::open(report, source, table, "[[view.replace]]", path, item.clone());
        view.replace.push(Replacement {
            path: replacement.text(report, "path"),
            file: replacement.text(report, "file"),
        });
        replacement.finish(report);
    }
    section.finish(report);
    view
}

fn read_grant(report: &mut Report, mut section: Section<'_, '_>) -> Grant {
    let grant = Grant {
        recipient: section.text(report, "recipient"),
        view: section.text(report, "view"),
        agreements: section.texts(report, "agreements"),
        purpose: section.text(report, "purpose"),
        from: section.date(report, "from"),
        until: section.date(report, "until"),
    };
    section.finish(report);
    grant
}
