//! Reads off which spellings a delivered text has, from it and the owner's text alone.

use std::collections::BTreeMap;

use ringfence_mark::model::{SiteId, SiteTable, Variant};

use super::layout::Nesting;
use super::verify;

/// The sites at which a delivered text does not have the codeword's variant. `None`: it is no rendering of this base.
#[must_use]
pub fn pins_of(
    table: &SiteTable,
    base: &[u8],
    delivered: &[u8],
    codeword: &dyn Fn(&SiteId) -> Variant,
) -> Option<BTreeMap<SiteId, Variant>> {
    let nesting = Nesting::of(base, table)?;
    let variants = verify::variants(&nesting, delivered, codeword).ok()?;
    Some(
        variants
            .into_iter()
            .filter(|(site, variant)| codeword(site) != *variant)
            .collect(),
    )
}
