//! Header lines of one recipient's copy: the line in force, and in which form each text was delivered.
//!
//! // INVARIANT: the state of a text (`delivered_file`) is about the text without its header line; a form is that text as it lies in the
//! // recipient's store. A text that was delivered in a form is delivered in that form again, as long as the same line is in force; what
//! // a recipient pushed is a form of its own.
//! // INVARIANT: a line is a function of the view and of the recipient's own agreements: it carries no mark and names nobody else's.

use crate::error::{AppError, Result};
use crate::estate::Current;
use crate::home::App;
use crate::projection::object_id;
use ringfence_domain::view::View;
use ringfence_store::tables::deliveries::DeliveredFile;
use ringfence_store::tables::forms::{self, DeliveredForm};
use ringfence_view::object::ObjectId;
use ringfence_view::project::header::{HeaderLine, HeaderNote, Taken, outer, without};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// Most earlier lines that are looked for in a push.
const MOST_LINES: usize = 16;

/// One form of a text.
#[derive(Clone)]
pub(crate) struct Form {
    header: String,
    /// The blob in the recipient's store.
    pub delivered: ObjectId,
    /// What of it is header line.
    pub spans: Vec<Range<usize>>,
}

/// A path and a blob.
type At = (Vec<u8>, ObjectId);

/// Header lines of one recipient's copy.
pub(crate) struct Headers {
    recipient: String,
    line: Option<HeaderLine>,
    earlier: Vec<HeaderLine>,
    /// By path and text.
    forms: HashMap<At, Vec<Form>>,
    /// By path and delivered blob: what of it is header line, and of which.
    delivered: HashMap<At, (String, Vec<Range<usize>>)>,
}

fn prepared(text: &str) -> Result<HeaderLine> {
    HeaderLine::new(text).map_err(|error| AppError::fault("preparing a header line", error))
}

impl App {
    /// The words of the header line in a recipient's files; none when the view wants none.
    pub(crate) fn header_words(
        &self,
        current: &Current,
        view: &View,
        recipient: &str,
    ) -> Result<Option<String>> {
        let Some(header) = &view.header else {
            return Ok(None);
        };
        let agreements = current.estate.header_agreements(&view.name, recipient);
        header
            .line(&current.estate.owner.name, &agreements, &view.name)
            .map(Some)
            .map_err(|error| AppError::Input(format!("the header line of view {}: {error}", view.name)))
    }

    /// What of a delivered blob is header line: the parts to take out of it.
    pub(crate) fn header_spans(
        &self,
        recipient: &str,
        path: &[u8],
        delivered: ObjectId,
    ) -> Result<Vec<Range<usize>>> {
        let hex = delivered.to_string();
        let rows = self.database.read(|tx| forms::of_delivered(tx, &hex))?;
        let row = rows
            .iter()
            .find(|row| row.recipient == recipient && row.path == path);
        row.map_or(Ok(Vec::new()), |row| read_spans(&row.spans))
    }

    /// The ids under which a text was delivered to a recipient at a path: with its header line or as it was pushed.
    pub(crate) fn delivered_ids(&self, recipient: &str, path: &[u8], rendered: &str) -> Result<Vec<String>> {
        let rows = self
            .database
            .read(|tx| forms::of_text(tx, recipient, path, rendered))?;
        if rows.is_empty() {
            return Ok(vec![rendered.to_owned()]);
        }
        let ids: BTreeSet<String> = rows.into_iter().map(|row| row.delivered).collect();
        Ok(ids.into_iter().collect())
    }

    /// Whether a text was delivered as it is, without a header line.
    pub(crate) fn was_delivered_bare(&self, row: &DeliveredFile) -> Result<bool> {
        let ids = self.delivered_ids(&row.recipient, &row.path, &row.delivered)?;
        Ok(ids.contains(&row.delivered))
    }

