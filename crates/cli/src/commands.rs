//! Each command: parse, call one use case, print. No logic of its own.

use crate::arguments::{
    AgreementCommand, Arguments, AssetCommand, Command, GatewayCommand, LedgerCommand, PersonCommand,
    SubmissionCommand, TokenCommand,
};
use crate::output::{Output, table};
use crate::serve::{ServeOptions, serve};
use anyhow::Result;
use ringfence_app::access::Action;
use ringfence_app::estate::Draft;
use ringfence_app::{App, SystemClock};
use secrecy::ExposeSecret;
use std::sync::Arc;

mod artefact;
mod evidence;
mod locate;
mod mark;
mod person;
mod trace;
mod view;

/// Runs a command; true: done or yes, false: the answer is no.
///
/// # Errors
/// Whatever the use case says.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<bool> {
    let home = &arguments.common.home;
    let open = || App::open(home, Arc::new(SystemClock));
    match &arguments.command {
        Command::Init { database } => {
            App::init(home, database.as_deref())?;
            output.value(&serde_json::json!({ "home": home }), |_| {
                format!(
                    "made a home in {}\nnext: ringfence apply ESTATE.toml --home {}",
                    home.display(),
                    home.display()
                )
            });
            Ok(true)
        }
        Command::Plan { file } => {
            let draft = Draft::read(file)?;
            let plan = open()?.plan(&draft)?;
            output.value(&plan, ToString::to_string);
            Ok(true)
        }
        Command::Apply { file } => {
            let plan = open()?.apply(Draft::read(file)?)?;
            output.value(&plan, |plan| {
                if plan.is_empty() {
                    "nothing to change".to_owned()
                } else {
                    format!("{plan}\napplied")
                }
            });
            Ok(true)
        }
        Command::Agreement(command) => agreement(&open()?, command, output),
        Command::Why { person, view, write } => {
            let action = if *write { Action::Write } else { Action::Read };
            let access = open()?.access(person, view, action)?;
            let question = format!("may {person} {} view {view}", action.as_str());
            let value = serde_json::json!({
                "person": person, "view": view, "action": action.as_str(), "recipient": access.recipient,
                "allowed": access.decision.allowed, "conditions": access.decision.conditions, "fault": access.decision.fault,
            });
            output.value(&value, |_| access.decision.explain(&question));
            Ok(access.decision.allowed)
        }
        Command::View(command) => view::view(&open()?, command, output),
        Command::Token(command) => token(&open()?, command, output),
        Command::Serve {
            listen,
            behind_proxy,
            certificate,
            key,
        } => {
            let options = ServeOptions {
                listen: *listen,
                behind_proxy: *behind_proxy,
                tls: certificate.as_ref().zip(key.as_ref()),
            };
            let json = output.is_json();
            serve(open()?, &options, move |address, scheme| {
                use std::io::Write as _;
                let mut out = std::io::stdout().lock();
                // Whoever waits for the address reads it from the first line.
                let _ = if json {
                    writeln!(
                        out,
                        "{}",
                        serde_json::json!({ "listening": format!("{scheme}://{address}") })
                    )
                } else {
                    writeln!(out, "listening on {scheme}://{address}")
                };
                let _ = out.flush();
            })?;
            Ok(true)
        }
        Command::Submission(command) => submission(&open()?, command, output),
        Command::Mark(command) => mark::mark(&open, command, output),
        Command::Artefact(command) => artefact::artefact(&open()?, command, output),
        Command::Locate {
            view,
            place,
            recipient,
            reverse,
            at,
        } => {
            let direction = locate::direction(*reverse);
            locate::locate(
                &open()?,
                (view, recipient),
                place,
                direction,
                at.as_deref(),
                output,
            )
        }
        Command::Trace { path, html, epsilon } => {
            trace::trace(&open()?, path, html.as_deref(), *epsilon, output)
        }
        Command::Pack { case, out } => evidence::pack(&open()?, case, out, output),
        Command::Verify { file, trust } => evidence::verify(file, trust, output),
        Command::Ledger(command) => ledger(&open()?, command, output),
        Command::Gateway(GatewayCommand::Key) => {
            let line = open()?.allowed_signer();
            output.value(&serde_json::json!({ "allowed_signer": line }), |_| line.clone());
            Ok(true)
        }
        Command::Person(PersonCommand::Key(command)) => person::key(&open()?, command, output),
        Command::Offboard { party, reason } => {
            let report = open()?.offboard(party, reason)?;
            output.value(&report, |report| {
                let mut text = format!(
                    "{} is offboarded: {} grants and {} tokens revoked, running transfers are cut",
                    report.party,
                    report.grants.len(),
                    report.tokens
                );
                for copy in &report.outstanding {
                    text.push_str(&format!(
                        "\nstill out there: {} deliveries of view {} to {}",
                        copy.deliveries, copy.view, copy.recipient
                    ));
                }
                text
            });
            Ok(true)
        }
        Command::Tracker { party } => {
            let rows = open()?.tracker(party.as_deref())?;
            output.value(&rows, |rows| {
                let cells: Vec<Vec<String>> = rows
                    .iter()
                    .map(|row| {
                        vec![
                            row.party.clone(),
                            row.assets.join(", "),
                            row.agreements.join(", "),
                            row.persons.to_string(),
                            format!("{:.1} %", row.delivered_percent),
                            row.view.clone(),
                            row.grant.to_owned(),
                            row.deliveries.to_string(),
                            row.last
                                .map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d").to_string()),
                        ]
                    })
                    .collect();
                table(
                    &[
                        "party",
                        "assets",
                        "agreements",
                        "persons",
                        "of lines",
                        "view",
                        "grant",
                        "deliveries",
                        "last",
                    ],
                    &cells,
                )
            });
            Ok(true)
        }
        Command::Asset(AssetCommand::List) => {
            let rows = open()?.assets()?;
            output.value(&rows, |rows| {
                let cells: Vec<Vec<String>> = rows
                    .iter()
                    .map(|row| {
                        vec![
                            row.name.clone(),
                            row.kind.clone(),
                            row.sensitivity.clone(),
                            row.origin.clone(),
                            row.protection.join(", "),
                            if row.implicit {
                                "(every other path)".to_owned()
                            } else {
                                row.paths.join(" ")
                            },
                        ]
                    })
                    .collect();
                table(
                    &["asset", "kind", "sensitivity", "origin", "protection", "paths"],
                    &cells,
                )
            });
            Ok(true)
        }
        Command::Deliveries { recipient } => {
            let rows = open()?.deliveries(recipient.as_deref())?;
            output.value(&rows, |rows| {
                let cells: Vec<Vec<String>> = rows
                    .iter()
                    .map(|row| {
                        vec![
                            row.began_at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
                            row.recipient.clone(),
                            row.view.clone(),
                            row.kind.clone(),
                            row.objects
                                .map_or_else(|| "-".to_owned(), |count| count.to_string()),
                            row.bytes
                                .map_or_else(|| "-".to_owned(), |count| count.to_string()),
                            row.outcome.clone().unwrap_or_else(|| "begun".to_owned()),
                            row.id.clone(),
                        ]
                    })
                    .collect();
                table(
                    &[
                        "began",
                        "recipient",
                        "view",
                        "how",
                        "objects",
                        "bytes",
                        "outcome",
                        "id",
                    ],
                    &cells,
                )
            });
            Ok(true)
        }
        Command::Demo { repo, keep } => {
            let explicit = std::env::args_os()
                .any(|argument| argument == "--home" || argument.to_string_lossy().starts_with("--home="))
                || std::env::var_os("RINGFENCE_HOME").is_some();
            crate::demo::run(repo.as_deref(), explicit.then_some(home.as_path()), *keep, output)
        }
    }
}

