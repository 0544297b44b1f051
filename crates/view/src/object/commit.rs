//! Commits as values: read tolerantly, since histories hold odd ones, and always written in the one form that `git fsck` accepts.
//!
//! INVARIANT: only tree, parents, the two stamps, the encoding and the message are ever written; other headers of a source commit
//! (signatures, merged tags, whatever a tool put there) have no way through.

use gix_hash::{ObjectId, oid};

use super::{NewCommit, ObjectError};

/// The latest time that is written: past it some hosts refuse a commit.
const LATEST: i64 = 1 << 40;
/// The longest name of an encoding that passes.
const LONGEST_ENCODING: usize = 40;

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The name, in the encoding of the commit.
    pub name: Vec<u8>,
    /// The e-mail address.
    pub email: Vec<u8>,
    /// Seconds since 1970.
    pub seconds: i64,
    /// Minutes east of Greenwich.
    pub offset: i32,
}

impl Stamp {
    /// Reads what stands after `author ` or `committer `; what cannot be read is empty or zero.
    #[must_use]
    pub fn read(line: &[u8]) -> Self {
        let close = line.iter().rposition(|byte| *byte == b'>').unwrap_or(line.len());
        let (who, when) = (
            line.get(..close).unwrap_or_default(),
            line.get(close.saturating_add(1)..).unwrap_or_default(),
        );
        let open = who.iter().position(|byte| *byte == b'<');
        let (name, email) = match open {
            Some(open) => (
                who.get(..open).unwrap_or_default(),
                who.get(open.saturating_add(1)..).unwrap_or_default(),
            ),
            None => (who, &[][..]),
        };
        let when = String::from_utf8_lossy(when);
        let mut parts = when.split_ascii_whitespace();
        let seconds = parts.next().and_then(|text| text.parse().ok()).unwrap_or(0);
        let offset = parts.next().and_then(offset_of).unwrap_or(0);
        Self {
            name: name.trim_ascii().to_vec(),
            email: email.trim_ascii().to_vec(),
            seconds,
            offset,
        }
    }

    fn put(&self, header: &str, out: &mut Vec<u8>) {
        let clean = |text: &[u8]| -> Vec<u8> {
            let kept: Vec<u8> = text
                .iter()
                .copied()
                .filter(|byte| !matches!(byte, b'<' | b'>' | b'\n' | b'\r' | 0))
                .collect();
            kept.trim_ascii().to_vec()
        };
        let name = clean(&self.name);
        out.extend_from_slice(header.as_bytes());
        out.push(b' ');
        out.extend_from_slice(if name.is_empty() { b"Unknown" } else { &name });
        out.extend_from_slice(b" <");
        out.extend_from_slice(&clean(&self.email));
        let minutes = self.offset.clamp(-5_999, 5_999);
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
        // git never reads negative times.
        let seconds = self.seconds.clamp(0, LATEST);
        out.extend_from_slice(format!("> {seconds} {sign}{hours:02}{minutes:02}\n").as_bytes());
    }
}

fn offset_of(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().split_first()? {
        (b'+', digits) => (1, digits),
        (b'-', digits) => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: i32 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(sign * ((number / 100) * 60 + number % 100))
}

/// What a commit says, as far as anything here needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitText {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents in order.
    pub parents: Vec<ObjectId>,
    /// Who wrote it.
    pub author: Stamp,
    /// Who committed it.
    pub committer: Stamp,
    /// The encoding of names and message when it is not UTF-8.
    pub encoding: Option<Vec<u8>>,
    /// The message.
    pub message: Vec<u8>,
}

