//! A marked file under test: the owner's text, its sites, one recipient's codeword and the text he was given.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_mark::model::{Family, Profile, Site, SiteId, SiteTable, Variant};
use ringfence_syntax::Language;
use ringfence_view::translate::{Accepted, Outcome, Pin, Pins, Request, pins_of, translate_file};

use crate::finder;

pub type Families = dyn Fn(Family) -> bool + Sync;

/// How a subject's sites are found.
#[derive(Clone, Copy)]
pub struct Find {
    language: Language,
    profile: Profile,
    families: &'static Families,
}

impl Find {
    pub fn table(&self, text: &[u8]) -> Option<SiteTable> {
        let mut table = finder::find(self.language, self.profile, text)?;
        if !table.sites.iter().all(|site| (self.families)(site.family)) {
            table
                .sites
                .retain(|site| (self.families)(site.family) && site.parent.is_none());
        }
        Some(table)
    }
}

pub struct Subject {
    pub name: String,
    pub language: Language,
    pub find: Find,
    pub seed: u64,
    pub text: Vec<u8>,
    pub table: SiteTable,
    pub pins: Pins,
    pub delivered: Vec<u8>,
}

/// A codeword: one bit per site id, other for each seed.
pub fn codeword(seed: u64, id: &SiteId) -> Variant {
    let mixed = id.0.iter().fold(seed ^ 0x9e37_79b9_7f4a_7c15, |sum, byte| {
        (sum ^ u64::from(*byte))
            .wrapping_mul(0x0000_0100_0000_01b3)
            .rotate_left(23)
    });
    if mixed.count_ones().is_multiple_of(2) {
        Variant::Zero
    } else {
        Variant::One
    }
}

impl Subject {
    pub fn new(name: &str, language: Language, profile: Profile, text: &[u8], seed: u64) -> Option<Self> {
        Self::with_families(name, language, profile, text, seed, &|_| true)
    }

    /// A subject whose sites are of some families only.
    pub fn with_families(
        name: &str,
        language: Language,
        profile: Profile,
        text: &[u8],
        seed: u64,
        families: &'static Families,
    ) -> Option<Self> {
        let find = Find {
            language,
            profile,
            families,
        };
        let table = find.table(text)?;
        let delivered = finder::render(&table, text, &|site| codeword(seed, &site.id));
        Some(Self {
            name: name.to_owned(),
            language,
            find,
            seed,
            text: text.to_vec(),
            table,
            pins: Pins::new(),
            delivered,
        })
    }

    /// The subject after an accepted push, as the recipient has it then.
    pub fn after(&self, accepted: &Accepted, pushed: &[u8]) -> Self {
        Self {
            name: self.name.clone(),
            language: self.language,
            find: self.find,
            seed: self.seed,
            text: accepted.text.clone(),
            table: self.find.table(&accepted.text).unwrap(),
            pins: accepted.pins.clone(),
            delivered: pushed.to_vec(),
        }
    }

    pub fn chosen(&self, site: &Site) -> Variant {
        self.pins
            .get(&site.id)
            .map(|pin| pin.variant(site))
            .unwrap_or_else(|| codeword(self.seed, &site.id))
    }

    pub fn applied(&self) -> usize {
        self.table
            .sites
            .iter()
            .filter(|site| self.chosen(site) != site.canonical)
            .count()
    }

    /// Translates a push and checks the laws that hold for every push.
    pub fn translate(&self, pushed: &[u8]) -> Outcome {
        let request = Request {
            language: Some(self.language),
            base: &self.text,
            base_table: Some(&self.table),
            chosen: &|site| self.chosen(site),
            delivered: &self.delivered,
            pushed,
            find_sites: &|text| self.find.table(text),
            codeword: &|id| codeword(self.seed, id),
        };
        let outcome = translate_file(&request).unwrap();
        if let Outcome::Accepted(accepted) = &outcome {
            self.check(accepted, pushed);
        }
        outcome
    }

    fn check(&self, accepted: &Accepted, pushed: &[u8]) {
        let table = self.find.table(&accepted.text);
        let again = table.as_ref().map_or_else(
            || accepted.text.clone(),
            |table| {
                finder::render(table, &accepted.text, &|site| {
                    let pinned = accepted.pins.get(&site.id).map(|pin| pin.variant(site));
                    pinned.unwrap_or_else(|| codeword(self.seed, &site.id))
                })
            },
        );
        assert!(
            again == pushed,
            "law 3, {}: what was pushed is what comes back",
            self.name
        );
        if let Some(table) = &table {
            let bit = |id: &SiteId| codeword(self.seed, id);
            let read = pins_of(table, &accepted.text, pushed, &bit).expect("the copy is a rendering");
            let choose = |site: &Site| {
                let pinned = read.get(&site.id).map(|pin| pin.variant(site));
                pinned.unwrap_or_else(|| bit(&site.id))
            };
            assert!(
                finder::render(table, &accepted.text, &choose) == pushed,
                "{}: the pins can be read off the two texts",
                self.name
            );
        }
        for (id, pin) in &accepted.pins {
            assert_ne!(
                Pin::Is(codeword(self.seed, id)),
                *pin,
                "a pin that says what the codeword says"
            );
        }
        let errors = |text: &[u8]| {
            ringfence_syntax::parse(self.language, text)
                .unwrap()
                .error_count()
        };
        assert!(
            errors(&accepted.text) <= errors(&self.text).max(errors(pushed)),
            "law 2, {}: the result parses where both inputs did",
            self.name
        );
        let ids = |table: &SiteTable| table.sites.iter().map(|site| site.id).collect::<BTreeSet<_>>();
        let (old, new) = (ids(&self.table), table.as_ref().map(ids).unwrap_or_default());
        for id in old.symmetric_difference(&new) {
            assert!(
                accepted.touched.contains(id),
                "a site that came or went is touched"
            );
        }
        let mut before: BTreeMap<SiteId, BTreeSet<Variant>> = BTreeMap::new();
        for site in &self.table.sites {
            before.entry(site.id).or_default().insert(self.chosen(site));
        }
        for site in table.iter().flat_map(|table| &table.sites) {
            if !accepted.touched.contains(&site.id) {
                let pinned = accepted.pins.get(&site.id).map(|pin| pin.variant(site));
                let now = pinned.unwrap_or_else(|| codeword(self.seed, &site.id));
                assert!(
                    before[&site.id].contains(&now),
                    "an untouched site keeps its variant"
                );
            }
        }
    }
}
