//! The peer: `git http-backend` behind the smallest HTTP server that can run it, without authentication, entries or limits.
//!
//! One thread and one connection for each request. The answer goes from the child's pipe to the socket by `std::io::copy`, which
//! splices on Linux, so the peer spends next to nothing beside git itself.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{ChildStdout, Stdio};

/// Longest head of a request or of a CGI answer.
const LONGEST_HEAD: usize = 64 << 10;

/// Serves until killed; prints the address first.
pub fn serve(folder: &Path) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port on loopback")?;
    println!("{}", listener.local_addr().context("no address")?);
    std::thread::scope(|scope| {
        for connection in listener.incoming() {
            let connection = connection.context("accepting")?;
            scope.spawn(move || {
                if let Err(error) = answer(connection, folder) {
                    eprintln!("bench: git http-backend: {error:#}");
                }
            });
        }
        Ok(())
    })
}

#[derive(Debug, PartialEq)]
struct Head {
    method: String,
    path: String,
    query: String,
    fields: BTreeMap<String, String>,
}

impl Head {
    /// Reads up to the empty line; none when the client closed the connection instead.
    fn read(input: &mut impl BufRead) -> Result<Option<Self>> {
        let Some((first, fields)) = read_head(input)? else {
            return Ok(None);
        };
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            bail!("no request: {first:?}")
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(Some(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            fields,
        }))
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default()
    }
}

type FirstAndFields = (String, BTreeMap<String, String>);

fn read_head(input: &mut impl BufRead) -> Result<Option<FirstAndFields>> {
    let mut lines: Vec<String> = Vec::new();
    let mut length = 0_usize;
    loop {
        let mut line = String::new();
        let read = input
            .take(u64::try_from(LONGEST_HEAD)?)
            .read_line(&mut line)
            .context("reading a head")?;
        length = length.saturating_add(read);
        if read == 0 && lines.is_empty() {
            return Ok(None);
        }
        if length > LONGEST_HEAD || read == 0 {
            bail!("a head without an end");
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        lines.push(line.to_owned());
    }
    let first = lines.first().cloned().unwrap_or_default();
    let fields = lines
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Some((first, fields)))
}

fn answer(connection: TcpStream, folder: &Path) -> Result<()> {
    connection.set_nodelay(true).context("no-delay")?;
    let mut input = BufReader::new(connection.try_clone().context("sharing a connection")?);
    let Some(head) = Head::read(&mut input)? else {
        return Ok(());
    };
    if head.field("transfer-encoding").eq_ignore_ascii_case("chunked") {
        bail!("a chunked request: clones and fetches of this size have none");
    }
    let length: u64 = head.field("content-length").parse().unwrap_or(0);
    // Plain git: no setting of ours but the one without which it refuses a folder of another owner.
    #[expect(
        clippy::disallowed_methods,
        reason = "the peer is git without what crates/git adds"
    )]
    let mut child = std::process::Command::new("git")
        .args(["-c", "safe.directory=*", "http-backend"])
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", &head.method)
        .env("PATH_INFO", &head.path)
        .env("QUERY_STRING", &head.query)
        .env("CONTENT_TYPE", head.field("content-type"))
        .env("CONTENT_LENGTH", length.to_string())
        .env("HTTP_CONTENT_ENCODING", head.field("content-encoding"))
        .env("GIT_PROTOCOL", head.field("git-protocol"))
        .env("HTTP_GIT_PROTOCOL", head.field("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting git http-backend")?;
    if let Some(mut stdin) = child.stdin.take() {
        std::io::copy(&mut input.take(length), &mut stdin).context("passing the request on")?;
    }
    let sent = child
        .stdout
        .take()
        .map_or(Ok(()), |stdout| send(stdout, &connection));
    let status = child.wait().context("waiting for git http-backend")?;
    if !status.success() {
        bail!("{} {} ended with {status}", head.method, head.path);
    }
    sent
}

/// Turns a CGI answer into an HTTP answer that ends with its connection.
fn send(stdout: ChildStdout, connection: &TcpStream) -> Result<()> {
    let mut stdout = BufReader::new(stdout);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let read = stdout
            .read_until(b'\n', &mut head)
            .context("reading the answer")?;
        if read == 0 || head.len() > LONGEST_HEAD {
            bail!("an answer without a head");
        }
    }
    let text = String::from_utf8_lossy(&head);
    let status = text
        .lines()
        .find_map(|line| line.strip_prefix("Status: "))
        .unwrap_or("200 OK");
    let fields: String = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("Status: "))
        .map(|line| format!("{line}\r\n"))
        .collect();
    let mut out = connection;
    write!(out, "HTTP/1.1 {status}\r\n{fields}Connection: close\r\n\r\n").context("answering")?;
    let buffered = stdout.buffer().to_vec();
    out.write_all(&buffered).context("answering")?;
    std::io::copy(&mut stdout.into_inner(), &mut out).context("answering")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_up_to_its_empty_line() {
        let text = "GET /a.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: x\r\nGit-Protocol: version=2\r\n\r\nbody";
        let mut input = text.as_bytes();
        let head = Head::read(&mut input).unwrap().unwrap();
        assert_eq!(
            (head.method.as_str(), head.path.as_str()),
            ("GET", "/a.git/info/refs")
        );
        assert_eq!(head.query, "service=git-upload-pack");
        assert_eq!(head.field("git-protocol"), "version=2");
        assert_eq!(head.field("content-length"), "");
        assert_eq!(input, b"body");
    }

    #[test]
    fn a_broken_head_is_refused() {
        assert!(Head::read(&mut &b""[..]).unwrap().is_none());
        assert!(Head::read(&mut &b"GET / HTTP/1.1\r\nHost: x\r\n"[..]).is_err());
        assert!(Head::read(&mut &b"nonsense\r\n\r\n"[..]).is_err());
        assert!(Head::read(&mut vec![b'x'; LONGEST_HEAD * 2].as_slice()).is_err());
    }

    #[test]
    fn git_clones_through_it() {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| {
            let limits = ringfence_git::command::Limits::default();
            ringfence_git::command::run(None, arguments, b"", limits).unwrap()
        };
        let at = |name: &str| folder.path().join(name).display().to_string();
        git(&["init", "--quiet", &at("work")]);
        std::fs::write(folder.path().join("work/a.txt"), "text\n".repeat(1000)).unwrap();
        git(&["-C", &at("work"), "add", "--all"]);
        git(&[
            "-C",
            &at("work"),
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@a",
            "commit",
            "--quiet",
            "-m",
            "a",
        ]);
        git(&["clone", "--quiet", "--bare", &at("work"), &at("a.git")]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let root = folder.path().to_path_buf();
        std::thread::spawn(move || {
            for connection in listener.incoming().take(8) {
                answer(connection.unwrap(), &root).unwrap();
            }
        });
        git(&[
            "clone",
            "--quiet",
            &format!("http://{address}/a.git"),
            &at("copy"),
        ]);
        assert_eq!(
            std::fs::read(folder.path().join("copy/a.txt")).unwrap().len(),
            5000
        );
    }
}
