//! A commit message on its way out under the policy `keep`: what names the owner's objects, systems or people is taken out.
//!
//! Decided by the text alone, never by what the owner's repository holds at the moment, so that projecting again gives the same bytes,
//! and so that an id of a commit that was never fetched does not pass either:
//! - a run of 7 to 64 hexadecimal digits (an id, or the short form of one) becomes `[id]`; only a date like 20260131 stays;
//! - a line `(cherry picked from commit ...)`, `git-svn-id:`, `Change-Id:`, `Reviewed-on:`, `gerrit`-like or notes trailer goes;
//! - a block of a signature goes;
//! - the subject that git writes for a merge becomes `Merge`: it names branches and addresses;
//! - where authors do not pass, trailers that name a person go and other addresses become `[address]`.

use crate::object::NEUTRAL_MESSAGE;

/// Trailers that name something of the owner's systems.
const SYSTEM_TRAILERS: &[&str] = &[
    "git-svn-id",
    "svn-revision",
    "change-id",
    "reviewed-on",
    "original-commit",
    "original-change-id",
    "upstream-commit",
    "gitorigin-revid",
    "piperorigin-revid",
    "rebase-of",
    "notes",
];
/// Subjects that git writes for merges.
const MERGE_SUBJECTS: &[&str] = &[
    "Merge branch ",
    "Merge branches ",
    "Merge commit ",
    "Merge commits ",
    "Merge pull request ",
    "Merge remote-tracking branch ",
    "Merge remote-tracking branches ",
    "Merge remote branch ",
    "Merge tag ",
    "Merge tags ",
    "Merge refs/",
    "Merged in ",
    "Merge '",
];

/// The message that passes; [`NEUTRAL_MESSAGE`] when nothing is left of it.
#[must_use]
pub fn passed_message(message: &[u8], authors_pass: bool) -> Vec<u8> {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let mut in_signature = false;
    for (number, line) in message.split(|byte| *byte == b'\n').enumerate() {
        let trimmed = line.trim_ascii();
        if trimmed.starts_with(b"-----BEGIN ") && trimmed.ends_with(b"-----") {
            in_signature = true;
        }
        if in_signature {
            in_signature = !(trimmed.starts_with(b"-----END ") && trimmed.ends_with(b"-----"));
            continue;
        }
        if is_machine_line(trimmed) || (!authors_pass && names_a_person(trimmed)) {
            continue;
        }
        if number == 0
            && MERGE_SUBJECTS
                .iter()
                .any(|subject| line.starts_with(subject.as_bytes()))
        {
            kept.push(b"Merge".to_vec());
            continue;
        }
        let line = without_ids(line);
        kept.push(if authors_pass {
            line
        } else {
            without_addresses(&line)
        });
    }
    let mut text: Vec<u8> = Vec::with_capacity(message.len());
    let mut empty = 0_usize;
    for line in kept {
        if line.trim_ascii().is_empty() {
            empty = empty.saturating_add(1);
            continue;
        }
        if !text.is_empty() && empty > 0 {
            text.push(b'\n');
        }
        empty = 0;
        text.extend_from_slice(line.trim_ascii_end());
        text.push(b'\n');
    }
    if text.is_empty() {
        return NEUTRAL_MESSAGE.as_bytes().to_vec();
    }
    text
}

fn is_machine_line(line: &[u8]) -> bool {
    let lower = line.to_ascii_lowercase();
    let bare = lower.strip_prefix(b"(").unwrap_or(&lower);
    if [
        &b"cherry picked from "[..],
        b"cherry-picked from ",
        b"backported from commit ",
        b"[ upstream commit ",
        b"commit upstream.",
    ]
    .iter()
    .any(|start| bare.starts_with(start))
        || (lower.starts_with(b"commit ") && lower.ends_with(b" upstream."))
    {
        return true;
    }
    trailer_key(&lower).is_some_and(|key| SYSTEM_TRAILERS.iter().any(|known| key == known.as_bytes()))
}

