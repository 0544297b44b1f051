//! Translates a recipient's push onto the owner's text, and only what was pushed.
//!
//! The delivered text was rendered from the owner's, so the correspondence between them is known exactly and nothing
//! is guessed: delivered and pushed text are aligned, the owner's spelling returns at every place that the edit left
//! whole, and the result is accepted only with a proof that rendering it gives the pushed bytes again.
//!
//! INVARIANT: pure. The same request always gives the same outcome.
//! INVARIANT: rendering [`Accepted::text`] with the recipient's codeword and [`Accepted::pins`] gives the pushed bytes.
//!
//! REFUSES, as a conflict: texts beyond [`LARGEST_TEXT`] where marks are involved, results that parse worse than both
//! inputs, and everything for which no proof is found.

#![expect(
    clippy::indexing_slicing,
    reason = "places are numbered by the layout they index, and sites by the checked table"
)]

mod align;
mod carry;
mod diff;
mod items;
mod laid;
mod layout;
mod locate;
mod merge;
mod outcome;
mod report;
mod spelling;
mod tokens;
mod touched;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

use ringfence_mark::model::{Family, Site, SiteId, SiteTable, Variant};
use ringfence_syntax::Language;

use carry::{Carried, Edit};
use layout::{Layout, Nesting};
pub use merge::{MergeConflict, Resolve, three_way, three_way_with};
pub use outcome::{Accepted, Conflict, ConflictReason, Flag, Outcome, TranslateError};
pub use spelling::{Pin, Pins, pins_of};
use tokens::Tokens;
use verify::NoPath;

/// Largest marked text that is translated, in bytes.
pub const LARGEST_TEXT: usize = 4 << 20;

/// How often places are given back to the vendor's text before a push is called a conflict.
const ROUNDS: usize = 24;

/// How far after a changed spelling, in bytes, the texts may part because of it.
const REACH: usize = 64;

/// Finds the sites of a text of the owner, as delivery will. `None`: such a text is delivered unmarked.
pub type FindSites<'a> = dyn Fn(&[u8]) -> Option<SiteTable> + 'a;

/// Lays a text out as the owner's formatter does. `None`: the formatter refuses it.
pub type Format<'a> = dyn Fn(&[u8]) -> Option<Vec<u8>> + 'a;

/// One changed file of a push.
pub struct Request<'a> {
    /// Language of the file, when it is a known one.
    pub language: Option<Language>,
    /// The owner's text that the delivered one was rendered from.
    pub base: &'a [u8],
    /// Sites of the base; `None` where it was delivered unmarked.
    pub base_table: Option<&'a SiteTable>,
    /// The variants that were delivered: codeword, and pins of this recipient and path.
    pub chosen: &'a dyn Fn(&Site) -> Variant,
    /// The text that the recipient was given.
    pub delivered: &'a [u8],
    /// The text that came back.
    pub pushed: &'a [u8],
    /// Finds the sites of the result.
    pub find_sites: &'a FindSites<'a>,
    /// The recipient's codeword alone, without pins.
    pub codeword: &'a dyn Fn(&SiteId) -> Variant,
}

/// Translates one changed file.
///
/// # Errors
/// When the request contradicts itself; whatever the vendor did is an [`Outcome`].
pub fn translate_file(request: &Request<'_>) -> Result<Outcome, TranslateError> {
    translate(request, None)
}

/// Translates one changed file as [`translate_file`] does, and asks the owner's formatter which layout his spellings call for.
///
/// Then a layout is flagged where, and only where, that formatter would lay the owner's text out in another way than it was pushed.
/// The formatter is asked only about files with given spellings, and says nothing about a push that it would change itself.
///
/// # Errors
/// See [`translate_file`].
pub fn translate_formatted(request: &Request<'_>, format: &Format<'_>) -> Result<Outcome, TranslateError> {
    translate(request, Some(format))
}

