//! Reads what a client asks of `git upload-pack`, before the program sees it.
//!
//! It refuses what no client needs here and what widens the attack surface: filters, object information, references in wants,
//! pack addresses, side band over everything, unknown commands.

use ringfence_git::serve::{Protocol, is_object_id};

use crate::pkt::{self, Packet, PacketError};

/// Most object ids that a client may want at once.
pub const MOST_WANTS: usize = 20_000;
/// Most object ids that a client may say it has.
pub const MOST_HAVES: usize = 200_000;

/// Why a request is not passed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not in pkt-line format.
    #[error("the request is not in git's format: {0}")]
    Packet(#[from] PacketError),
    /// Something that this server never serves.
    #[error("{0} is not served here")]
    NotServed(String),
    /// A line that is not understood.
    #[error("the line {0:?} is not understood")]
    Line(String),
    /// Too many ids.
    #[error("more than {most} {what} in one request")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        most: usize,
    },
}

/// The command of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Command {
    /// List the references (version 2).
    LsRefs,
    /// Send a pack.
    #[default]
    Fetch,
}

/// A request as far as the gateway must know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadRequest {
    /// What to do.
    pub command: Command,
    /// Ids that the client wants.
    pub wants: Vec<String>,
    /// Ids that the client has.
    pub haves: Vec<String>,
    /// Whether the client limits the depth or is shallow.
    pub shallow: bool,
    /// Whether versions 0 and 1 were asked for a side band (version 2 always has one).
    pub side_band: bool,
}

/// Reads the body of a `git-upload-pack` request.
///
/// # Errors
/// When it is not in the format, too large, or asks for what is never served.
pub fn parse(protocol: Protocol, body: &[u8]) -> Result<UploadRequest, RequestError> {
    let mut request = UploadRequest::default();
    let mut rest = body;
    let mut command_seen = false;
    let mut arguments = protocol != Protocol::V2;
    let mut capabilities_seen = false;
    while !rest.is_empty() {
        let (packet, after) = pkt::split(rest)?.ok_or(PacketError::Truncated)?;
        rest = after;
        let data = match packet {
            Packet::Data(data) => data,
            Packet::Flush if protocol == Protocol::V2 => {
                if !rest.is_empty() {
                    return Err(RequestError::NotServed(
                        "more than one command in a request".to_owned(),
                    ));
                }
                break;
            }
            Packet::Delimiter if protocol == Protocol::V2 && !arguments => {
                arguments = true;
                continue;
            }
            Packet::Flush => continue,
            Packet::Delimiter | Packet::ResponseEnd => {
                return Err(PacketError::Length("0001".to_owned()).into());
            }
        };
        let text = std::str::from_utf8(data)
            .map_err(|_| RequestError::Line(String::from_utf8_lossy(data).chars().take(60).collect()))?;
        let line = text.strip_suffix('\n').unwrap_or(text);
        if arguments {
            argument(protocol, line, &mut request, &mut capabilities_seen)?;
        } else if let Some(name) = line.strip_prefix("command=") {
            request.command = match name {
                "ls-refs" => Command::LsRefs,
                "fetch" => Command::Fetch,
                other => {
                    return Err(RequestError::NotServed(format!(
                        "the command {:?}",
                        shorten(other)
                    )));
                }
            };
            if std::mem::replace(&mut command_seen, true) {
                return Err(RequestError::NotServed(
                    "more than one command in a request".to_owned(),
                ));
            }
        } else if !["agent=", "object-format=", "session-id=", "server-option="]
            .iter()
            .any(|known| line.starts_with(known))
        {
            return Err(RequestError::NotServed(format!(
                "the capability {:?}",
                shorten(line)
            )));
        }
    }
    if protocol == Protocol::V2 && !command_seen && !body.is_empty() && body != pkt::FLUSH {
        return Err(RequestError::NotServed("a request without a command".to_owned()));
    }
    Ok(request)
}

