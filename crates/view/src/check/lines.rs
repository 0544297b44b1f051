//! Line numbers of byte offsets, and text that is not UTF-8 read as what it is.

/// Where lines start.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn new(text: &[u8]) -> Self {
        let breaks = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(breaks.map(|(at, _)| at.saturating_add(1)))
                .collect(),
        )
    }

    /// The line of a byte, from 1.
    pub(super) fn of(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start <= at)
    }
}

/// UTF-16 with a byte order mark as UTF-8, so that it is not taken for binary; none for anything else.
pub(super) fn decode(data: &[u8]) -> Option<Vec<u8>> {
    let (little, rest) = match data {
        [0xff, 0xfe, rest @ ..] => (true, rest),
        [0xfe, 0xff, rest @ ..] => (false, rest),
        _ => return None,
    };
    let units = rest.as_chunks::<2>().0.iter().map(|unit| {
        if little {
            u16::from_le_bytes(*unit)
        } else {
            u16::from_be_bytes(*unit)
        }
    });
    let text: String = char::decode_utf16(units)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    (!text.contains('\0')).then(|| text.into_bytes())
}
