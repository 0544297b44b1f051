//! Reads typed values out of a spanned TOML table and notes every problem with its place.
//!
//! INVARIANT: a getter never stops the reading; on a problem it notes it, marks the item as broken and returns a stand-in, so
//! that the rest is still checked and references to the item still resolve. The caller drops the estate when problems exist.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::problem::Problem;
use crate::choice::Choice;

/// One text with the offsets at which its lines start.
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(name: &'a str, text: &'a str) -> Self {
        let starts = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(offset, _)| offset.saturating_add(1));
        Self {
            name,
            text,
            line_starts: std::iter::once(0).chain(starts).collect(),
        }
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|index| self.line_starts.get(index))
            .copied()
            .unwrap_or(0);
        let before = self.text.as_bytes().get(start..offset).unwrap_or_default();
        // Continuation bytes of UTF-8 do not start a character.
        let column = before
            .iter()
            .filter(|byte| (**byte & 0xC0) != 0x80)
            .count()
            .saturating_add(1);
        Place {
            source: self.name.to_owned(),
            line,
            column,
        }
    }
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) source: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Where each value of the estate stands (`agreement[3].ends`), which items are broken, and the problems so far.
#[derive(Default)]
pub(super) struct Report {
    places: BTreeMap<String, Place>,
    broken: BTreeSet<String>,
    pub(super) problems: Vec<Problem>,
}

impl Report {
    pub(super) fn note(&mut self, place: Place, message: String, help: Option<String>) {
        let Place { source, line, column } = place;
        self.problems.push(Problem {
            source,
            line,
            column,
            message,
            help,
        });
    }

    /// Notes a problem at a path of the estate, or at the nearest enclosing value that was written down.
    pub(super) fn note_at(&mut self, path: &str, message: String, help: Option<String>) {
        let mut at = path;
        let place = loop {
            if let Some(place) = self.places.get(at) {
                break place.clone();
            }
            let Some(cut) = at.rfind(['.', '[']) else {
                break Place {
                    source: String::new(),
                    line: 1,
                    column: 1,
                };
            };
            at = at.get(..cut).unwrap_or_default();
        };
        self.note(place, message, help);
    }

    pub(super) fn set_place(&mut self, path: String, place: Place) {
        self.places.insert(path, place);
    }

    pub(super) fn mark_broken(&mut self, item: &str) {
        self.broken.insert(item.to_owned());
    }

    /// Says whether an item (`agreement[3]`) could not be read whole, so that rules about it would only repeat the problem.
    pub(super) fn is_broken(&self, item: &str) -> bool {
        self.broken.contains(item)
    }
}

/// One table being read.
pub(super) struct Section<'s, 't> {
    source: &'s Source<'s>,
    table: &'s DeTable<'t>,
    span: Range<usize>,
    title: &'static str,
    path: String,
    item: String,
    known: Vec<&'static str>,
}

