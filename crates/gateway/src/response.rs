//! Follows what `git upload-pack` answers, so that the gateway knows when the pack begins, what it holds and when it ends.
//!
//! INVARIANT: bytes come out in the order and number in which they went in, cut only between packets (or anywhere in a raw pack).

use crate::pkt::{self, Packet, PacketError};

/// How an answer is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// No pack can come (a list of references).
    NoPack,
    /// Version 2: sections; the pack is on side band 1 after `packfile`.
    Sections,
    /// Versions 0 and 1 with a side band.
    SideBand,
    /// Versions 0 and 1 without: lines, then the raw pack.
    Raw,
}

/// A piece of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Packets before the pack: lines, progress.
    Plain(Vec<u8>),
    /// Packets of the pack.
    Pack {
        /// As they go to the client.
        framed: Vec<u8>,
        /// Pack bytes in them.
        payload: u64,
    },
    /// What follows the pack, from the flush packet on.
    Last(Vec<u8>),
}

/// How a client can be told that its transfer is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastWords {
    /// On side band 3.
    SideBand,
    /// By an error packet.
    ErrorPacket,
    /// Not at all: the connection can only break.
    Impossible,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Lines,
    SideBand,
    Pack,
    After,
}

/// Cuts an answer into [`Segment`]s.
#[derive(Debug)]
pub struct Scanner {
    layout: Layout,
    state: State,
    pending: Vec<u8>,
    header: Vec<u8>,
    /// Versions 0 and 1: the last line before the pack has come.
    acknowledged: bool,
}

impl Scanner {
    /// Starts at the beginning of an answer.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self {
            layout,
            state: State::Lines,
            pending: Vec::new(),
            header: Vec::new(),
            acknowledged: false,
        }
    }

    /// Number of objects by the pack's header, once it was seen.
    #[must_use]
    pub fn objects(&self) -> Option<u64> {
        let (magic, rest) = self.header.split_at_checked(8)?;
        let count = rest.get(..4)?;
        magic
            .starts_with(b"PACK")
            .then(|| count.iter().fold(0_u64, |sum, byte| sum * 256 + u64::from(*byte)))
    }

    /// How a client that is cut off now can be told why.
    fn last_words(&self) -> LastWords {
        match (self.layout, self.state) {
            (_, State::After) => LastWords::Impossible,
            (Layout::Raw, State::Pack) => LastWords::Impossible,
            (Layout::Raw, _) if self.acknowledged => LastWords::Impossible,
            (Layout::SideBand, State::Lines) if self.acknowledged => LastWords::SideBand,
            (_, State::SideBand | State::Pack) => LastWords::SideBand,
            (_, State::Lines) => LastWords::ErrorPacket,
        }
    }

    /// Takes the next bytes of the answer; beside each piece, how a client that has got it can be told of a cut.
    ///
    /// # Errors
    /// When they are not in pkt-line format.
    pub fn push(&mut self, bytes: Vec<u8>) -> Result<Vec<(Segment, LastWords)>, PacketError> {
        if self.layout == Layout::NoPack {
            return Ok(vec![(Segment::Plain(bytes), LastWords::ErrorPacket)]);
        }
        if self.pending.is_empty() {
            self.pending = bytes;
        } else {
            self.pending.extend_from_slice(&bytes);
        }
        let mut found: Vec<Found> = Vec::new();
        let pending = std::mem::take(&mut self.pending);
        let mut rest = &pending[..];
        while !rest.is_empty() {
            if self.layout == Layout::Raw && (self.state == State::Pack || rest.starts_with(b"PACK")) {
                self.state = State::Pack;
                self.note_header(rest);
                let length = rest.len();
                self.note(&mut found, length, u64::try_from(length).unwrap_or(u64::MAX));
                rest = &[];
                break;
            }
            let Some((packet, after)) = pkt::split(rest)? else {
                break;
            };
            let length = rest.len() - after.len();
            let payload = self.step(packet);
            self.note(&mut found, length, payload);
            rest = after;
        }
        let left = rest.len();
        Ok(self.cut(pending, left, &found))
    }

    /// Moves on by one packet and returns the pack bytes in it.
    fn step(&mut self, packet: Packet<'_>) -> u64 {
        match (self.state, packet) {
            (State::Lines, Packet::Data(line)) if self.layout != Layout::Sections && is_last_line(line) => {
                self.acknowledged = true;
                0
            }
            (State::Lines, Packet::Data(b"packfile\n")) if self.layout == Layout::Sections => {
                self.state = State::SideBand;
                0
            }
            (State::Lines, Packet::Data([1, data @ ..])) if self.layout == Layout::SideBand => {
                self.begin(data)
            }
            (State::Lines, Packet::Data([2 | 3, ..])) if self.layout == Layout::SideBand => {
                self.state = State::SideBand;
                0
            }
            (State::SideBand, Packet::Data([1, data @ ..])) => self.begin(data),
            (State::Pack, Packet::Data([1, data @ ..])) => {
                self.note_header(data);
                u64::try_from(data.len()).unwrap_or(u64::MAX)
            }
            (State::Pack, Packet::Flush) => {
                self.state = State::After;
                0
            }
            _ => 0,
        }
    }

    fn begin(&mut self, data: &[u8]) -> u64 {
        self.state = State::Pack;
        self.note_header(data);
        u64::try_from(data.len()).unwrap_or(u64::MAX)
    }

    fn note_header(&mut self, data: &[u8]) {
        let missing = 12_usize.saturating_sub(self.header.len());
        self.header.extend(data.iter().take(missing));
    }

    /// Notes a packet, joined with its neighbours of one kind.
    fn note(&self, found: &mut Vec<Found>, length: usize, payload: u64) {
        let last_words = self.last_words();
        match found.last_mut() {
            Some(last) if last.state == self.state => {
                last.length += length;
                last.payload += payload;
                last.last_words = last_words;
            }
            _ => found.push(Found {
                state: self.state,
                length,
                payload,
                last_words,
            }),
        }
    }

    fn cut(&mut self, pending: Vec<u8>, left: usize, found: &[Found]) -> Vec<(Segment, LastWords)> {
        // The usual case in the middle of a pack: everything is one piece and is not copied.
        if let ([found], 0) = (found, left) {
            return vec![found.wrap(pending)];
        }
        let mut segments = Vec::new();
        let mut rest = &pending[..];
        for found in found {
            let (piece, after) = rest.split_at_checked(found.length).unwrap_or((rest, &[]));
            segments.push(found.wrap(piece.to_vec()));
            rest = after;
        }
        self.pending = rest.to_vec();
        segments
    }
}

