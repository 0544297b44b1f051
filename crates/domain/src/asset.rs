//! Which asset a path belongs to: those listed, else the implicit asset `<repository>/*`.
//!
//! INVARIANT: every path belongs to at least one asset. A path that matches several listed assets belongs to all of them.

use std::collections::BTreeSet;

use crate::choice::{Origin, Sensitivity};
use crate::estate::Estate;
use crate::glob::{PathPattern, PatternError};

/// The name of the asset that holds every path of a repository that no listed asset holds.
pub fn implicit_asset(repository: &str) -> String {
    format!("{repository}/*")
}

/// The sensitivity of an implicit asset.
pub const IMPLICIT_SENSITIVITY: Sensitivity = Sensitivity::Confidential;

/// The origin of an implicit asset.
pub const IMPLICIT_ORIGIN: Origin = Origin::OwnSecret;

/// The listed assets of one repository, ready to be asked about many paths.
#[derive(Clone, Debug)]
pub struct AssetIndex {
    implicit: String,
    listed: Vec<(String, Vec<PathPattern>)>,
}

impl AssetIndex {
    /// Prepares the assets of a repository. Fails on a pattern that [`Estate::parse`] would have refused.
    pub fn new(estate: &Estate, repository: &str) -> Result<Self, PatternError> {
        let mut listed = Vec::new();
        for asset in estate
            .assets
            .iter()
            .filter(|asset| asset.repository.as_deref() == Some(repository))
        {
            let patterns = asset
                .paths
                .iter()
                .map(|text| PathPattern::parse(text))
                .collect::<Result<Vec<_>, _>>()?;
            listed.push((asset.name.clone(), patterns));
        }
        Ok(Self {
            implicit: implicit_asset(repository),
            listed,
        })
    }

    /// Lists the assets that a file belongs to.
    pub fn assets_of_path(&self, path: &[u8]) -> BTreeSet<&str> {
        let mut names: BTreeSet<&str> = self
            .listed
            .iter()
            .filter(|(_, patterns)| patterns.iter().any(|pattern| pattern.matches_file(path)))
            .map(|(name, _)| name.as_str())
            .collect();
        if names.is_empty() {
            names.insert(&self.implicit);
        }
        names
    }
}

/// Lists the assets that files of a repository belong to.
pub fn assets_of_paths<'a>(
    repository: &str,
    estate: &Estate,
    paths: impl IntoIterator<Item = &'a [u8]>,
) -> Result<BTreeSet<String>, PatternError> {
    let index = AssetIndex::new(estate, repository)?;
    let mut names = BTreeSet::new();
    for path in paths {
        for name in index.assets_of_path(path) {
            if !names.contains(name) {
                names.insert(name.to_owned());
            }
        }
    }
    Ok(names)
}

/// The sensitivity of an asset by name, listed or implicit; that of an unknown name is the implicit one.
pub fn sensitivity_of(estate: &Estate, asset: &str) -> Sensitivity {
    estate
        .asset(asset)
        .map_or(IMPLICIT_SENSITIVITY, |asset| asset.sensitivity)
}
