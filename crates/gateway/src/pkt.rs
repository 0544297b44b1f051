//! The pkt-line format: four hexadecimal digits of length, then the payload.
//!
//! Lengths 0000 to 0002 are flush, delimiter and response end. It refuses any other length below 4 and above 65,520.

/// Flush packet.
pub const FLUSH: &[u8; 4] = b"0000";
/// Longest packet, its length digits included.
pub const LONGEST: usize = 65_520;

/// A piece of a pkt-line stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0000`.
    Flush,
    /// `0001`.
    Delimiter,
    /// `0002`.
    ResponseEnd,
    /// A packet with a payload, possibly empty.
    Data(&'a [u8]),
}

/// What is wrong with a stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// The length digits are no number or not allowed.
    #[error("bad packet length {0:?}")]
    Length(String),
    /// The stream ends within a packet.
    #[error("the stream ends within a packet")]
    Truncated,
}

/// Splits the first packet off `bytes`; `None` when it is not whole yet.
///
/// # Errors
/// When the length is not one.
pub fn split(bytes: &[u8]) -> Result<Option<(Packet<'_>, &[u8])>, PacketError> {
    let Some((digits, rest)) = bytes.split_at_checked(4) else {
        return Ok(None);
    };
    let bad = || PacketError::Length(String::from_utf8_lossy(digits).escape_default().to_string());
    let length = digits
        .iter()
        .try_fold(0_usize, |sum, digit| {
            char::from(*digit)
                .to_digit(16)
                .and_then(|value| usize::try_from(value).ok())
                .map(|value| sum * 16 + value)
        })
        .ok_or_else(bad)?;
    match length {
        0 => Ok(Some((Packet::Flush, rest))),
        1 => Ok(Some((Packet::Delimiter, rest))),
        2 => Ok(Some((Packet::ResponseEnd, rest))),
        4..=LONGEST => Ok(rest
            .split_at_checked(length - 4)
            .map(|(data, rest)| (Packet::Data(data), rest))),
        _ => Err(bad()),
    }
}

/// Writes one packet; a payload that is too long is cut into several.
pub fn write(into: &mut Vec<u8>, payload: &[u8]) {
    for part in payload.chunks(LONGEST - 4) {
        into.extend_from_slice(format!("{:04x}", part.len() + 4).as_bytes());
        into.extend_from_slice(part);
    }
}

/// Writes `payload` on a side band (1 data, 2 progress, 3 fatal).
pub fn write_band(into: &mut Vec<u8>, band: u8, payload: &[u8]) {
    for part in payload.chunks(LONGEST - 5) {
        into.extend_from_slice(format!("{:04x}", part.len() + 5).as_bytes());
        into.push(band);
        into.extend_from_slice(part);
    }
}

/// A packet that makes a client stop with a message.
#[must_use]
pub fn error_packet(message: &str) -> Vec<u8> {
    let mut packet = Vec::new();
    write(
        &mut packet,
        format!("ERR ringfence: {}\n", one_line(message)).as_bytes(),
    );
    packet
}

/// Escapes control characters, so that a path or a reason cannot draw on the reader's terminal; keeps other text.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let hidden = matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if character.is_control() || hidden {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Escapes `text` and bounds it to 1,000 characters.
#[must_use]
pub fn one_line(text: &str) -> String {
    let shown = escape(text.trim_end());
    if shown.chars().count() > 1_000 {
        shown.chars().take(1_000).chain("...".chars()).collect()
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_outside_the_format_are_refused() {
        for bad in [&b"0003"[..], b"zzzz", b"fff1", b"ffff", b"+123", b"PACK"] {
            assert!(matches!(split(bad), Err(PacketError::Length(_))), "{bad:?}");
        }
        assert_eq!(split(b"000"), Ok(None));
        assert_eq!(split(b"0006a"), Ok(None));
        assert_eq!(split(b"0004x"), Ok(Some((Packet::Data(b""), &b"x"[..]))));
    }

    #[test]
    fn a_message_cannot_draw_on_a_terminal() {
        assert_eq!(
            escape("a\u{1b}[31mb\r\nc\u{202e}d é"),
            "a\\u{1b}[31mb\\r\\nc\\u{202e}d é"
        );
        assert!(error_packet(&"x".repeat(5_000)).len() < 1_100);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_written_is_read(payload in prop::collection::vec(any::<u8>(), 1..200_000)) {
            let mut stream = Vec::new();
            write(&mut stream, &payload);
            stream.extend_from_slice(FLUSH);
            let (mut rest, mut read) = (&stream[..], Vec::new());
            while let Some((packet, after)) = split(rest).unwrap() {
                rest = after;
                match packet {
                    Packet::Data(data) => read.extend_from_slice(data),
                    other => prop_assert_eq!(other, Packet::Flush),
                }
            }
            prop_assert!(rest.is_empty());
            prop_assert_eq!(read, payload);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = split(&bytes);
        }
    }
}