    /// The texts (recipient, path, text) whose delivered bytes are among these blobs and went to one recipient alone.
    pub(crate) fn forms_among(
        &self,
        blobs: &BTreeSet<String>,
    ) -> Result<BTreeSet<(String, Vec<u8>, String)>> {
        let mut found = BTreeSet::new();
        for blob in blobs {
            let rows = self.database.read(|tx| forms::of_delivered(tx, blob))?;
            let first = rows.first().map(|row| row.recipient.clone());
            if rows.iter().all(|row| Some(&row.recipient) == first.as_ref()) {
                found.extend(
                    rows.into_iter()
                        .map(|row| (row.recipient, row.path, row.rendered)),
                );
            }
        }
        Ok(found)
    }
}

impl Headers {
    /// The forms of everything that was delivered to a recipient, and the line that is in force now.
    pub fn of(app: &App, current: &Current, view: &View, recipient: &str) -> Result<Self> {
        let words = app.header_words(current, view, recipient)?;
        let rows = app.database.read(|tx| forms::of_recipient(tx, recipient))?;
        let mut lines: BTreeSet<String> = BTreeSet::new();
        let mut all: HashMap<At, Vec<Form>> = HashMap::new();
        let mut delivered = HashMap::new();
        for row in rows {
            let form = Form {
                delivered: object_id(&row.delivered)?,
                spans: read_spans(&row.spans)?,
                header: row.header,
            };
            if !form.header.is_empty() && words.as_ref() != Some(&form.header) && lines.len() < MOST_LINES {
                lines.insert(form.header.clone());
            }
            delivered.insert(
                (row.path.clone(), form.delivered),
                (form.header.clone(), form.spans.clone()),
            );
            all.entry((row.path, object_id(&row.rendered)?))
                .or_default()
                .push(form);
        }
        Ok(Self {
            recipient: recipient.to_owned(),
            line: words.as_deref().map(prepared).transpose()?,
            earlier: lines.iter().map(|text| prepared(text)).collect::<Result<_>>()?,
            forms: all,
            delivered,
        })
    }

    fn in_force(&self) -> &str {
        self.line.as_ref().map_or("", HeaderLine::text)
    }

    /// The blob that is delivered for a text that was delivered before; none: not in the form that is in force now.
    pub fn delivered_as(&self, path: &[u8], rendered: ObjectId) -> Option<ObjectId> {
        let forms = self.forms.get(&(path.to_vec(), rendered));
        let form = forms
            .into_iter()
            .flatten()
            .find(|form| form.header == self.in_force());
        match form {
            Some(form) => Some(form.delivered),
            None if self.line.is_none() && forms.is_none() => Some(rendered),
            None if self.line.is_some() && HeaderLine::never_at(path).is_some() => Some(rendered),
            None => None,
        }
    }

    /// The other forms in which a text was delivered.
    pub fn others(&self, path: &[u8], rendered: ObjectId) -> &[Form] {
        self.forms
            .get(&(path.to_vec(), rendered))
            .map_or(&[], Vec::as_slice)
    }

    /// Puts the line in force around a text; what is new is to be recorded. `before`: the text was delivered before.
    pub fn frame(
        &mut self,
        path: &[u8],
        (rendered, text): (ObjectId, Vec<u8>),
        before: bool,
        new: &mut Vec<DeliveredForm>,
    ) -> Result<Vec<u8>> {
        let known = self.forms.contains_key(&(path.to_vec(), rendered));
        let Some(line) = &self.line else {
            if known {
                self.note(path, rendered, "", rendered, Vec::new(), new);
            }
            return Ok(text);
        };
        if HeaderLine::never_at(path).is_some() {
            return Ok(text);
        }
        let header = line.text().to_owned();
        let framed = line.put(path, &text);
        if before && !known {
            // It lies in the recipient's store as it is.
            self.note(path, rendered, "", rendered, Vec::new(), new);
        }
        match framed {
            Ok(framed) => {
                let delivered =
                    ringfence_view::object::id_of(ringfence_view::object::Kind::Blob, &framed.text)?;
                self.note(path, rendered, &header, delivered, vec![framed.span], new);
                Ok(framed.text)
            }
            Err(_) => {
                self.note(path, rendered, &header, rendered, Vec::new(), new);
                Ok(text)
            }
        }
    }

