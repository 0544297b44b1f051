//! Push: the commands, the pack into quarantine, the application's decision, and the report in git's own output.
//!
//! INVARIANT: nothing of a push reaches a store here; only [`Gate::receive`] moves it, after every check of `git::receive` has passed.

use std::io::{self, Read};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use flate2::read::GzDecoder;
use ringfence_git::quarantine::{Quarantine, references};
use ringfence_git::receive::{BranchPolicy, PushCommand, ReceiveError, check_commands};
use ringfence_git::serve::{Protocol, is_object_id};

use crate::answer::{self, Answer};
use crate::body::{self, BodyReader, Encoding};
use crate::gate::{Gate, PushReport, ReceivedPush, RefResult, Refusal, Session};
use crate::limits::Bounds;
use crate::pkt::{self, Packet};
use crate::route::{Entered, blocking, reason, refused};
use crate::upload::watch;

const NONE: &str = "0000000000000000000000000000000000000000";
/// Longest list of commands in bytes.
const LONGEST_COMMANDS: usize = 256 << 10;

/// Answers `GET info/refs?service=git-receive-pack`.
pub(crate) async fn advertise(entered: Entered) -> Answer {
    let Entered {
        shared,
        session,
        protocol,
        place,
        ..
    } = entered;
    let gate = Arc::clone(&shared.gate);
    let work = move || {
        gate.refresh(&session)?;
        let listed = references(&session.store, "refs/heads/").map_err(|error| Refusal::Fault {
            inside: error.to_string(),
        })?;
        drop(place);
        Ok(advertisement(protocol, &listed))
    };
    match blocking(work).await {
        Ok(body) => answer::git("application/x-git-receive-pack-advertisement", Body::from(body)),
        Err(refusal) => refused(&refusal),
    }
}

fn advertisement(protocol: Protocol, listed: &[(String, String)]) -> Vec<u8> {
    let capabilities = concat!(
        "report-status delete-refs side-band-64k quiet atomic ofs-delta object-format=sha1 agent=ringfence/",
        env!("CARGO_PKG_VERSION")
    );
    let mut body = Vec::new();
    pkt::write(&mut body, b"# service=git-receive-pack\n");
    body.extend_from_slice(pkt::FLUSH);
    if protocol == Protocol::V1 {
        pkt::write(&mut body, b"version 1\n");
    }
    if listed.is_empty() {
        pkt::write(
            &mut body,
            format!("{NONE} capabilities^{{}}\0{capabilities}\n").as_bytes(),
        );
    }
    for (index, (name, id)) in listed.iter().enumerate() {
        let line = if index == 0 {
            format!("{id} {name}\0{capabilities}\n")
        } else {
            format!("{id} {name}\n")
        };
        pkt::write(&mut body, line.as_bytes());
    }
    body.extend_from_slice(pkt::FLUSH);
    body
}

/// Answers `POST git-receive-pack`.
pub(crate) async fn serve(entered: Entered, http: Request) -> Answer {
    let content_type = http
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if content_type != Some("application/x-git-receive-pack-request") {
        return answer::text(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the content type is not that of a git request",
        );
    }
    let encoding = match body::encoding(http.headers()) {
        Ok(encoding) => encoding,
        Err(error) => return answer::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, &error.to_string()),
    };
    let shared = entered.shared.clone();
    let session = Arc::clone(&entered.session);
    let ended = watch(Arc::clone(&shared.gate), Arc::clone(&session), shared.bounds.poll);
    let bounds = Arc::clone(&shared.bounds);
    let reader = BodyReader::start(http.into_body(), bounds.stall, bounds.transfer_time, ended);
    // The place goes along: the work goes on when the client goes away.
    let answered = blocking(move || {
        let slack = u64::try_from(LONGEST_COMMANDS).unwrap_or(u64::MAX);
        // One byte more than allowed, so that the pack check sees that there is more.
        let most = bounds.receive.pack_bytes.saturating_add(slack).saturating_add(1);
        let gate = shared.gate.as_ref();
        let report = match encoding {
            Encoding::Plain => push(gate, &session, &bounds, reader),
            Encoding::Gzip => push(gate, &session, &bounds, GzDecoder::new(reader).take(most)),
        };
        Ok((report, entered))
    })
    .await;
    match answered {
        Ok((Ok((body, probes)), entered)) => {
            for probe in probes {
                entered.note(probe).await;
            }
            answer::git("application/x-git-receive-pack-result", Body::from(body))
        }
        Ok((Err(refusal), _)) | Err(refusal) => refused(&refusal),
    }
}

/// The commands of a push with the capabilities that matter.
#[derive(Debug, Default, PartialEq, Eq)]
struct PushRequest {
    commands: Vec<PushCommand>,
    report: bool,
    side_band: bool,
    atomic: bool,
}