fn agreement(app: &App, command: &AgreementCommand, output: &mut Output) -> Result<bool> {
    match command {
        AgreementCommand::List => {
            let reports = app.agreements()?;
            output.value(&reports, |reports| {
                let cells: Vec<Vec<String>> = reports
                    .iter()
                    .map(|report| {
                        vec![
                            report.agreement.id.clone(),
                            report.agreement.parties.join(", "),
                            report.agreement.purpose.clone(),
                            report.state_text.clone(),
                        ]
                    })
                    .collect();
                table(&["agreement", "parties", "purpose", "state"], &cells)
            });
        }
        AgreementCommand::Show { id } => {
            let report = app.agreement(id)?;
            output.value(&report, agreement_text);
        }
        AgreementCommand::Sign {
            id,
            signatory,
            document,
        } => {
            let report = app.sign(id, signatory, document.as_deref())?;
            output.value(&report, |report| {
                let vouched = report
                    .signatures
                    .iter()
                    .any(|signature| signature.signatory == *signatory && signature.vouched_by.is_some());
                let how = if vouched {
                    " (vouched for by the operator)"
                } else {
                    ""
                };
                format!("{id} signed as {signatory}{how}: {}", report.state_text)
            });
        }
    }
    Ok(true)
}

fn agreement_text(report: &ringfence_app::agreement::AgreementReport) -> String {
    let agreement = &report.agreement;
    let mut text = format!(
        "{}: {}\nparties: {}\npurpose: {}\nterm: {} to {}\nassets: {}\nterms (SHA-256): {}",
        agreement.id,
        report.state_text,
        agreement.parties.join(", "),
        agreement.purpose,
        agreement.effective,
        agreement.ends,
        agreement.assets.join(", "),
        report.terms
    );
    for signature in &report.signatures {
        text.push_str(&format!(
            "\nsigned by {} at {}{}{} [{}]",
            signature.signatory,
            signature.at,
            if signature.vouched_by.is_some() {
                ", vouched for"
            } else {
                ""
            },
            if signature.present_terms {
                ""
            } else {
                ", under EARLIER terms"
            },
            signature.entry
        ));
    }
    text
}

