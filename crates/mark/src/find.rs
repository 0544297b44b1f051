//! Finding the sites of a canonical text: candidates by language rules, ids, roles, overlaps.
//!
//! INVARIANT: everything here is a function of the owner's text and the anchor key alone. No codeword, no recipient, no
//! neighbour further away than a site's own lines decides whether a site exists or what its id is; two overlapping
//! candidates are settled by family and size alone, so that an edit elsewhere changes nothing.
//!
//! Refuses whole texts that are generated, signed, minified or not UTF-8 (see `source`), and never
//! proposes a site inside or over an error node, a macro body, a string or a test.

mod blank;
mod braces;
mod c;
mod candidate;
mod cases;
mod comment;
mod comparison;
mod compound;
mod conditional;
mod cpp;
mod csharp;
mod early_return;
mod endless;
mod expression;
mod go;
mod hex_case;
mod if_swap;
mod increment;
mod java;
mod javascript;
mod lambda_brackets;
mod order;
mod overlap;
mod parentheses;
mod python;
mod rule;
mod rust;
mod scope;
mod source;
mod statement_order;
mod words;

use hmac::{Hmac, KeyInit, Mac};
use ringfence_syntax::{Language, Node, Tree};
use sha2::Sha256;

use crate::codeword::AnchorKey;
use crate::error::MarkError;
use crate::gate;
use crate::marking::Marking;
use crate::model::{ENGINE_VERSION, Family, Profile, SiteId, SiteTable, Variant};
use candidate::Candidate;
use source::Source;

const ID_DOMAIN: &[u8] = b"ringfence/mark/site/v1\0";
/// Nodes deeper than this are not looked at: rules climb to the function, so depth bounds their time. Real files stay below 100.
const MAX_DEPTH: usize = 400;
const ROLE_DOMAIN: &[u8] = b"ringfence/mark/role/v1\0";

/// Finds, names and gates all sites of a canonical text. The table is empty when nothing is safe.
///
/// # Errors
/// When the text is too large to parse, or takes too many steps.
pub fn site_table(
    language: Language,
    profile: Profile,
    canonical: &[u8],
    key: &AnchorKey,
) -> Result<SiteTable, MarkError> {
    site_table_as(language, profile.into(), canonical, key)
}

/// Finds the sites of a canonical text that is marked without some families: none of them is a candidate.
///
/// # Errors
/// As [`site_table`].
pub fn site_table_as(
    language: Language,
    marking: Marking,
    canonical: &[u8],
    key: &AnchorKey,
) -> Result<SiteTable, MarkError> {
    let profile = marking.profile();
    let empty = SiteTable {
        engine: ENGINE_VERSION,
        language,
        profile,
        text_length: u32::try_from(canonical.len()).unwrap_or(u32::MAX),
        sites: Vec::new(),
    };
    if canonical.len() > ringfence_syntax::MAX_BYTES {
        return Err(MarkError::Syntax(ringfence_syntax::SyntaxError::TooLarge {
            size: canonical.len(),
        }));
    }
    // A header of C++ that is called a file of C: the rules of C would not know what they see.
    let is_misnamed = language == Language::C && ringfence_syntax::header::is_cpp(canonical);
    if is_misnamed || source::is_refused(canonical) {
        return Ok(empty);
    }
    let tree = ringfence_syntax::parse(language, canonical)?;
    let table = SiteTable {
        sites: ungated(&tree, marking, canonical, key),
        ..empty
    };
    gate::admit(&tree, canonical, table)
}

fn ungated(tree: &Tree, marking: Marking, canonical: &[u8], key: &AnchorKey) -> Vec<crate::model::Site> {
    let source = Source::new(canonical, tree);
    let keyed = Keyed::new(key);
    let by_kind = rule::by_kind(tree.language());
    let mut found = Vec::new();
    let mut index = 0;
    // The ends of the nodes around, and whether an error lies beside the parts of each.
    let mut open: Vec<(u32, bool)> = Vec::new();
    while let Some(node) = tree.node(index) {
        while open.pop_if(|(end, _)| *end <= index).is_some() {}
        if open.len() > MAX_DEPTH {
            index = node.subtree_end();
            continue;
        }
        let is_doubtful = is_beside_error(node, open.last().is_some_and(|(_, is_doubtful)| *is_doubtful));
        open.push((node.subtree_end(), is_doubtful));
        // An error has a number that no table has.
        let at_kind = by_kind.get(usize::from(node.kind_id()));
        let Some(at_kind) = at_kind.filter(|at_kind| !node.is_missing() && !at_kind.is_closed(&source, node))
        else {
            index = node.subtree_end();
            continue;
        };
        if !is_doubtful {
            at_kind.propose(&source, node, &mut found);
        }
        index = index.saturating_add(1);
    }
    found.retain(|candidate| {
        !marking.without().contains(candidate.family)
            && is_allowed(candidate, marking.profile(), &source)
            && has_roles(candidate, &keyed)
    });
    let mut chosen = overlap::resolve(found);
    chosen
        .iter_mut()
        .for_each(|(candidate, site)| site.id = site_id(candidate, &keyed));
    chosen.into_iter().map(|(_, site)| site).collect()
}