/// Why the commands cannot be read.
#[derive(Debug, thiserror::Error)]
enum CommandsError {
    #[error("the list of commands is not in git's format: {0}")]
    Format(String),
    #[error("more than {0} references in one push; push in smaller parts")]
    TooMany(usize),
    #[error("the push broke off: {0}")]
    Broke(#[from] io::Error),
}

/// Works through one push; the answer is the body of the HTTP answer and what to note as probes.
fn push(
    gate: &dyn Gate,
    session: &Session,
    bounds: &Bounds,
    mut source: impl Read,
) -> Result<(Vec<u8>, Vec<String>), Refusal> {
    let request = match read_commands(&mut source, bounds.receive.references) {
        Ok(request) => request,
        Err(error) => {
            drain(source, bounds.receive.pack_bytes);
            let request = PushRequest {
                report: true,
                side_band: true,
                ..PushRequest::default()
            };
            return Ok((
                report(&request, &whole(&request, &error.to_string())),
                vec![error.to_string()],
            ));
        }
    };
    if request.commands.is_empty() {
        // The probe that a client sends before a large push.
        return Ok((Vec::new(), Vec::new()));
    }
    let fault = |error: ReceiveError| Refusal::Fault {
        inside: error.to_string(),
    };
    let present = references(&session.store, "refs/").map_err(fault)?;
    let policy = BranchPolicy {
        tracked: &session.branches.tracked,
        own: &session.branches.own,
    };
    let verdicts = check_commands(&request.commands, policy, &present);
    let mut answered = PushReport::default();
    let mut allowed = Vec::new();
    for (command, verdict) in request.commands.iter().zip(verdicts) {
        match verdict {
            Ok(()) => allowed.push(command.clone()),
            Err(error) => {
                answered.messages.push(format!("refused: {error}"));
                let why = match error {
                    ReceiveError::Reference { why, .. } => why,
                    other => other.to_string(),
                };
                answered
                    .results
                    .push((command.reference.clone(), RefResult::Refused { reason: why }));
            }
        }
    }
    let probes = answered.messages.clone();
    if request.atomic && !answered.results.is_empty() {
        for command in allowed.drain(..) {
            let reason = "another reference of this atomic push was refused".to_owned();
            answered
                .results
                .push((command.reference, RefResult::Refused { reason }));
        }
    }
    if allowed.is_empty() {
        drain(source, bounds.receive.pack_bytes);
        return Ok((report(&request, &answered), probes));
    }
    let decided = match quarantined(session, bounds, &allowed, &mut source) {
        Ok(received) => match gate.receive(
            session,
            ReceivedPush {
                commands: allowed.clone(),
                received,
                atomic: request.atomic,
            },
        ) {
            Ok(decided) => decided,
            Err(refusal) => refused_push(&allowed, &reason(&refusal)),
        },
        Err(error) if error.is_fault() => return Err(fault(error)),
        Err(error) => {
            drain(source, bounds.receive.pack_bytes);
            refused_push(&allowed, &error.to_string())
        }
    };
    for command in &allowed {
        let result = decided
            .results
            .iter()
            .find(|(name, _)| *name == command.reference)
            .map(|(_, result)| result.clone());
        let result = result.unwrap_or(RefResult::Refused {
            reason: "not decided".to_owned(),
        });
        answered.results.push((command.reference.clone(), result));
    }
    answered.messages.extend(decided.messages);
    Ok((report(&request, &answered), probes))
}

fn quarantined(
    session: &Session,
    bounds: &Bounds,
    allowed: &[PushCommand],
    source: &mut impl Read,
) -> Result<Option<ringfence_git::receive::Received>, ReceiveError> {
    if allowed.iter().all(|command| command.new.is_none()) {
        return Ok(None);
    }
    Quarantine::create(&session.quarantine, &session.store, bounds.receive)?
        .take(source, allowed)
        .map(Some)
}

fn whole(request: &PushRequest, why: &str) -> PushReport {
    refused_push(&request.commands, why)
}

fn refused_push(commands: &[PushCommand], why: &str) -> PushReport {
    let short: String = why.lines().next().unwrap_or_default().chars().take(160).collect();
    let refused = |command: &PushCommand| {
        (
            command.reference.clone(),
            RefResult::Refused {
                reason: short.clone(),
            },
        )
    };
    let mut messages: Vec<String> = why.lines().map(str::to_owned).collect();
    if let Some(first) = messages.first_mut() {
        first.insert_str(0, "refused: ");
    }
    PushReport {
        results: commands.iter().map(refused).collect(),
        messages,
    }
}

fn read_commands(source: &mut impl Read, most: usize) -> Result<PushRequest, CommandsError> {
    let mut request = PushRequest::default();
    let mut total = 0_usize;
    let mut first = true;
    while let Some(line) = read_packet(source)? {
        total = total.saturating_add(line.len());
        if total > LONGEST_COMMANDS {
            return Err(CommandsError::Format(format!(
                "it is longer than {LONGEST_COMMANDS} bytes"
            )));
        }
        let bad = || CommandsError::Format(pkt::one_line(&String::from_utf8_lossy(&line)));
        let text = std::str::from_utf8(&line).map_err(|_| bad())?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        if text.starts_with("shallow ") {
            continue;
        }
        let (command, capabilities) = text.split_once('\0').unwrap_or((text, ""));
        if std::mem::take(&mut first) {
            for word in capabilities.split(' ') {
                match word {
                    "report-status" => request.report = true,
                    "side-band-64k" => request.side_band = true,
                    "atomic" => request.atomic = true,
                    word if word.starts_with("object-format=") && word != "object-format=sha1" => {
                        return Err(bad());
                    }
                    _ => {}
                }
            }
        }
        let mut words = command.splitn(3, ' ');
        let (Some(old), Some(new), Some(reference)) = (words.next(), words.next(), words.next()) else {
            return Err(bad());
        };
        if !is_object_id(old) || !is_object_id(new) || reference.len() > 300 {
            return Err(bad());
        }
        if request.commands.len() >= most {
            return Err(CommandsError::TooMany(most));
        }
        let id = |id: &str| (id != NONE).then(|| id.to_owned());
        request.commands.push(PushCommand {
            reference: reference.to_owned(),
            old: id(old),
            new: id(new),
        });
    }
    Ok(request)
}

/// Reads one packet; `None` at a flush packet or the end.
fn read_packet(source: &mut impl Read) -> Result<Option<Vec<u8>>, CommandsError> {
    let mut digits = Vec::with_capacity(4);
    source.take(4).read_to_end(&mut digits)?;
    if digits.is_empty() {
        return Ok(None);
    }
    let format = |error: &dyn std::fmt::Display| CommandsError::Format(error.to_string());
    let length = std::str::from_utf8(&digits)
        .ok()
        .filter(|text| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|text| u64::from_str_radix(text, 16).ok())
        .ok_or_else(|| format(&"bad packet length"))?;
    if length == 0 {
        return Ok(None);
    }
    let mut packet = digits;
    source.take(length.saturating_sub(4)).read_to_end(&mut packet)?;
    match pkt::split(&packet) {
        Ok(Some((Packet::Data(data), []))) => Ok(Some(data.to_vec())),
        Ok(_) => Err(format(&"an unexpected or incomplete packet")),
        Err(error) => Err(format(&error)),
    }
}

/// Takes in what a client still sends, so that it reads the answer instead of a broken connection.
fn drain(source: impl Read, most: u64) {
    // What it sends beyond, or an error while it does, changes nothing: the answer is a refusal already.
    let _ = io::copy(&mut source.take(most), &mut io::sink());
}

fn report(request: &PushRequest, answered: &PushReport) -> Vec<u8> {
    let mut status = Vec::new();
    pkt::write(&mut status, b"unpack ok\n");
    for (name, result) in &answered.results {
        let line = match result {
            RefResult::Accepted => format!("ok {name}\n"),
            RefResult::Refused { reason } => format!("ng {name} {}\n", pkt::one_line(reason)),
        };
        pkt::write(&mut status, line.as_bytes());
    }
    status.extend_from_slice(pkt::FLUSH);
    let mut body = Vec::new();
    if !request.side_band {
        return if request.report { status } else { body };
    }
    for message in answered.messages.iter().take(200) {
        pkt::write_band(
            &mut body,
            2,
            format!("ringfence: {}\n", pkt::one_line(message)).as_bytes(),
        );
    }
    if request.report {
        pkt::write_band(&mut body, 1, &status);
    }
    body.extend_from_slice(pkt::FLUSH);
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn commands_are_read_within_bounds() {
        let mut body = Vec::new();
        pkt::write(
            &mut body,
            format!("{NONE} {ID} refs/heads/x\0 report-status side-band-64k atomic").as_bytes(),
        );
        pkt::write(&mut body, format!("{ID} {NONE} refs/heads/y").as_bytes());
        body.extend_from_slice(b"0000PACKrest");
        let mut source = &body[..];
        let request = read_commands(&mut source, 2).unwrap();
        assert_eq!(source, b"PACKrest");
        assert_eq!(
            (
                request.commands.len(),
                request.report,
                request.side_band,
                request.atomic
            ),
            (2, true, true, true)
        );
        assert_eq!(request.commands[0].old, None);
        assert_eq!(request.commands[1].new, None);
        assert!(matches!(
            read_commands(&mut &body[..], 1),
            Err(CommandsError::TooMany(1))
        ));
    }

    #[test]
    fn a_report_escapes_what_it_shows() {
        let request = PushRequest {
            report: true,
            side_band: true,
            ..PushRequest::default()
        };
        let body = report(
            &request,
            &PushReport {
                results: vec![],
                messages: vec!["a\u{1b}[2J\nunpack ok".to_owned()],
            },
        );
        assert!(!body.contains(&0x1b));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn no_commands_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_commands(&mut &body[..], 50);
        }
    }
}
