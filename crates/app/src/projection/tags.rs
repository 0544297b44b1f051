//! Tags of the owner, only those that the view names: each becomes a new tag, signed by the gateway, on the view commit. No tag object
//! of the owner is ever fetched.

use super::{Run, object_id};
use crate::error::Result;
use ringfence_git::delivery_store::{Before, DeliveryStore, RefUpdate, check_branch};
use ringfence_store::tables;
use ringfence_view::object::{Kind, ObjectId, ObjectSink as _, ROLE_EMAIL, ROLE_NAME, read_commit};
use std::collections::{BTreeMap, HashMap};

const TAGS: &str = "refs/tags/";

impl Run<'_> {
    /// Makes the tags of the store what they are to be.
    pub(super) fn project_tags(&self, store: &DeliveryStore, generation: u64) -> Result<()> {
        let present: BTreeMap<String, ObjectId> = store
            .refs()?
            .into_iter()
            .filter(|(name, _)| name.starts_with(TAGS))
            .collect();
        if self.view.tags.is_empty() && present.is_empty() {
            return Ok(());
        }
        let mut writer = store.pack_writer()?;
        let mut updates = Vec::new();
        let mut wanted = std::collections::BTreeSet::new();
        for (tag, upstream) in self.named_tags()? {
            let Some(view) = self.projected(generation, upstream)? else {
                continue;
            };
            let seconds = read_commit(store, &view)?.committed_at.max(0);
            let mut text = format!(
                "object {view}\ntype commit\ntag {tag}\ntagger {ROLE_NAME} <{ROLE_EMAIL}> {seconds} +0000\n\n{tag}\n"
            );
            let signature = self.app.keys.gateway().sign(text.as_bytes());
            text.push_str(&signature);
            let id = writer.write(Kind::Tag, text.as_bytes())?;
            let name = format!("{TAGS}{tag}");
            if present.get(&name) != Some(&id) {
                updates.push(RefUpdate {
                    name: name.clone(),
                    before: Before::Any,
                    after: Some(id),
                });
            }
            wanted.insert(name);
        }
        for name in present.keys().filter(|name| !wanted.contains(*name)) {
            updates.push(RefUpdate {
                name: name.clone(),
                before: Before::Any,
                after: None,
            });
        }
        if !updates.is_empty() {
            store.publish(writer, &updates)?;
        }
        Ok(())
    }

    /// The owner's tags that the view names, with the commits behind them.
    fn named_tags(&self) -> Result<HashMap<String, ObjectId>> {
        if self.view.tags.is_empty() {
            return Ok(HashMap::new());
        }
        let mut tags = self.mirror.tags(self.source)?;
        tags.retain(|name, _| {
            check_branch(name).is_ok()
                && self
                    .view
                    .tags
                    .iter()
                    .any(|glob| covers(glob.as_bytes(), name.as_bytes()))
        });
        Ok(tags)
    }

    /// The view commit that shows exactly this commit of the owner; none when it was never projected.
    fn projected(&self, generation: u64, upstream: ObjectId) -> Result<Option<ObjectId>> {
        let (view, recipient, hex) = (&self.view.name, self.recipient, upstream.to_string());
        let pair = self
            .app
            .database
            .read(|tx| tables::histories::by_upstream(tx, view, recipient, generation, &hex))?;
        pair.map(|pair| object_id(&pair.projected)).transpose()
    }
}

/// Whether a glob covers a whole tag name: `*` and `?` stop at slashes, `**` does not.
fn covers(glob: &[u8], name: &[u8]) -> bool {
    // Where to go on when what follows the last star does not fit: (rest of the glob, rest of the name, over slashes).
    let mut retry: Vec<(&[u8], &[u8], bool)> = Vec::new();
    let (mut glob, mut name) = (glob.strip_prefix(b"/").unwrap_or(glob), name);
    let mut steps = 0_usize;
    loop {
        steps = steps.saturating_add(1);
        // Globs come from the owner; this bounds a senseless one.
        if steps > 100_000 {
            return false;
        }
        let fits = match (glob.split_first(), name.split_first()) {
            (None, None) => return true,
            (Some((b'*', rest)), _) => {
                let (rest, slashes) = match rest.strip_prefix(b"*") {
                    Some(rest) => (rest, true),
                    None => (rest, false),
                };
                retry.push((rest, name, slashes));
                glob = rest;
                continue;
            }
            (Some((b'?', rest)), Some((letter, next))) if *letter != b'/' => Some((rest, next)),
            (Some((wanted, rest)), Some((letter, next))) if wanted == letter => Some((rest, next)),
            _ => None,
        };
        if let Some((rest, next)) = fits {
            (glob, name) = (rest, next);
            continue;
        }
        loop {
            let Some((rest, from, slashes)) = retry.pop() else {
                return false;
            };
            if let Some((letter, next)) = from.split_first()
                && (slashes || *letter != b'/')
            {
                retry.push((rest, next, slashes));
                (glob, name) = (rest, next);
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn globs_cover_whole_names() {
        for (glob, name, expected) in [
            ("v1.*", "v1.2", true),
            ("v1.*", "v1.", true),
            ("v1.*", "v10", false),
            ("v1.*", "secret/v1.2", false),
            ("v1.*", "v1.2/secret", false),
            ("v*", "v1/secret", false),
            ("v**", "v1/secret", true),
            ("release/?.?", "release/1.2", true),
            ("release/?.?", "release/1.22", false),
            ("*-rc*", "v1-rc-rc2", true),
            ("", "v1", false),
            ("*", "v1", true),
        ] {
            assert_eq!(
                covers(glob.as_bytes(), name.as_bytes()),
                expected,
                "{glob} {name}"
            );
        }
    }
}