impl CommitText {
    /// Reads the bytes of a commit; headers it does not know are skipped with their continuation lines.
    ///
    /// # Errors
    /// When there is no tree, or an id is none.
    pub fn read(id: &oid, data: &[u8]) -> Result<Self, ObjectError> {
        let malformed = |problem: &str| ObjectError::Malformed {
            id: id.to_owned(),
            problem: problem.to_owned(),
        };
        let hex =
            |text: &[u8]| ObjectId::from_hex(text).map_err(|_| malformed("a header holds no object id"));
        let nobody = Stamp::read(b"");
        let (mut tree, mut parents, mut author, mut committer, mut encoding) =
            (None, Vec::new(), nobody.clone(), nobody, None);
        let mut rest = data;
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            rest = end
                .and_then(|end| rest.get(end.saturating_add(1)..))
                .unwrap_or_default();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix(b"tree ") {
                tree = Some(hex(value)?);
            } else if let Some(value) = line.strip_prefix(b"parent ") {
                parents.push(hex(value)?);
            } else if let Some(value) = line.strip_prefix(b"author ") {
                author = Stamp::read(value);
            } else if let Some(value) = line.strip_prefix(b"committer ") {
                committer = Stamp::read(value);
            } else if let Some(value) = line.strip_prefix(b"encoding ") {
                encoding = Some(value.to_vec());
            }
        }
        Ok(Self {
            tree: tree.ok_or_else(|| malformed("a commit without a tree"))?,
            parents,
            author,
            committer,
            encoding,
            message: rest.to_vec(),
        })
    }

    /// The bytes of the commit; the same input always gives the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.headers();
        self.put_message(&mut out);
        out
    }

    /// The bytes of the commit with an SSH signature (armoured) over [`Self::encode`].
    #[must_use]
    pub fn encode_signed(&self, armour: &str) -> Vec<u8> {
        let mut out = self.headers();
        for (number, line) in armour.trim_end().lines().enumerate() {
            out.extend_from_slice(if number == 0 { b"gpgsig " } else { b" " });
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
        self.put_message(&mut out);
        out
    }

    fn headers(&self) -> Vec<u8> {
        let mut out = format!("tree {}\n", self.tree).into_bytes();
        for parent in &self.parents {
            out.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        self.author.put("author", &mut out);
        self.committer.put("committer", &mut out);
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if let Some(encoding) = &self.encoding
            && (1..=LONGEST_ENCODING).contains(&encoding.len())
            && encoding.iter().all(plain)
        {
            out.extend_from_slice(b"encoding ");
            out.extend_from_slice(encoding);
            out.push(b'\n');
        }
        out
    }

    fn put_message(&self, out: &mut Vec<u8>) {
        out.push(b'\n');
        out.extend(self.message.iter().copied().filter(|byte| *byte != 0));
    }
}

impl From<&NewCommit> for CommitText {
    fn from(commit: &NewCommit) -> Self {
        let stamp = Stamp {
            name: commit.identity.name.clone().into_bytes(),
            email: commit.identity.email.clone().into_bytes(),
            seconds: commit.seconds,
            offset: 0,
        };
        Self {
            tree: commit.tree,
            parents: commit.parents.clone(),
            author: stamp.clone(),
            committer: stamp,
            encoding: None,
            message: commit.message.clone().into_bytes(),
        }
    }
}

/// Takes the signature out of a signed commit: the armour and the bytes that it signs. None when it carries none.
#[must_use]
pub fn split_signature(data: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut armour: Option<String> = None;
    let mut payload = Vec::with_capacity(data.len());
    let mut rest = data;
    let mut inside = false;
    while !rest.is_empty() {
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |end| end.saturating_add(1));
        let (line, next) = rest.split_at_checked(end)?;
        if line == b"\n" {
            payload.extend_from_slice(rest);
            break;
        }
        rest = next;
        // As git does: every `gpgsig` is taken out, whatever its number.
        if let Some(first) = line.strip_prefix(b"gpgsig ") {
            inside = true;
            let armour = armour.get_or_insert_default();
            armour.push_str(&String::from_utf8_lossy(first));
        } else if inside && line.first() == Some(&b' ') {
            let armour = armour.get_or_insert_default();
            armour.push_str(&String::from_utf8_lossy(line.get(1..).unwrap_or_default()));
        } else {
            inside = false;
            payload.extend_from_slice(line);
        }
    }
    armour.map(|armour| (armour, payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gix_object::Kind;

    const ODD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
        parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
        author  J\xf6rg <a@b> <joerg@owner.example> 1112911993 -0730\n\
        committer <nobody> 99999999999999999999 +12\n\
        encoding ISO-8859-1\n\
        gpgsig -----BEGIN PGP SIGNATURE-----\n \n parent 00\n -----END PGP SIGNATURE-----\n\
        mergetag object 5\n type commit\n\nSubject\n\ntree x\n";

    #[test]
    fn an_odd_commit_is_read_and_written_without_its_signature() {
        let id = super::super::id_of(Kind::Commit, ODD).unwrap();
        let read = CommitText::read(&id, ODD).unwrap();
        assert_eq!(read.parents.len(), 1);
        assert_eq!(read.author.offset, -450);
        assert_eq!(read.committer.seconds, 0);
        let written = read.encode();
        assert_eq!(
            written,
            b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
              parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
              author J\xf6rg <a@b joerg@owner.example> 1112911993 -0730\n\
              committer Unknown <nobody> 0 +0000\nencoding ISO-8859-1\n\nSubject\n\ntree x\n"
                .as_slice()
        );
        assert_eq!(CommitText::read(&id, &written).unwrap().encode(), written);
    }

    #[test]
    fn a_signature_comes_out_as_it_went_in() {
        let id = super::super::id_of(Kind::Commit, ODD).unwrap();
        let commit = CommitText::read(&id, ODD).unwrap();
        let armour = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n";
        let signed = commit.encode_signed(armour);
        assert_eq!(
            split_signature(&signed),
            Some((armour.to_owned(), commit.encode()))
        );
        assert_eq!(split_signature(&commit.encode()), None);
    }
}