    fn note(
        &mut self,
        path: &[u8],
        rendered: ObjectId,
        header: &str,
        delivered: ObjectId,
        spans: Vec<Range<usize>>,
        new: &mut Vec<DeliveredForm>,
    ) {
        new.push(DeliveredForm {
            recipient: self.recipient.clone(),
            path: path.to_vec(),
            rendered: rendered.to_string(),
            header: header.to_owned(),
            ordinal: 0,
            delivered: delivered.to_string(),
            spans: write_spans(&spans),
        });
        self.delivered
            .insert((path.to_vec(), delivered), (header.to_owned(), spans.clone()));
        self.forms
            .entry((path.to_vec(), rendered))
            .or_default()
            .push(Form {
                header: header.to_owned(),
                delivered,
                spans,
            });
    }

    /// Takes the header line out of a blob that was delivered or pushed before.
    pub fn bare(&self, path: &[u8], blob: ObjectId, text: Vec<u8>) -> Result<Vec<u8>> {
        match self.delivered.get(&(path.to_vec(), blob)) {
            Some((_, spans)) => without(&text, spans).ok_or_else(|| {
                AppError::fault(
                    "taking out a header line",
                    format!("{blob} is not what was recorded"),
                )
            }),
            None => Ok(text),
        }
    }

    /// Takes every header line out of a pushed text. `from`: the blob that it comes from, with its path and its text without the line.
    pub fn take(&self, path: &[u8], pushed: &[u8], from: Option<(&[u8], ObjectId, &[u8])>) -> Taken {
        let framed = from.and_then(|(path, blob, base)| {
            let (header, spans) = self.delivered.get(&(path.to_vec(), blob))?;
            (!spans.is_empty()).then_some((header, base))
        });
        // The longer one first, which may begin with the words of the shorter one.
        let mut lines: Vec<&HeaderLine> = self.line.iter().chain(&self.earlier).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.text().len()));
        let mut taken = Taken::nothing(pushed.to_vec());
        for line in lines {
            let base = framed
                .filter(|(header, _)| header.as_str() == line.text())
                .map(|(_, base)| base);
            // Words that stood in a comment of the delivered text itself are the owner's own: there was no line around it.
            let is_own = framed.is_none()
                && from.is_some_and(|(path, _, text)| !line.take(path, text, None).spans.is_empty());
            if is_own {
                continue;
            }
            let next = line.take(path, &taken.text, base);
            taken = then(pushed, taken, next);
        }
        taken
    }

    /// Whether pushed texts are recorded as forms of their own.
    fn counts(&self) -> bool {
        self.line.is_some() || !self.earlier.is_empty()
    }

    /// Remembers a pushed text in the form in which it was pushed.
    pub fn pushed(
        &mut self,
        path: &[u8],
        rendered: ObjectId,
        blob: ObjectId,
        spans: &[Range<usize>],
        new: &mut Vec<DeliveredForm>,
    ) {
        if self.counts() {
            let header = self.in_force().to_owned();
            self.note(path, rendered, &header, blob, spans.to_vec(), new);
        }
    }

    /// Says whether a line of a file is a header line, whatever comment it stands in.
    pub fn is_header(&self, line: &[u8]) -> bool {
        let words = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        self.line
            .iter()
            .chain(&self.earlier)
            .any(|header| words(line).contains(header.text()))
    }
}

/// What is taken out of a text of which something was taken already.
fn then(pushed: &[u8], first: Taken, next: Taken) -> Taken {
    if next.spans.is_empty() && next.notes.is_empty() {
        return first;
    }
    let mut spans = first.spans.clone();
    for span in &next.spans {
        let start = outer(&first.spans, span.start);
        let end = outer(&first.spans, span.end.saturating_sub(1)).saturating_add(1);
        spans.push(start..end);
    }
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    let lead = |line: u32| {
        let range = first.lines_as_pushed(pushed, &(line..line.saturating_add(1)));
        range.start
    };
    let mut notes = first.notes.clone();
    notes.extend(next.notes.into_iter().map(|note| match note {
        HeaderNote::Gone => HeaderNote::Gone,
        HeaderNote::Changed { line, text } => HeaderNote::Changed {
            line: lead(line),
            text,
        },
        HeaderNote::Joined { line } => HeaderNote::Joined { line: lead(line) },
        HeaderNote::Again { line } => HeaderNote::Again { line: lead(line) },
        HeaderNote::Quoted { line } => HeaderNote::Quoted { line: lead(line) },
    }));
    Taken {
        text: next.text,
        spans: merged,
        notes,
    }
}

