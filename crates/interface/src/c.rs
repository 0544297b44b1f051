//! C: declarations stay, bodies become endless loops, tables become empty ones; what a `.c` file keeps to itself goes unless something names it.
//!
//! The grammar reads a masked text ([`mask`]); where bodies are is found by their braces ([`scan`]), which macros cannot hide.
//!
//! INVARIANT: a file whose braces or conditionals do not close is refused.
//! Refuses: files in which an error of the grammar remains that cannot be cut out with the declaration around it.

use ringfence_syntax::{Language, Node, SyntaxError, Tree, parse};

use crate::engine::{Group, LanguageRules, ParsedFile, Plan};

mod keywords;
mod mask;
mod plan;
mod scan;

/// The rules, with the keywords that the files of one call define.
pub(crate) struct CRules {
    keywords: keywords::Keywords,
}

/// The rules without any keywords: for the question whether there are rules.
pub(crate) fn rules() -> Option<&'static dyn LanguageRules> {
    static NO_KEYWORDS: std::sync::OnceLock<CRules> = std::sync::OnceLock::new();
    Some(NO_KEYWORDS.get_or_init(|| CRules {
        keywords: keywords::Keywords::default(),
    }))
}

/// The rules for the files of one call.
pub(crate) fn rules_for<'t>(texts: impl Iterator<Item = &'t [u8]>) -> CRules {
    CRules {
        keywords: keywords::Keywords::of(texts),
    }
}

impl LanguageRules for CRules {
    fn parse(&self, language: Language, source: &[u8]) -> Result<Tree, SyntaxError> {
        if source.len() > ringfence_syntax::MAX_BYTES {
            return Err(SyntaxError::TooLarge { size: source.len() });
        }
        let scan = scan::scan(source);
        parse(language, &mask::mask(source, &scan, &self.keywords))
    }

    fn plan(&self, group: &Group<'_, '_>) -> Plan {
        Plan {
            files: group
                .files
                .iter()
                .map(|file: &&ParsedFile<'_>| plan::file(file, group, &self.keywords))
                .collect(),
            derive: None,
        }
    }

    fn is_container(&self, node: &Node<'_>) -> bool {
        plan::is_container(node)
    }

    fn is_item(&self, node: &Node<'_>) -> bool {
        matches!(
            node.kind(),
            "function_definition"
                | "declaration"
                | "type_definition"
                | "struct_specifier"
                | "union_specifier"
                | "enum_specifier"
                | "preproc_include"
                | "preproc_def"
                | "preproc_function_def"
                | "preproc_call"
                | "expression_statement"
                | "linkage_specification"
        )
    }

    fn may_stand(&self, node: &Node<'_>) -> bool {
        self.is_item(node)
            || self.is_container(node)
            || node.is_comment()
            || !node.is_named()
            // Conditions and names of `#if`s.
            || matches!(node.field(), Some("condition" | "name"))
    }

    fn is_statement(&self, _node: &Node<'_>) -> bool {
        // Of bodies, the masked text has literals only.
        false
    }

    fn stub_texts(&self) -> &'static [&'static [u8]] {
        &[plan::STUB, b"{0}", b"\"\""]
    }
}