/// Neighbouring packets of one kind.
#[derive(Clone, Copy, Debug)]
struct Found {
    state: State,
    length: usize,
    payload: u64,
    last_words: LastWords,
}

impl Found {
    fn wrap(&self, bytes: Vec<u8>) -> (Segment, LastWords) {
        let segment = match self.state {
            State::Lines | State::SideBand => Segment::Plain(bytes),
            State::Pack => Segment::Pack {
                framed: bytes,
                payload: self.payload,
            },
            State::After => Segment::Last(bytes),
        };
        (segment, self.last_words)
    }
}

/// `NAK`, or an `ACK` of one id without a further word.
fn is_last_line(line: &[u8]) -> bool {
    line == b"NAK\n" || (line.starts_with(b"ACK ") && line.len() == 45)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(layout: Layout, pack: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        match layout {
            Layout::Sections => {
                pkt::write(&mut bytes, b"acknowledgments\n");
                pkt::write(&mut bytes, b"ready\n");
                bytes.extend_from_slice(b"0001");
                pkt::write(&mut bytes, b"packfile\n");
            }
            _ => pkt::write(&mut bytes, b"NAK\n"),
        }
        if layout == Layout::Raw {
            bytes.extend_from_slice(pack);
        } else {
            pkt::write_band(&mut bytes, 2, b"counting\n");
            pkt::write_band(&mut bytes, 1, pack);
            bytes.extend_from_slice(b"0000");
        }
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        /// Law: whatever the cuts, the bytes are unchanged, the pack is found, and nothing of it comes before its first segment.
        #[test]
        fn the_pack_is_found_whatever_the_cuts(
            data in prop::collection::vec(any::<u8>(), 0..9_000),
            cuts in prop::collection::vec(1_usize..3_000, 0..40),
            which in 0_usize..3,
        ) {
            let layout = [Layout::Sections, Layout::SideBand, Layout::Raw][which];
            let mut pack = b"PACK\0\0\0\x02\0\0\x01\x02".to_vec();
            pack.extend_from_slice(&data);
            let whole = answer(layout, &pack);
            let mut scanner = Scanner::new(layout);
            let (mut out, mut framed, mut payload, mut rest) = (Vec::new(), Vec::new(), 0, &whole[..]);
            let mut cuts = cuts.into_iter();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(cuts.next().unwrap_or(usize::MAX).min(rest.len()));
                rest = after;
                for (segment, _) in scanner.push(piece.to_vec()).unwrap() {
                    match segment {
                        Segment::Plain(bytes) => {
                            prop_assert!(framed.is_empty());
                            out.extend_from_slice(&bytes);
                        }
                        Segment::Pack { framed: bytes, payload: count } => {
                            payload += count;
                            framed.extend_from_slice(&bytes);
                            out.extend_from_slice(&bytes);
                        }
                        Segment::Last(bytes) => out.extend_from_slice(&bytes),
                    }
                }
            }
            prop_assert_eq!(out, whole);
            prop_assert_eq!(payload, pack.len() as u64);
            prop_assert_eq!(scanner.objects(), Some(258));
            let end = if layout == Layout::Raw { State::Pack } else { State::After };
            prop_assert_eq!(scanner.state, end);
        }
    }
}