fn token(app: &App, command: &TokenCommand, output: &mut Output) -> Result<bool> {
    match command {
        TokenCommand::Issue { person, view, ttl } => {
            let token = app.issue_token(person, view, ttl)?;
            let value = serde_json::json!({
                "id": token.id, "token": token.secret.expose_secret(), "expires_at": token.expires_at.to_string(),
                "person": person, "view": view, "recipient": token.recipient, "vouched": true,
            });
            output.value(&value, |_| {
                format!(
                    "token {} for {person}, view {view}, as {} until {} (vouched for by the operator)\nshown once; use it as the password:\n{}",
                    token.id,
                    token.recipient,
                    token.expires_at,
                    token.secret.expose_secret()
                )
            });
        }
        TokenCommand::List => {
            let tokens = app.tokens()?;
            output.value(&tokens, |tokens| {
                let cells: Vec<Vec<String>> = tokens
                    .iter()
                    .map(|token| {
                        vec![
                            token.id.clone(),
                            token.state.to_owned(),
                            token.person.clone(),
                            token.view.clone(),
                            token.recipient.clone(),
                            token.expires_at.strftime("%Y-%m-%d %H:%MZ").to_string(),
                        ]
                    })
                    .collect();
                table(
                    &["token", "state", "person", "view", "recipient", "until"],
                    &cells,
                )
            });
        }
        TokenCommand::Revoke { id } => {
            app.revoke_token(id)?;
            output.value(&serde_json::json!({ "revoked": id }), |_| {
                format!("token {id} is revoked")
            });
        }
    }
    Ok(true)
}