fn translate(request: &Request<'_>, format: Option<&Format<'_>>) -> Result<Outcome, TranslateError> {
    let empty;
    let base_table = match request.base_table {
        Some(table) => table,
        None => {
            empty = empty_table(request.base);
            &empty
        }
    };
    let base_length = request.base.len();
    let nesting =
        Nesting::of(request.base, base_table).ok_or(TranslateError::ForeignTable { base_length })?;
    let layout = Layout::render(&nesting, request.chosen);
    if layout.bytes != request.delivered {
        let pairs = layout.bytes.iter().zip(request.delivered);
        let at = pairs.take_while(|(a, b)| a == b).count();
        return Err(TranslateError::ForeignDelivery { at });
    }
    // A file that was moved to where other sites are looked for is an edit, even if its bytes are the same.
    let same_sites = || {
        let found = (request.find_sites)(request.base);
        found.map_or_else(Vec::new, |table| table.sites) == base_table.sites
    };
    if request.pushed == request.delivered && same_sites() {
        return Ok(Outcome::Accepted(Accepted {
            text: request.base.to_vec(),
            pins: delivered_pins(&nesting, request),
            flags: Vec::new(),
            touched: BTreeSet::new(),
        }));
    }
    let largest = request.pushed.len().max(request.delivered.len()).max(base_length);
    if largest > LARGEST_TEXT {
        return Ok(beyond_limits(request, &nesting));
    }
    let delivered = Tokens::of(request.delivered);
    let pushed = Tokens::of(request.pushed);
    let alignment = align::align(&delivered, &pushed);
    let swapped = |place: &layout::Place| nesting.sites[place.site].family == Family::FunctionOrder;
    let named = request.language.filter(|_| layout.places.iter().any(swapped));
    let functions = named.and_then(|language| items::Renamed::of(language, &delivered, &pushed, &alignment));
    let translation = Translation {
        request,
        format,
        nesting,
        layout,
        edit: Edit {
            delivered,
            pushed,
            alignment,
            functions,
        },
        base: Tokens::of(request.base),
    };
    Ok(translation.run())
}

/// Takes a file that the vendor created: the owner's text is what was typed, and its sites are born pinned as pushed.
///
/// # Errors
/// Never for what a vendor did; see [`translate_file`].
pub fn translate_new_file(
    pushed: &[u8],
    find_sites: &FindSites<'_>,
    codeword: &dyn Fn(&SiteId) -> Variant,
) -> Result<Outcome, TranslateError> {
    let request = Request {
        language: None,
        base: b"",
        base_table: None,
        chosen: &|site| site.canonical,
        delivered: b"",
        pushed,
        find_sites,
        codeword,
    };
    translate_file(&request)
}

/// A table without sites, for a text that is delivered as it is.
fn empty_table(text: &[u8]) -> SiteTable {
    SiteTable {
        engine: ringfence_mark::model::ENGINE_VERSION,
        language: Language::C,
        profile: ringfence_mark::model::Profile::Steady,
        text_length: u32::try_from(text.len()).unwrap_or(u32::MAX),
        sites: Vec::new(),
    }
}

/// The pins that the delivered variants are.
fn delivered_pins(nesting: &Nesting<'_>, request: &Request<'_>) -> Pins {
    let mut pins = Pins::new();
    for site in nesting.sites {
        let pin = Pin::Is((request.chosen)(site));
        let known = *pins.entry(site.id).or_insert(pin);
        if known != pin {
            pins.insert(site.id, Pin::AsOwned);
        }
    }
    pins.retain(|id, pin| pin.differs((request.codeword)(id)));
    pins
}

/// A large text is taken only where marks play no part: the owner gets what was pushed.
fn beyond_limits(request: &Request<'_>, nesting: &Nesting<'_>) -> Outcome {
    if nesting.sites.is_empty()
        && (request.find_sites)(request.pushed).is_none_or(|table| table.sites.is_empty())
    {
        return Outcome::Accepted(Accepted {
            text: request.pushed.to_vec(),
            pins: Pins::new(),
            flags: Vec::new(),
            touched: BTreeSet::new(),
        });
    }
    Outcome::Conflict(Conflict {
        reason: ConflictReason::BeyondLimits,
        pushed: Vec::new(),
        owner: Vec::new(),
    })
}

struct Translation<'r> {
    request: &'r Request<'r>,
    format: Option<&'r Format<'r>>,
    nesting: Nesting<'r>,
    layout: Layout,
    edit: Edit<'r>,
    base: Tokens<'r>,
}

