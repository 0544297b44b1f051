//! Which spellings a delivered text has whatever the codeword says, and how they are read off the two texts alone.

use std::collections::BTreeMap;

use ringfence_mark::model::{Site, SiteId, SiteTable, Variant};

use super::layout::Nesting;
use super::verify;

/// How one recipient's copy spells a site, in place of the codeword's variant. Stored as a number: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pin {
    /// One of the two spellings, at every place of the site.
    Is(Variant),
    /// As the owner's text has it at each place: equal lines of one function that were pushed in different spellings.
    AsOwned,
}

/// All pins of one recipient and path.
pub type Pins = BTreeMap<SiteId, Pin>;

impl Pin {
    /// The variant at one place of the site.
    #[must_use]
    pub fn variant(self, site: &Site) -> Variant {
        match self {
            Self::Is(variant) => variant,
            Self::AsOwned => site.canonical,
        }
    }

    /// Its stored number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Is(Variant::Zero) => 0,
            Self::Is(Variant::One) => 1,
            Self::AsOwned => 2,
        }
    }

    /// The pin of a stored number; `None` for one that a newer version stored.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Is(Variant::Zero)),
            1 => Some(Self::Is(Variant::One)),
            2 => Some(Self::AsOwned),
            _ => None,
        }
    }

    /// Whether it says anything that the codeword does not say.
    pub(super) fn differs(self, codeword: Variant) -> bool {
        self != Self::Is(codeword)
    }
}

/// The sites at which a delivered text does not have the codeword's variant. `None`: it is no rendering of this base.
#[must_use]
pub fn pins_of(
    table: &SiteTable,
    base: &[u8],
    delivered: &[u8],
    codeword: &dyn Fn(&SiteId) -> Variant,
) -> Option<Pins> {
    let nesting = Nesting::of(base, table)?;
    let spellings = verify::spellings(&nesting, delivered, codeword).ok()?;
    Some(
        spellings
            .into_iter()
            .filter(|(site, pin)| pin.differs(codeword(site)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back() {
        for number in 0..=2 {
            assert_eq!(Pin::of_number(number).unwrap().number(), number);
        }
        assert_eq!(Pin::of_number(3), None);
    }
}