fn write_spans(spans: &[Range<usize>]) -> String {
    let parts: Vec<String> = spans
        .iter()
        .map(|span| format!("{}-{}", span.start, span.end))
        .collect();
    parts.join(",")
}

fn read_spans(text: &str) -> Result<Vec<Range<usize>>> {
    let wrong = || AppError::fault("reading a header line's place", text);
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (start, end) = part.split_once('-').ok_or_else(wrong)?;
            Ok(start.parse().map_err(|_| wrong())?..end.parse().map_err(|_| wrong())?)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_and_read() {
        let one = 0..12;
        for spans in [vec![], vec![one], vec![3..9, 20..21]] {
            assert_eq!(read_spans(&write_spans(&spans)).unwrap(), spans);
        }
        assert!(read_spans("1-").is_err() && read_spans("x").is_err());
    }

    #[test]
    fn words_in_a_comment_of_the_owners_own_are_left_alone() {
        let words = "Of Acme under NDA-7";
        let own = format!("// {words}\nfn a() {{}}\n");
        let line = prepared(words).unwrap();
        assert!(line.put(b"a.rs", own.as_bytes()).is_err());
        let framed = line.put(b"b.rs", b"fn b() {}\n").unwrap();
        let blob = |number: u8| ObjectId::from_bytes_or_panic(&[number; 20]);
        let headers = Headers {
            recipient: String::new(),
            line: Some(line),
            earlier: vec![prepared("Of Acme under").unwrap()],
            forms: HashMap::new(),
            delivered: HashMap::from([
                ((b"a.rs".to_vec(), blob(1)), (words.to_owned(), Vec::new())),
                ((b"b.rs".to_vec(), blob(2)), (words.to_owned(), vec![framed.span])),
            ]),
        };
        let pushed = format!("{own}fn more() {{}}\n");
        let taken = headers.take(
            b"a.rs",
            pushed.as_bytes(),
            Some((b"a.rs", blob(1), own.as_bytes())),
        );
        assert_eq!(taken, Taken::nothing(pushed.clone().into_bytes()));
        // Nothing of it is known in a file of the vendor, nor where the line was put around the text.
        let base: &[u8] = b"fn b() {}\n";
        for from in [None, Some((b"b.rs".as_slice(), blob(2), base))] {
            assert_eq!(
                headers.take(b"b.rs", pushed.as_bytes(), from).text,
                b"fn a() {}\nfn more() {}\n"
            );
        }
        let gone = headers.take(b"b.rs", base, Some((b"b.rs", blob(2), base)));
        assert_eq!((gone.text.as_slice(), gone.notes), (base, vec![HeaderNote::Gone]));
    }

    #[test]
    fn two_lines_one_after_the_other_are_taken_out_of_the_pushed_text() {
        let (old, new) = (
            prepared("Of Acme under NDA-7").unwrap(),
            prepared("Of Acme under NDA-7, SOW-2").unwrap(),
        );
        let text = b"#!/bin/sh\n# Of Acme under NDA-7\n\n# own\n# Of Acme under NDA-7, SOW-2\necho 1\n# Of Acme under NDA-7\n";
        let first = new.take(b"a.sh", text, None);
        let next = old.take(b"a.sh", &first.text, None);
        let both = then(text, first, next);
        assert_eq!(both.text, b"#!/bin/sh\n# own\necho 1\n");
        assert_eq!(without(text, &both.spans).unwrap(), both.text);
        assert_eq!(both.notes, [HeaderNote::Again { line: 7 }]);
    }
}
