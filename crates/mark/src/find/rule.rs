//! What a family is to the finder, and the table that leads from a kind of node to the families that begin at it.
//!
//! A language is one static list of families and two lists of what nothing may be marked in. Everything a family needs to know about a
//! language is passed to it when it stands in that list, so that families shared by several languages are written once.

use std::sync::OnceLock;

use ringfence_syntax::{Language, Node};

use super::candidate::Candidate;
use super::source::Source;
use super::{c, cpp, csharp, go, java, javascript, python, rust};
use crate::model::Family;

/// One family in one language: where it begins, and what it proposes there.
///
/// Each implementation states the language rule that makes its two spellings equal, proposes the site from either spelling, and
/// leaves out whatever it cannot prove from the text alone.
pub(super) trait FamilyRule: Sync {
    /// The family of everything it proposes.
    fn family(&self) -> Family;

    /// The kinds of nodes it looks at, as the grammar names them.
    fn kinds(&self) -> &'static [&'static str];

    /// Proposes the candidates that begin at a node of these kinds, which lies outside of errors and closed parts.
    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>);
}

/// Tells whether nothing may be marked in a node.
pub(super) type IsClosed = fn(&Source<'_>, Node<'_>) -> bool;

/// All that the finder knows about a language.
pub(super) struct LanguageRules {
    /// Kinds of nodes in which nothing is ever marked: strings, macro bodies, directives.
    pub(super) closed: &'static [&'static str],
    /// Kinds of nodes of which some are closed, and how to tell.
    pub(super) closed_when: &'static [(&'static [&'static str], IsClosed)],
    /// The families, in the order in which they look at a node.
    pub(super) families: &'static [&'static dyn FamilyRule],
}

fn rules(language: Language) -> &'static LanguageRules {
    match language {
        Language::Rust => &rust::RULES,
        Language::Python => &python::RULES,
        Language::JavaScript => &javascript::RULES,
        Language::TypeScript | Language::Tsx => &javascript::typescript::RULES,
        Language::Java => &java::RULES,
        Language::Go => &go::RULES,
        Language::C => &c::RULES,
        Language::Cpp => &cpp::RULES,
        Language::CSharp => &csharp::RULES,
    }
}

/// What happens at one kind of node.
#[derive(Clone, Default)]
pub(super) struct AtKind {
    is_closed: bool,
    closed_when: Option<IsClosed>,
    families: Vec<&'static dyn FamilyRule>,
}

impl AtKind {
    /// Tells whether the node and all below it are left alone.
    pub(super) fn is_closed(&self, source: &Source<'_>, node: Node<'_>) -> bool {
        self.is_closed || self.closed_when.is_some_and(|is_closed| is_closed(source, node))
    }

    /// Asks every family that begins at this kind.
    pub(super) fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        for family in &self.families {
            let before = found.len();
            family.propose(source, node, found);
            debug_assert!(
                found
                    .iter()
                    .skip(before)
                    .all(|candidate| candidate.family == family.family()),
                "a rule proposes another family than it names"
            );
        }
    }
}

/// What happens at each kind of node of a language, by the number the grammar gives it.
pub(super) fn by_kind(language: Language) -> &'static [AtKind] {
    static TABLES: [OnceLock<Vec<AtKind>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    let cell = Language::ALL
        .iter()
        .position(|known| *known == language)
        .and_then(|at| TABLES.get(at));
    cell.map(|cell| cell.get_or_init(|| table(language)).as_slice())
        .unwrap_or_default()
}

fn table(language: Language) -> Vec<AtKind> {
    let rules = rules(language);
    ringfence_syntax::kind_names(language)
        .map(|kind| AtKind {
            is_closed: rules.closed.contains(&kind),
            closed_when: rules
                .closed_when
                .iter()
                .find(|(kinds, _)| kinds.contains(&kind))
                .map(|(_, is_closed)| *is_closed),
            families: rules
                .families
                .iter()
                .copied()
                .filter(|family| family.kinds().contains(&kind))
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_a_rule_names_is_in_the_grammar() {
        for language in Language::ALL {
            let known: Vec<&str> = ringfence_syntax::kind_names(language).collect();
            let rules = rules(language);
            let closed = rules.closed.iter();
            let sometimes = rules.closed_when.iter().flat_map(|(kinds, _)| *kinds);
            let families = rules.families.iter().flat_map(|family| family.kinds());
            for kind in closed.chain(sometimes).chain(families) {
                assert!(known.contains(kind), "{} has no `{kind}`", language.name());
            }
        }
    }
}
