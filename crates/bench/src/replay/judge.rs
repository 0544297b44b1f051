//! One edit replayed: delivered, edited by the vendor, pushed, translated, compared with the owner's real text, projected back.

use super::edit::Edit;
use super::formatter::Formatter;
use super::lines::{hunks, line_of, line_starts, noise};
use super::vendor::{lacks_only_what_was_said, push};
use anyhow::{Context as _, Result};
use ringfence_mark::codeword::{AnchorKey, CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::model::{Family, Profile, Site, SiteId, SiteTable, Variant};
use ringfence_mark::{render, render_with_map, site_table};
use ringfence_syntax::Language;
use ringfence_view::translate::{
    Accepted, ConflictReason, Flag, Outcome, Request, translate_file, translate_formatted, translate_new_file,
};

const ANCHOR: AnchorKey = AnchorKey([7; 32]);
const CODE: CodeKey = CodeKey([8; 32]);

/// What became of one edit, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Byte for byte the owner's real text, no flag.
    Exact,
    /// Exact but for what the copy had said already by chance: there the vendor typed nothing.
    Said,
    /// Byte for byte the owner's real text, and flagged.
    ExactFlagged,
    /// Other spellings than the owner's real text, and flagged.
    DifferentFlagged,
    /// Refused for a reason.
    Conflict(Reason),
    /// Different without a flag: a defect.
    Different,
    /// Accepted and does not parse where both inputs did: a defect.
    Unparsed,
    /// Projected again it is not what was pushed: a defect.
    NotBack,
}

/// [`ConflictReason`] in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No path.
    NotRenderable,
    /// Two equal lines, two spellings.
    SpellingsDisagree,
    /// The result does not parse.
    BreaksSyntax,
    /// Too large.
    BeyondLimits,
}

/// One replayed edit.
pub struct Judged {
    /// What became of it.
    pub kind: Kind,
    /// Whether a site stands on or beside a changed line.
    pub at_site: bool,
    /// Places that the copy spelled in another way than the owner.
    pub places: usize,
    /// Pins that the result needs.
    pub pins: usize,
    /// Whether the formatter changed anything.
    pub reformatted: bool,
    /// For a person who wants to know why: what was expected, pushed, got.
    pub texts: Texts,
}

/// The five texts of a replay.
pub struct Texts {
    pub before: Vec<u8>,
    pub delivered: Vec<u8>,
    pub pushed: Vec<u8>,
    pub expected: Vec<u8>,
    pub result: Vec<u8>,
    pub remarks: String,
}

/// Why an edit was not replayed.
pub enum Left {
    /// The bench's own way to make the vendor's edit broke its syntax, where the real edit did not.
    Broken,
    /// The formatter refuses the text.
    NoFormat,
}

/// A recipient under one profile.
pub struct Copy {
    language: Language,
    profile: Profile,
    recipient: RecipientKey,
}

impl Copy {
    pub fn new(language: Language, profile: Profile, number: usize) -> Self {
        let mut key = [9; 32];
        for (place, byte) in key.iter_mut().zip(number.to_le_bytes()) {
            *place = byte;
        }
        Self {
            language,
            profile,
            recipient: RecipientKey(key),
        }
    }

    fn table(&self, text: &[u8]) -> Option<SiteTable> {
        site_table(self.language, self.profile, text, &ANCHOR).ok()
    }

    fn bit(&self, id: SiteId) -> Variant {
        codeword_bit(&self.recipient, &CODE, id)
    }

    /// A text that the copy would spoil is delivered unmarked, as delivery does.
    fn deliver(&self, table: Option<&SiteTable>, text: &[u8]) -> Result<Option<Vec<u8>>> {
        let Some(table) = table else { return Ok(None) };
        let copy = render(table, text, &|site: &Site| self.bit(site.id)).context("rendering a copy")?;
        Ok((self.errors(&copy) <= self.errors(text)).then_some(copy))
    }

    fn errors(&self, text: &[u8]) -> usize {
        ringfence_syntax::parse(self.language, text).map_or(0, |tree| tree.error_count())
    }