fn submission(app: &App, command: &SubmissionCommand, output: &mut Output) -> Result<bool> {
    match command {
        SubmissionCommand::List { view } => {
            let reports = app.submissions(view.as_deref())?;
            output.value(&reports, |reports| {
                let cells: Vec<Vec<String>> = reports
                    .iter()
                    .map(|report| {
                        vec![
                            report.id.clone(),
                            report.state.clone(),
                            report.recipient.clone(),
                            report.view.clone(),
                            report.branch.clone(),
                            report.paths.len().to_string(),
                            report.flags.len().to_string(),
                            report.work_item.clone().unwrap_or_else(|| "-".to_owned()),
                        ]
                    })
                    .collect();
                table(
                    &[
                        "submission",
                        "state",
                        "recipient",
                        "view",
                        "branch",
                        "files",
                        "notes",
                        "work item",
                    ],
                    &cells,
                )
            });
        }
        SubmissionCommand::Show { id } => {
            let report = app.submission(id)?;
            output.value(&report, submission_text);
        }
        SubmissionCommand::Build { id } => return artefact::build(app, id, output),
        SubmissionCommand::Pushed { id, out } => {
            let report = app.pushed_files(id, out)?;
            output.value(&report, |report| {
                let left: String = report
                    .left_out
                    .iter()
                    .map(|path| format!("not written, as it is a link: {path}\n"))
                    .collect();
                format!(
                    "{left}{} files as they were pushed in {}; they carry the recipient's marks",
                    report.files.len(),
                    report.directory.display()
                )
            });
        }
        SubmissionCommand::Accept { id } => {
            let report = app.accept_submission(id)?;
            output.value(&report, |report| {
                format!(
                    "accepted; branch {} is in the owner's repository, to be merged there",
                    report.owner_branch
                )
            });
        }
        SubmissionCommand::Refuse { id, reason } => {
            let report = app.refuse_submission(id, reason)?;
            output.value(&report, |report| format!("submission {} is refused", report.id));
        }
    }
    Ok(true)
}

fn submission_text(report: &ringfence_app::submission::SubmissionReport) -> String {
    let mut text = format!(
        "submission {}: {}\nfrom {} (person {}) through view {}, branch {}, commit {}\n",
        report.id,
        report.state,
        report.recipient,
        report.person,
        report.view,
        report.branch,
        report.vendor_tip
    );
    if let Some(item) = &report.work_item {
        text.push_str(&format!("work item: {item}\n"));
    }
    for (path, what) in &report.paths {
        let origin = report.origins.get(path).map(|origin| format!(" ({origin})"));
        text.push_str(&format!("{what}: {path}{}\n", origin.unwrap_or_default()));
    }
    for signature in &report.signatures {
        text.push_str(&format!(
            "signed: {} by {} with {}\n",
            signature.commit, signature.person, signature.fingerprint
        ));
    }
    for path in &report.called_out {
        text.push_str(&format!("LOOK: {path} makes your machines run something\n"));
    }
    for flag in &report.flags {
        text.push_str(&format!("note: {flag}\n"));
    }
    for conflict in &report.conflicts {
        text.push_str(&format!("conflict: {conflict}\n"));
    }
    if let Some(diff) = &report.diff {
        text.push('\n');
        text.push_str(diff);
    }
    text
}

fn ledger(app: &App, command: &LedgerCommand, output: &mut Output) -> Result<bool> {
    match command {
        LedgerCommand::Tail { log, count } => {
            let entries = app.ledger_tail(log, *count)?;
            output.value(&entries, |entries| {
                entries
                    .iter()
                    .map(|entry| format!("{} {}\n", entry.index, entry.statement))
                    .collect()
            });
        }
        LedgerCommand::Audit => {
            let reports = app.ledger_audit()?;
            output.value(&reports, |reports| {
                let lines: String = reports
                    .iter()
                    .map(|report| format!("{}: {} entries, root {}\n", report.log, report.size, report.root))
                    .collect();
                format!("{lines}every hash recomputed and equal")
            });
        }
        LedgerCommand::Checkpoint { log } => {
            let note = app.ledger_checkpoint(log)?.to_string();
            output.value(&serde_json::json!({ "checkpoint": note }), |_| note.clone());
        }
        LedgerCommand::Prove { index, log } => {
            let proof = app.ledger_prove(log, *index)?.to_string();
            output.value(&serde_json::json!({ "proof": proof }), |_| proof.clone());
        }
        LedgerCommand::Key { log } => {
            let key = app.ledger_key(log)?;
            output.value(&serde_json::json!({ "key": key.to_string() }), |_| {
                key.to_string()
            });
        }
    }
    Ok(true)
}
