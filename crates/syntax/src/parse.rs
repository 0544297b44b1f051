//! Parsing with bounds. One parser per language and thread is kept and used again.
//!
//! Refuses texts above [`MAX_BYTES`] and texts on which the parser takes more steps than any real file does. Steps, not
//! seconds: a machine under load must give the same answer.

use std::cell::RefCell;
use std::ops::ControlFlow;

use thiserror::Error;
use tree_sitter::{ParseOptions, Parser};

use crate::tree::Tree;
use crate::{Language, tree};

/// Largest text that is parsed: 8 MiB.
pub const MAX_BYTES: usize = 8 << 20;

/// Progress calls (one per 100 parser steps) granted to any text.
const BASE_CALLS: usize = 20_000;

/// Further progress calls per byte; real files need about 0.02.
const CALLS_PER_BYTE: usize = 1;

/// Why a text could not be parsed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SyntaxError {
    /// The text is larger than the bound.
    #[error("text of {size} bytes is larger than the bound of {MAX_BYTES} bytes")]
    TooLarge {
        /// Bytes of the text.
        size: usize,
    },
    /// The parser needed more steps than the bound allows.
    #[error("parsing {size} bytes as {language} took more steps than allowed")]
    TooHard {
        /// Bytes of the text.
        size: usize,
        /// Name of the language.
        language: &'static str,
    },
    /// The grammar and the parser library do not fit together.
    #[error("grammar for {language} cannot be loaded: {reason}")]
    Grammar {
        /// Name of the language.
        language: &'static str,
        /// What the parser library said.
        reason: String,
    },
}

thread_local! {
    static PARSERS: RefCell<Vec<(Language, Parser)>> = const { RefCell::new(Vec::new()) };
}

/// Parses a text into a [`Tree`]. Syntax errors are nodes of the tree, not errors of this function.
///
/// # Errors
/// When the text is too large or too hard, or the grammar does not load.
pub fn parse(language: Language, text: &[u8]) -> Result<Tree, SyntaxError> {
    if text.len() > MAX_BYTES {
        return Err(SyntaxError::TooLarge { size: text.len() });
    }
    let raw = PARSERS.with_borrow_mut(|parsers| {
        let parser = parser_for(parsers, language)?;
        run(parser, text).ok_or(SyntaxError::TooHard {
            size: text.len(),
            language: language.name(),
        })
    })?;
    Ok(tree::flatten(language, &raw))
}

fn parser_for(parsers: &mut Vec<(Language, Parser)>, language: Language) -> Result<&mut Parser, SyntaxError> {
    let position = match parsers.iter().position(|(known, _)| *known == language) {
        Some(position) => position,
        None => {
            let mut parser = Parser::new();
            parser
                .set_language(&tree::grammar(language))
                .map_err(|error| SyntaxError::Grammar {
                    language: language.name(),
                    reason: error.to_string(),
                })?;
            parsers.push((language, parser));
            parsers.len().saturating_sub(1)
        }
    };
    parsers
        .get_mut(position)
        .map(|(_, parser)| parser)
        .ok_or(SyntaxError::Grammar {
            language: language.name(),
            reason: "parser is missing".to_owned(),
        })
}

fn run(parser: &mut Parser, text: &[u8]) -> Option<tree_sitter::Tree> {
    let allowed = BASE_CALLS.saturating_add(text.len().saturating_mul(CALLS_PER_BYTE));
    let mut calls = 0_usize;
    let mut progress = |_: &tree_sitter::ParseState| {
        calls = calls.saturating_add(1);
        if calls > allowed {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |offset: usize, _: tree_sitter::Point| text.get(offset..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    if tree.is_none() {
        parser.reset();
    }
    tree
}