    /// Replays one edit. `vendor`: he runs it over the file before he commits. `owner`: the formatter that his view names.
    pub fn replay(
        &self,
        edit: &Edit,
        vendor: Option<&Formatter>,
        owner: Option<&Formatter>,
    ) -> Result<Result<Judged, Left>> {
        let before = edit.before.clone().unwrap_or_default();
        let table = edit.before.as_ref().and_then(|text| self.table(text));
        let copy = self.deliver(table.as_ref(), &before)?;
        let table = table.filter(|_| copy.is_some());
        let delivered = copy.unwrap_or_else(|| before.clone());
        let after_table = self.table(&edit.after);
        let tables = table.as_ref().zip(after_table.as_ref());
        let chosen = |site: &Site| self.bit(site.id);
        let by_lines = (self.profile == Profile::Robust).then_some(tables).flatten();
        let mut pushed = push(&before, &edit.after, &delivered, by_lines, &chosen);
        let mut expected = edit.after.clone();
        if self.errors(&pushed) > self.errors(&expected) {
            // Tokens of both sides landed in one place: nobody would push this.
            return Ok(Err(Left::Broken));
        }
        let mut reformatted = false;
        if let Some(formatter) = vendor {
            let both = formatter.run(&pushed)?.zip(formatter.run(&expected)?);
            let Some((formatted, wanted)) = both else {
                return Ok(Err(Left::NoFormat));
            };
            reformatted = formatted != pushed;
            (pushed, expected) = (formatted, wanted);
        }
        let find = |text: &[u8]| self.table(text);
        let codeword = |id: &SiteId| self.bit(*id);
        let outcome = if edit.before.is_some() {
            let request = Request {
                language: Some(self.language),
                base: &before,
                base_table: table.as_ref(),
                chosen: &chosen,
                delivered: &delivered,
                pushed: &pushed,
                find_sites: &find,
                codeword: &codeword,
            };
            match owner {
                // A formatter that cannot be started refuses.
                Some(owner) => translate_formatted(&request, &|text| owner.run(text).ok().flatten()),
                None => translate_file(&request),
            }
        } else {
            translate_new_file(&pushed, &find, &codeword)
        }
        .with_context(|| format!("translating {}", edit.path))?;
        let places = table.as_ref().map_or(0, |table| {
            table
                .sites
                .iter()
                .filter(|site| chosen(site) != site.canonical)
                .count()
        });
        let (kind, pins, result, remarks) = match outcome {
            Outcome::Conflict(conflict) => (
                Kind::Conflict(reason(conflict.reason)),
                0,
                Vec::new(),
                format!("{conflict:?}"),
            ),
            Outcome::Accepted(accepted) => (
                self.judge(&before, &delivered, &pushed, &expected, &accepted)?,
                accepted.pins.len(),
                accepted.text,
                format!("{:?}", accepted.flags),
            ),
        };
        Ok(Ok(Judged {
            kind,
            at_site: table
                .as_ref()
                .is_some_and(|table| at_site(&before, &edit.after, table)),
            places,
            pins,
            reformatted,
            texts: Texts {
                before,
                delivered,
                pushed,
                expected,
                result,
                remarks,
            },
        }))
    }

    fn judge(
        &self,
        before: &[u8],
        delivered: &[u8],
        pushed: &[u8],
        expected: &[u8],
        accepted: &Accepted,
    ) -> Result<Kind> {
        let again = match self.table(&accepted.text) {
            Some(table) => render(&table, &accepted.text, &|site: &Site| {
                let pinned = accepted.pins.get(&site.id).map(|pin| pin.variant(site));
                pinned.unwrap_or_else(|| self.bit(site.id))
            })
            .context("projecting a result")?,
            None => accepted.text.clone(),
        };
        if again != pushed {
            return Ok(Kind::NotBack);
        }
        if self.errors(&accepted.text) > self.errors(before).max(self.errors(pushed)) {
            return Ok(Kind::Unparsed);
        }
        let flagged = accepted.flags.iter().any(|flag| *flag != Flag::DoesNotParse);
        Ok(match (accepted.text == expected, flagged) {
            (true, false) => Kind::Exact,
            (true, true) => Kind::ExactFlagged,
            (false, true) => Kind::DifferentFlagged,
            (false, false) if lacks_only_what_was_said(before, expected, delivered, &accepted.text) => {
                Kind::Said
            }
            (false, false) => Kind::Different,
        })
    }

    /// Lines that a pull shows although the owner changed nothing near: (families inside a function, all families).
    pub fn noise(&self, edit: &Edit) -> Result<Option<(usize, usize)>> {
        let Some(before) = &edit.before else {
            return Ok(None);
        };
        let (Some(old), Some(new)) = (self.table(before), self.table(&edit.after)) else {
            return Ok(None);
        };
        let mut lines = [0, 0];
        for (count, with_order) in lines.iter_mut().zip([false, true]) {
            let choose = |site: &Site| {
                if with_order || !is_order(site.family) {
                    self.bit(site.id)
                } else {
                    site.canonical
                }
            };
            let (left, right) = (
                render_with_map(&old, before, &choose).context("projecting the older text")?,
                render_with_map(&new, &edit.after, &choose).context("projecting the newer text")?,
            );
            *count = noise((&left, before), (&right, &edit.after));
        }
        let [inner, all] = lines;
        Ok(Some((inner, all)))
    }
}

fn is_order(family: Family) -> bool {
    matches!(
        family,
        Family::FunctionOrder
            | Family::CaseOrder
            | Family::ListOrder
            | Family::InitialiserOrder
            | Family::StatementOrder
    )
}

fn reason(reason: ConflictReason) -> Reason {
    match reason {
        ConflictReason::NotRenderable => Reason::NotRenderable,
        ConflictReason::SpellingsDisagree => Reason::SpellingsDisagree,
        ConflictReason::BreaksSyntax => Reason::BreaksSyntax,
        ConflictReason::BeyondLimits => Reason::BeyondLimits,
    }
}

/// Whether a site of the owner's text stands on a changed line or beside one.
fn at_site(before: &[u8], after: &[u8], table: &SiteTable) -> bool {
    let starts = line_starts(before);
    let changed = hunks(before, after);
    table.sites.iter().any(|site| {
        let first = line_of(&starts, site.start);
        let last = line_of(&starts, site.end.saturating_sub(1).max(site.start));
        changed
            .iter()
            .any(|(removed, _)| removed.start <= last.saturating_add(1) && first <= removed.end)
    })
}
