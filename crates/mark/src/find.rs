//! Finding the sites of a canonical text: candidates by language rules, ids, roles, overlaps.
//!
//! INVARIANT: everything here is a function of the owner's text and the anchor key alone. No codeword, no recipient, no
//! neighbour further away than a site's own lines decides whether a site exists or what its id is; two overlapping
//! candidates are settled by family and size alone, so that an edit elsewhere changes nothing.
//!
//! Refuses whole texts that are generated, signed, minified, not UTF-8, or use carriage returns (see `source`), and never
//! proposes a site inside or over an error node, a macro body, a string or a test.

mod binary;
mod blank;
mod c;
mod candidate;
mod cases;
mod comment;
mod go;
mod inference;
mod java;
mod javascript;
mod order;
mod overlap;
mod python;
mod rust;
mod source;
mod statement;

use hmac::{Hmac, KeyInit, Mac};
use ringfence_syntax::{Language, Node, Tree};
use sha2::Sha256;

use crate::codeword::AnchorKey;
use crate::error::MarkError;
use crate::gate;
use crate::model::{ENGINE_VERSION, Family, Profile, SiteId, SiteTable, Variant};
use candidate::Candidate;
use source::Source;

const ID_DOMAIN: &[u8] = b"ringfence/mark/site/v1\0";
/// Nodes deeper than this are not looked at: rules climb to the function, so depth bounds their time. Real files stay below 100.
const MAX_DEPTH: usize = 400;
const ROLE_DOMAIN: &[u8] = b"ringfence/mark/role/v1\0";

/// What a language can say in two ways. One implementation per language; a new family is a new function that `visit` calls.
///
/// Each function states the language rule that makes its two spellings equal, proposes the site from either spelling, and
/// leaves out whatever it cannot prove from the text alone.
trait Rules: Sync {
    /// Tells whether nothing below the node may be touched: macro bodies, strings, tests, directives.
    fn skips(&self, source: &Source<'_>, node: Node<'_>) -> bool;

    /// Proposes the candidates that begin at this node. Called once for every node outside of errors and skipped parts.
    fn visit(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>);
}

fn rules(language: Language) -> &'static dyn Rules {
    match language {
        Language::Rust => &rust::Rust,
        Language::Python => &python::Python,
        Language::JavaScript | Language::TypeScript | Language::Tsx => &javascript::JavaScript,
        Language::Java => &java::Java,
        Language::Go => &go::Go,
        Language::C => &c::C,
    }
}

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
    if source::is_refused(canonical) {
        return Ok(empty);
    }
    let tree = ringfence_syntax::parse(language, canonical)?;
    let table = SiteTable {
        sites: ungated(&tree, profile, canonical, key),
        ..empty
    };
    gate::admit(&tree, canonical, table)
}

fn ungated(tree: &Tree, profile: Profile, canonical: &[u8], key: &AnchorKey) -> Vec<crate::model::Site> {
    let source = Source::new(canonical, tree);
    let rules = rules(tree.language());
    let mut found = Vec::new();
    let mut index = 0;
    let mut open: Vec<u32> = Vec::new();
    while let Some(node) = tree.node(index) {
        while open.pop_if(|end| *end <= index).is_some() {}
        if open.len() > MAX_DEPTH {
            index = node.subtree_end();
            continue;
        }
        open.push(node.subtree_end());
        if node.is_error() || node.is_missing() || rules.skips(&source, node) {
            index = node.subtree_end();
            continue;
        }
        rules.visit(&source, node, &mut found);
        index = index.saturating_add(1);
    }
    found.retain(|candidate| is_allowed(candidate, profile, &source) && has_roles(candidate, key));
    let mut chosen = overlap::resolve(found);
    chosen
        .iter_mut()
        .for_each(|(candidate, site)| site.id = site_id(candidate, key));
    chosen.into_iter().map(|(_, site)| site).collect()
}

/// Families whose variants never move a line break or a statement.
fn is_steady(family: Family) -> bool {
    match family {
        Family::FunctionOrder
        | Family::CaseOrder
        | Family::ListOrder
        | Family::InitialiserOrder
        | Family::IfSwap
        | Family::BlankLine => false,
        Family::Comparison
        | Family::Increment
        | Family::Parentheses
        | Family::Braces
        | Family::HexCase
        | Family::QualifierOrder
        | Family::SelfType
        | Family::Idiom
        | Family::CommentPeriod => true,
    }
}

fn is_allowed(candidate: &Candidate, profile: Profile, source: &Source<'_>) -> bool {
    let keeps_lines = is_steady(candidate.family) && !candidate.moves_lines(source);
    let allowed = match profile {
        Profile::Robust => true,
        Profile::Steady => keeps_lines,
    };
    allowed
        && (keeps_lines || !source.reads_line_numbers())
        && !source.is_line_sensitive(candidate.start, candidate.end)
}

/// An adjacent pair is a site only when its items' role bits are 0 and 1: pairs then never overlap and never cascade.
fn has_roles(candidate: &Candidate, key: &AnchorKey) -> bool {
    candidate.roles.as_ref().is_none_or(|(first, second)| {
        !role(candidate.family, first, key) && role(candidate.family, second, key)
    })
}

fn role(family: Family, item: &[u8], key: &AnchorKey) -> bool {
    digest(ROLE_DOMAIN, family, item, key)
        .first()
        .is_some_and(|byte| byte & 1 == 1)
}

fn site_id(candidate: &Candidate, key: &AnchorKey) -> SiteId {
    let digest = digest(ID_DOMAIN, candidate.family, &candidate.identity, key);
    SiteId(digest.first_chunk().copied().unwrap_or_default())
}

fn digest(domain: &[u8], family: Family, content: &[u8], key: &AnchorKey) -> [u8; 32] {
    // HMAC takes keys of every length, so this never falls back.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) else {
        return [0; 32];
    };
    mac.update(domain);
    mac.update(family_name(family).as_bytes());
    mac.update(&[0]);
    mac.update(content);
    mac.finalize().into_bytes().into()
}

/// The family's name as it enters ids: the stored name, never renamed.
fn family_name(family: Family) -> &'static str {
    match family {
        Family::FunctionOrder => "function-order",
        Family::CaseOrder => "case-order",
        Family::ListOrder => "list-order",
        Family::InitialiserOrder => "initialiser-order",
        Family::IfSwap => "if-swap",
        Family::Comparison => "comparison",
        Family::Increment => "increment",
        Family::Parentheses => "parentheses",
        Family::Braces => "braces",
        Family::HexCase => "hex-case",
        Family::QualifierOrder => "qualifier-order",
        Family::SelfType => "self-type",
        Family::Idiom => "idiom",
        Family::CommentPeriod => "comment-period",
        Family::BlankLine => "blank-line",
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