fn argument(
    protocol: Protocol,
    line: &str,
    request: &mut UploadRequest,
    capabilities_seen: &mut bool,
) -> Result<(), RequestError> {
    let (word, value) = line.split_once(' ').unwrap_or((line, ""));
    if request.command == Command::LsRefs {
        return match word {
            "peel" | "symrefs" | "unborn" | "ref-prefix" => Ok(()),
            _ => Err(RequestError::NotServed(format!("{:?}", shorten(line)))),
        };
    }
    match word {
        "want" => {
            let (id, capabilities) = value.split_once(' ').unwrap_or((value, ""));
            if protocol != Protocol::V2 && !std::mem::replace(capabilities_seen, true) {
                let mut words = capabilities.split(' ');
                request.side_band = words.any(|word| word == "side-band" || word == "side-band-64k");
            } else if !capabilities.is_empty() {
                return Err(RequestError::Line(shorten(line)));
            }
            push_id(&mut request.wants, id, MOST_WANTS, "wants")
        }
        "have" => push_id(&mut request.haves, value, MOST_HAVES, "haves"),
        "shallow" | "deepen" | "deepen-since" | "deepen-not" | "deepen-relative" => {
            request.shallow = true;
            Ok(())
        }
        "done" | "thin-pack" | "no-progress" | "include-tag" | "ofs-delta" | "wait-for-done" => Ok(()),
        "filter" => Err(RequestError::NotServed("a filter".to_owned())),
        _ => Err(RequestError::NotServed(format!("{:?}", shorten(line)))),
    }
}

fn push_id(ids: &mut Vec<String>, id: &str, most: usize, what: &'static str) -> Result<(), RequestError> {
    if !is_object_id(id) {
        return Err(RequestError::Line(shorten(id)));
    }
    if ids.len() >= most {
        return Err(RequestError::TooMany { what, most });
    }
    ids.push(id.to_owned());
    Ok(())
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    fn lines(lines: &[&str]) -> Vec<u8> {
        let mut body = Vec::new();
        for line in lines {
            match *line {
                "0000" | "0001" => body.extend_from_slice(line.as_bytes()),
                line => pkt::write(&mut body, line.as_bytes()),
            }
        }
        body
    }

    #[test]
    fn a_fetch_of_version_2_is_read() {
        let body = lines(&[
            "command=fetch",
            "agent=git/2.47",
            "object-format=sha1",
            "0001",
            "thin-pack",
            "ofs-delta",
            &format!("want {ID}\n"),
            &format!("have {ID}\n"),
            "deepen 1",
            "done\n",
            "0000",
        ]);
        let request = parse(Protocol::V2, &body).unwrap();
        assert_eq!(
            (request.wants.len(), request.haves.len(), request.shallow),
            (1, 1, true)
        );
    }

    #[test]
    fn a_fetch_of_version_0_is_read() {
        let body = lines(&[
            &format!("want {ID} side-band-64k ofs-delta agent=x\n"),
            &format!("want {ID}\n"),
            "0000",
            "done\n",
        ]);
        let request = parse(Protocol::V0, &body).unwrap();
        assert_eq!(
            (request.wants.len(), request.haves.len(), request.side_band),
            (2, 0, true)
        );
    }

    #[test]
    fn what_is_never_served_is_refused() {
        for bad in [
            vec!["command=object-info", "0001", "size", "0000"],
            vec!["command=bundle-uri", "0000"],
            vec!["command=fetch", "0001", "filter blob:none", "0000"],
            vec!["command=fetch", "0001", "want-ref refs/heads/main", "0000"],
            vec!["command=fetch", "0001", "packfile-uris https", "0000"],
            vec!["command=fetch", "0001", "sideband-all", "0000"],
            vec!["command=fetch", "command=ls-refs", "0000"],
            vec!["command=fetch", "0000", "command=fetch", "0000"],
            vec!["0001", "want x", "0000"],
        ] {
            assert!(parse(Protocol::V2, &lines(&bad)).is_err(), "{bad:?}");
        }
        let wants = format!("want {ID}");
        assert!(parse(Protocol::V0, &lines(&[&wants, "filter blob:none", "0000"])).is_err());
        assert!(parse(Protocol::V0, &lines(&["want 0123", "0000"])).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), two in any::<bool>()) {
            let _ = parse(if two { Protocol::V2 } else { Protocol::V0 }, &body);
        }
    }
}