impl Translation<'_> {
    fn run(&self) -> Outcome {
        if let Some(outcome) = self.formatted() {
            return outcome;
        }
        let mut keep = BTreeSet::new();
        for _ in 0..ROUNDS {
            let carried = carry::carry(&self.nesting, &self.layout, &self.edit, &keep);
            let table =
                (self.request.find_sites)(&carried.text).unwrap_or_else(|| empty_table(&carried.text));
            let Some(result) = Nesting::of(&carried.text, &table) else {
                return self.conflict(ConflictReason::NotRenderable, &[]);
            };
            let dead = dead_places(&carried, &result);
            if !dead.is_empty() {
                keep.extend(dead);
                continue;
            }
            match verify::spellings(&result, self.request.pushed, self.request.codeword) {
                Ok(spellings) => return self.accept(&carried, &result, &spellings, &keep),
                Err(NoPath::TooDeep) => return self.conflict(ConflictReason::BeyondLimits, &[]),
                Err(NoPath::Disagree { id, first, second }) => {
                    // Equal lines, other spellings: no one bit gives both. The vendor's spelling stays at the places that were
                    // given to him, so that the owner's text as it is then gives them all.
                    // By where they stand: a line that was laid out anew gives the same place another id.
                    let disputed = |spot: &&carry::Spot| result.holds(id, &spot.result);
                    let given = carried.spots.iter().filter(disputed);
                    let given: Vec<usize> = given.map(|spot| spot.place).collect();
                    if given.is_empty() {
                        let places = [first, second].map(|at| pushed_position(&carried, at));
                        return self.conflict(ConflictReason::SpellingsDisagree, &places);
                    }
                    keep.extend(given);
                }
                Err(NoPath::Parts { pushed }) => match culprit(&carried, pushed) {
                    Some(place) => {
                        keep.insert(place);
                    }
                    None => return self.conflict(ConflictReason::NotRenderable, &[pushed]),
                },
            }
        }
        self.conflict(ConflictReason::NotRenderable, &[])
    }

    fn accept(
        &self,
        carried: &Carried,
        result: &Nesting<'_>,
        spellings: &BTreeMap<SiteId, Pin>,
        keep: &BTreeSet<usize>,
    ) -> Outcome {
        let final_variant = |site: &Site| {
            let pin = spellings.get(&site.id).map(|pin| pin.variant(site));
            pin.unwrap_or_else(|| (self.request.codeword)(&site.id))
        };
        if Layout::render(result, &final_variant).bytes != self.request.pushed {
            return self.conflict(ConflictReason::NotRenderable, &[]);
        }
        let text = Tokens::of(&carried.text);
        let hunks = diff::line_hunks(&self.base, &text);
        let mut flags = self.flags(carried, keep, &text, &hunks);
        match self.parses(&carried.text) {
            Parses::Worse => return self.conflict(ConflictReason::BreaksSyntax, &[]),
            Parses::BrokenByVendor => flags.push(Flag::DoesNotParse),
            Parses::Well => {}
        }
        let mut touched = touched::by_lines(Some((&self.nesting, &self.base)), Some((result, &text)), &hunks);
        let lost = carried.lost.keys().map(|place| self.site(*place).id);
        touched.extend(lost);
        let before: BTreeMap<SiteId, Variant> = self
            .nesting
            .sites
            .iter()
            .map(|site| (site.id, (self.request.chosen)(site)))
            .collect();
        let changed = |site: &&Site| before.get(&site.id) != Some(&final_variant(site));
        touched.extend(result.sites.iter().filter(changed).map(|site| site.id));
        let split = |(_, pin): &(&SiteId, &Pin)| **pin == Pin::AsOwned;
        touched.extend(spellings.iter().filter(split).map(|(id, _)| *id));
        let pinned = |(id, pin): &(&SiteId, &Pin)| pin.differs((self.request.codeword)(id));
        Outcome::Accepted(Accepted {
            pins: spellings
                .iter()
                .filter(pinned)
                .map(|(id, pin)| (*id, *pin))
                .collect(),
            text: carried.text.clone(),
            flags,
            touched,
        })
    }

    fn parses(&self, result: &[u8]) -> Parses {
        let errors = |text: &[u8]| {
            let tree = self
                .request
                .language
                .map(|language| ringfence_syntax::parse(language, text));
            tree.map_or(Some(0), |tree| tree.ok().map(|tree| tree.error_count()))
        };
        let Some(result) = errors(result) else {
            return Parses::Well;
        };
        let (base, pushed) = (errors(self.request.base), errors(self.request.pushed));
        if result > base.max(pushed).unwrap_or(0) {
            Parses::Worse
        } else if pushed > base {
            Parses::BrokenByVendor
        } else {
            Parses::Well
        }
    }
}

enum Parses {
    Well,
    BrokenByVendor,
    Worse,
}

/// Places put back in the owner's spelling where the result has no site that could give the pushed one.
fn dead_places(carried: &Carried, result: &Nesting<'_>) -> BTreeSet<usize> {
    let mut dead = BTreeSet::new();
    for spot in &carried.spots {
        let held = result.roots_around(&spot.result);
        if !held {
            dead.insert(spot.place);
        }
    }
    dead
}

/// The changed spelling because of which the texts part at a position of the pushed text.
fn culprit(carried: &Carried, pushed: usize) -> Option<usize> {
    let near =
        |spot: &&carry::Spot| spot.pushed.start <= pushed && pushed <= spot.pushed.end.saturating_add(REACH);
    let inmost = |spot: &&carry::Spot| (spot.pushed.start, std::cmp::Reverse(spot.pushed.end));
    carried
        .spots
        .iter()
        .filter(near)
        .max_by_key(inmost)
        .map(|spot| spot.place)
}

/// Position of the pushed text that a position of the result was carried from.
fn pushed_position(carried: &Carried, result: usize) -> usize {
    let before = carried
        .spots
        .iter()
        .filter(|spot| spot.result.end <= result)
        .max_by_key(|spot| spot.result.end);
    before.map_or(result, |spot| spot.pushed.end + (result - spot.result.end))
}