/// The key of a line `Key: value`.
fn trailer_key(line: &[u8]) -> Option<&[u8]> {
    let end = line.iter().position(|byte| *byte == b':')?;
    let key = line.get(..end)?;
    let plain = !key.is_empty()
        && key
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    plain.then_some(key)
}

/// `Signed-off-by: Name <address>` and its kin.
fn names_a_person(line: &[u8]) -> bool {
    let lower = line.to_ascii_lowercase();
    trailer_key(&lower)
        .is_some_and(|key| key.ends_with(b"-by") || key == b"cc" || key == b"from" || key == b"author")
}

/// Puts `[id]` in place of every run that may be the id of an object.
fn without_ids(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.first() {
        let length = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if length == 0 {
            out.push(*first);
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let (run, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let ends = !next.first().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let begins = match out.split_last() {
            // `v1.2-3-gabc1234`, as `git describe` says it.
            Some((b'g', before)) => !before.last().is_some_and(u8::is_ascii_alphanumeric),
            Some((byte, _)) => !byte.is_ascii_alphanumeric(),
            None => true,
        };
        if begins && ends && (7..=64).contains(&run.len()) && !is_date(run) {
            out.extend_from_slice(b"[id]");
        } else {
            out.extend_from_slice(run);
        }
        rest = next;
    }
    out
}

/// Eight digits that are a day of 1970 to 2099.
fn is_date(run: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        std::str::from_utf8(run.get(range)?).ok()?.parse().ok()
    };
    run.len() == 8
        && run.iter().all(u8::is_ascii_digit)
        && number(0..4).is_some_and(|year| (1_970..2_100).contains(&year))
        && number(4..6).is_some_and(|month| (1..=12).contains(&month))
        && number(6..8).is_some_and(|day| (1..=31).contains(&day))
}

/// Puts `[address]` in place of every e-mail address.
fn without_addresses(line: &[u8]) -> Vec<u8> {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'%');
    let mut out: Vec<u8> = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((first, next)) = rest.split_first() {
        rest = next;
        let local = out.iter().rev().take_while(|byte| part(byte)).count();
        let host = rest.iter().take_while(|byte| part(byte)).count();
        if *first != b'@' || local == 0 || host == 0 {
            out.push(*first);
            continue;
        }
        out.truncate(out.len().saturating_sub(local));
        out.extend_from_slice(b"[address]");
        rest = rest.get(host..).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(message: &str, authors: bool) -> String {
        String::from_utf8(passed_message(message.as_bytes(), authors)).unwrap()
    }

    #[test]
    fn what_names_the_owners_objects_goes() {
        let message = "Fix the rate (see 1a2b3c4 and v1.2-3-gabcdef0)\n\n\
            This reverts commit 0123456789abcdef0123456789abcdef01234567.\n\
            Build 20260131 of 1234567 rows, colour #ffcc00\n\n\n\
            (cherry picked from commit 89abcdef0123456789abcdef0123456789abcdef)\n\
            git-svn-id: https://svn.owner.example/trunk@77 d0e1-x\n\
            Change-Id: I0123456789abcdef0123456789abcdef01234567\n\
            -----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n\
            Signed-off-by: Petra Secret <petra@owner.example>\n";
        assert_eq!(
            passed(message, true),
            "Fix the rate (see [id] and v1.2-3-g[id])\n\nThis reverts commit [id].\n\
             Build 20260131 of [id] rows, colour #ffcc00\n\nSigned-off-by: Petra Secret <petra@owner.example>\n"
        );
        assert!(!passed(message, false).contains("Petra"));
    }

    #[test]
    fn merges_name_no_branch_and_addresses_go_with_their_people() {
        assert_eq!(
            passed(
                "Merge branch 'project-umbrella' of git@forge:team/x\n\nAsk a.b+c@owner.example, or me@\n",
                false
            ),
            "Merge\n\nAsk [address], or me@\n"
        );
        assert_eq!(
            passed("\n\n(cherry picked from commit 1234567)\n", true),
            "Update\n"
        );
        assert_eq!(passed("Merge sort is faster", true), "Merge sort is faster\n");
    }
}