/// Tells whether a part of the statement around a node was not understood: `size - 64 KB`, with a macro that multiplies, is no `(size - 64) KB`. What
/// statements and members of their own lie in is judged by themselves.
fn is_beside_error(node: Node<'_>, is_doubtful: bool) -> bool {
    if !is_doubtful && !node.has_error() {
        return false;
    }
    let kind = node.kind();
    let holds_statements = [
        "block",
        "body",
        "unit",
        "program",
        "module",
        "source_file",
        "parameters",
    ]
    .iter()
    .any(|part| kind.contains(part))
        || matches!(
            kind,
            "compound_statement" | "declaration_list" | "field_declaration_list" | "parameter_list"
        )
        || kind.starts_with("preproc_");
    !holds_statements
        && (is_doubtful
            || node
                .children()
                .any(|child| child.is_error() || child.is_missing()))
}

fn is_allowed(candidate: &Candidate, profile: Profile, source: &Source<'_>) -> bool {
    let keeps_lines = candidate.family.is_steady() && !candidate.moves_lines(source);
    let allowed = match profile {
        Profile::Robust => true,
        Profile::Steady => keeps_lines,
    };
    allowed
        && (keeps_lines || !source.reads_line_numbers())
        && !source.is_line_sensitive(candidate.start, candidate.end)
        && !source.touches_returns(candidate.start, candidate.end)
}

/// An adjacent pair is a site only when its first item has a smaller role than the item after it and the item before it: pairs then
/// never overlap, and what is added or removed reaches its own neighbours alone. A role is a hash of the item's name. Of a long run
/// a third of the pairs fit, of a lone pair every second (two role bits, as marks.md has them, give a quarter of either).
fn has_roles(candidate: &Candidate, key: &Keyed) -> bool {
    candidate.roles.as_ref().is_none_or(|roles| {
        let first = role(candidate.family, &roles.first, key);
        let is_smaller = |other: &[u8]| first < role(candidate.family, other, key);
        is_smaller(&roles.second) && roles.before.as_deref().is_none_or(is_smaller)
    })
}

fn role(family: Family, item: &[u8], key: &Keyed) -> [u8; 8] {
    let digest = key.digest(ROLE_DOMAIN, family, item);
    digest.first_chunk().copied().unwrap_or_default()
}

fn site_id(candidate: &Candidate, key: &Keyed) -> SiteId {
    let digest = key.digest(ID_DOMAIN, candidate.family, &candidate.identity);
    SiteId(digest.first_chunk().copied().unwrap_or_default())
}

/// The anchor key, absorbed once for all sites of a text.
struct Keyed(Option<Hmac<Sha256>>);

impl Keyed {
    fn new(key: &AnchorKey) -> Keyed {
        // HMAC takes keys of every length, so there is always one.
        Keyed(Hmac::<Sha256>::new_from_slice(&key.0).ok())
    }

    fn digest(&self, domain: &[u8], family: Family, content: &[u8]) -> [u8; 32] {
        let Some(mut mac) = self.0.clone() else {
            return [0; 32];
        };
        mac.update(domain);
        mac.update(family.name().as_bytes());
        mac.update(&[0]);
        mac.update(content);
        mac.finalize().into_bytes().into()
    }
}

/// Orders two spellings: the first is [`Variant::Zero`] when its bytes are the smaller ones.
fn spelling(canonical: &[u8], alternative: &[u8]) -> Variant {
    if canonical < alternative {
        Variant::Zero
    } else {
        Variant::One
    }
}