impl<'s, 't> Section<'s, 't> {
    /// Opens a table. `title` names it in messages (`[[asset]]`), `path` in places, `item` is the item that breaks with it.
    pub(super) fn open(
        report: &mut Report,
        source: &'s Source<'s>,
        (table, span): (&'s DeTable<'t>, Range<usize>),
        title: &'static str,
        path: String,
        item: String,
    ) -> Self {
        report.set_place(path.clone(), source.place(span.start));
        Self {
            source,
            table,
            span,
            title,
            path,
            item,
            known: Vec::new(),
        }
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(name, _)| name.get_ref().as_ref() == key)
    }

    fn value(&mut self, report: &mut Report, key: &'static str) -> Option<&'s Spanned<DeValue<'t>>> {
        self.known.push(key);
        let (_, value) = self
            .table
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key)?;
        report.set_place(self.path_of(key), self.source.place(value.span().start));
        Some(value)
    }

    fn problem(&self, report: &mut Report, span: Range<usize>, message: String, help: Option<String>) {
        report.mark_broken(&self.item);
        report.note(self.source.place(span.start), message, help);
    }

    fn missing(&self, report: &mut Report, key: &str, example: &str) {
        let message = format!("{} has no {key:?}", self.title);
        self.problem(
            report,
            self.span.clone(),
            message,
            Some(format!("add for instance `{key} = {example}`")),
        );
    }

    fn wrong_type(&self, report: &mut Report, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) { "an" } else { "a" };
        self.problem(
            report,
            value.span(),
            format!("{key:?} of {} is {wanted}, not {article} {found}", self.title),
            None,
        );
    }

    pub(super) fn optional_text(&mut self, report: &mut Report, key: &'static str) -> Option<String> {
        let value = self.value(report, key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(text.clone().into_owned()),
            _ => {
                self.wrong_type(report, key, value, "a text in quotes");
                None
            }
        }
    }

    pub(super) fn text(&mut self, report: &mut Report, key: &'static str) -> String {
        if !self.has(key) {
            self.known.push(key);
            self.missing(report, key, "\"...\"");
        }
        self.optional_text(report, key).unwrap_or_default()
    }

    pub(super) fn optional_boolean(&mut self, report: &mut Report, key: &'static str) -> Option<bool> {
        let value = self.value(report, key)?;
        match value.get_ref() {
            DeValue::Boolean(truth) => Some(*truth),
            _ => {
                self.wrong_type(report, key, value, "true or false");
                None
            }
        }
    }

    /// Reads what is a text, or is switched on and off; `read` says what is wrong with the text.
    pub(super) fn switch_or_text<T>(
        &mut self,
        report: &mut Report,
        key: &'static str,
        on: T,
        read: impl Fn(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        let value = self.value(report, key)?;
        match value.get_ref() {
            DeValue::Boolean(truth) => truth.then_some(on),
            DeValue::String(_) => self.parsed_text(report, key, read),
            _ => {
                self.wrong_type(report, key, value, "true, false or a text in quotes");
                None
            }
        }
    }

    pub(super) fn integer(&mut self, report: &mut Report, key: &'static str) -> Option<i64> {
        let value = self.value(report, key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(report, key, value, "a whole number");
        }
        number
    }

    pub(super) fn date(&mut self, report: &mut Report, key: &'static str) -> Date {
        let Some(value) = self.value(report, key) else {
            self.missing(report, key, "2026-01-31");
            return Date::ZERO;
        };
        let date = match value.get_ref() {
            DeValue::Datetime(moment) if moment.time.is_none() && moment.offset.is_none() => {
                moment.date.and_then(|date| {
                    let year = i16::try_from(date.year).ok()?;
                    Date::new(year, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
                })
            }
            _ => None,
        };
        date.unwrap_or_else(|| {
            self.wrong_type(
                report,
                key,
                value,
                "a day like 2026-01-31, without quotes, time or zone",
            );
            Date::ZERO
        })
    }

    /// Reads a list of texts with the span of each; `None` when the key is absent.
    fn spanned_texts(
        &mut self,
        report: &mut Report,
        key: &'static str,
    ) -> Option<Vec<(String, Range<usize>)>> {
        let value = self.value(report, key)?;
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong_type(report, key, value, "a list of texts in [ ]");
            return Some(Vec::new());
        };
        let mut texts = Vec::new();
        for element in array.iter() {
            match element.get_ref() {
                DeValue::String(text) => {
                    let path = format!("{}[{}]", self.path_of(key), texts.len());
                    report.set_place(path, self.source.place(element.span().start));
                    texts.push((text.clone().into_owned(), element.span()));
                }
                _ => self.wrong_type(report, key, element, "a list of texts in quotes"),
            }
        }
        Some(texts)
    }

    pub(super) fn optional_texts(&mut self, report: &mut Report, key: &'static str) -> Option<Vec<String>> {
        Some(
            self.spanned_texts(report, key)?
                .into_iter()
                .map(|(text, _)| text)
                .collect(),
        )
    }

    pub(super) fn texts(&mut self, report: &mut Report, key: &'static str) -> Vec<String> {
        if !self.has(key) {
            self.known.push(key);
            self.missing(report, key, "[\"...\"]");
        }
        self.optional_texts(report, key).unwrap_or_default()
    }

    /// Reads a list of texts through `read`, which says what is wrong with one. The list keeps its places: a text that cannot
    /// be read is left out, and the item is broken.
    pub(super) fn parsed_texts<T>(
        &mut self,
        report: &mut Report,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, Complaint>,
    ) -> Option<Vec<T>> {
        let mut values = Vec::new();
        for (text, span) in self.spanned_texts(report, key)? {
            match read(&text) {
                Ok(value) => values.push(value),
                Err(complaint) => self.problem(
                    report,
                    span,
                    format!("{key:?} of {}: {}", self.title, complaint.message),
                    complaint.help,
                ),
            }
        }
        Some(values)
    }

    pub(super) fn parsed_text<T>(
        &mut self,
        report: &mut Report,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        let value = self.value(report, key)?;
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(report, key, value, "a text in quotes");
            return None;
        };
        match read(text) {
            Ok(parsed) => Some(parsed),
            Err(complaint) => {
                self.problem(
                    report,
                    value.span(),
                    format!("{key:?} of {}: {}", self.title, complaint.message),
                    complaint.help,
                );
                None
            }
        }
    }

    /// Reads one of a closed set of words; reports a missing one when there is no `default`.
    pub(super) fn choice<T: Choice>(
        &mut self,
        report: &mut Report,
        key: &'static str,
        default: Option<T>,
    ) -> Option<T> {
        if !self.has(key) {
            self.known.push(key);
            if default.is_none() {
                let example = T::all().first().map_or("", |first| first.as_str());
                self.missing(report, key, &format!("{example:?}"));
            }
            return default;
        }
        self.parsed_text(report, key, choice_from).or(default)
    }

    /// Lists the tables under a key, written as `[[key]]` or as inline tables, with their spans.
    pub(super) fn tables(
        &mut self,
        report: &mut Report,
        key: &'static str,
    ) -> Vec<(&'s DeTable<'t>, Range<usize>)> {
        let Some(value) = self.value(report, key) else {
            return Vec::new();
        };
        let DeValue::Array(array) = value.get_ref() else {
            let help = value
                .get_ref()
                .is_table()
                .then(|| format!("write [[{key}]] with two brackets"));
            let message = format!(
                "{key:?} of {} is a list of tables, not a {}",
                self.title,
                value.get_ref().type_str()
            );
            self.problem(report, value.span(), message, help);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for element in array.iter() {
            match element.get_ref() {
                DeValue::Table(table) => tables.push((table, element.span())),
                _ => self.wrong_type(report, key, element, "a list of tables"),
            }
        }
        tables
    }

    pub(super) fn optional_table(
        &mut self,
        report: &mut Report,
        key: &'static str,
    ) -> Option<(&'s DeTable<'t>, Range<usize>)> {
        let value = self.value(report, key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some((table, value.span())),
            DeValue::Array(array) if array.iter().all(|element| element.get_ref().is_table()) => {
                let message = format!("{key:?} of {} is one table, not a list", self.title);
                self.problem(
                    report,
                    value.span(),
                    message,
                    Some(format!("write [{key}] with one bracket")),
                );
                None
            }
            _ => {
                self.wrong_type(report, key, value, "a table");
                None
            }
        }
    }

    /// Notes every key that was not asked for. Call last.
    pub(super) fn finish(self, report: &mut Report) {
        for (name, _) in self.table.iter() {
            let key = name.get_ref().as_ref();
            if self.known.contains(&key) {
                continue;
            }
            let help = nearest(key, self.known.iter().copied())
                .map(|near| format!("did you mean {near:?}?"))
                .unwrap_or_else(|| format!("known keys: {}", self.known.join(", ")));
            report.note(
                self.source.place(name.span().start),
                format!("unknown key {key:?} in {}", self.title),
                Some(help),
            );
        }
    }
}

/// What is wrong with a value, and what would cure it.
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl From<String> for Complaint {
    fn from(message: String) -> Self {
        Self { message, help: None }
    }
}

/// Finds a value by its text, or offers the nearest one.
pub(super) fn choice_from<T: Choice>(text: &str) -> Result<T, Complaint> {
    T::from_text(text).ok_or_else(|| {
        let texts: Vec<&str> = T::all().iter().map(|value| value.as_str()).collect();
        let help = match nearest(text, texts.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("one of: {}", texts.join(", ")),
        };
        Complaint {
            message: format!("unknown value {text:?}"),
            help: Some(help),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_columns_in_characters() {
        let source = Source::new("x", "a\näöx\n");
        let offset = source.text.find('x').unwrap();
        assert_eq!(
            source.place(offset),
            Place {
                source: "x".to_owned(),
                line: 2,
                column: 3
            }
        );
        assert_eq!(source.place(0).line, 1);
    }
}
