//! What a leaker does to hide where the text came from, by name.

use super::collude::Strategy;
use super::tools::{Tool, Workshop, foreign_formatter, formatter, minifier, reprint};
use super::{rename, strip};
use anyhow::{Context as _, Result};
use ringfence_mark::codeword::{AnchorKey, CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::model::Profile;
use ringfence_mark::{render, site_table};
use ringfence_syntax::Language;

/// Keys of the leaker's own installation of this tool.
const FOREIGN_ANCHOR: AnchorKey = AnchorKey([77; 32]);
const FOREIGN_CODE: CodeKey = CodeKey([78; 32]);
const FOREIGN_RECIPIENT: RecipientKey = RecipientKey([79; 32]);

/// What is done to a copy, or to several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Nothing.
    None,
    /// The usual formatter of the language, with its own settings.
    Formatter,
    /// Another formatter, or other settings.
    ForeignFormatter,
    /// Comments and blank lines stripped.
    Strip,
    /// All names renamed.
    Rename,
    /// Both.
    StripRename,
    /// Stripped, renamed, formatted by a foreign formatter.
    All,
    /// The syntax tree printed anew.
    Reprint,
    /// A minifier.
    Minify,
    /// Marked again, at random, by this tool with other keys.
    Remark,
    /// So many recipients mix their copies.
    Collude(u8, Strategy),
}

/// Attacked texts.
pub struct Attacked {
    /// In the order of the files.
    pub texts: Vec<Vec<u8>>,
    /// Files that a tool refused: they stay as they were.
    pub refused: usize,
}

impl Attack {
    /// All of them, in the order of the tables.
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::None,
            Self::Formatter,
            Self::ForeignFormatter,
            Self::Strip,
            Self::Rename,
            Self::StripRename,
            Self::All,
            Self::Reprint,
            Self::Minify,
            Self::Remark,
        ];
        for colluders in 2..=5 {
            for strategy in Strategy::ALL {
                // Of two, no one is in the majority.
                if colluders > 2 || !matches!(strategy, Strategy::Majority | Strategy::Minority) {
                    all.push(Self::Collude(colluders, strategy));
                }
            }
        }
        all
    }

    /// Its name in the tables.
    pub fn name(self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Formatter => "formatter".to_owned(),
            Self::ForeignFormatter => "foreign formatter".to_owned(),
            Self::Strip => "stripped".to_owned(),
            Self::Rename => "renamed".to_owned(),
            Self::StripRename => "stripped + renamed".to_owned(),
            Self::All => "all together".to_owned(),
            Self::Reprint => "AST reprint".to_owned(),
            Self::Minify => "minifier".to_owned(),
            Self::Remark => "re-marked at random".to_owned(),
            Self::Collude(colluders, strategy) => format!("{colluders} colluders, {}", strategy.name()),
        }
    }

    /// How many copies the leak is made of.
    pub fn colluders(self) -> u8 {
        match self {
            Self::Collude(colluders, _) => colluders,
            _ => 1,
        }
    }

    /// The program that is run.
    fn tool(self, language: Language) -> Option<Tool> {
        match self {
            Self::Formatter => Some(formatter(language)),
            Self::ForeignFormatter | Self::All => Some(foreign_formatter(language)),
            Self::Reprint => reprint(language),
            Self::Minify => minifier(language),
            _ => None,
        }
    }

    /// Whether the attack exists for a language.
    pub fn exists(self, language: Language) -> bool {
        !matches!(self, Self::Reprint | Self::Minify) || self.tool(language).is_some()
    }

    /// The programs of the attack with their versions.
    pub fn version(self, language: Language, workshop: &Workshop) -> Result<String> {
        self.tool(language)
            .map_or_else(|| Ok(String::new()), |tool| workshop.version(&tool))
    }

    /// The program's name for the tables.
    pub fn tool_name(self, language: Language) -> &'static str {
        self.tool(language).map_or("", |tool| tool.name)
    }

    /// Attacks one copy, given by language and text.
    pub fn apply(self, workshop: &Workshop, texts: Vec<(Language, Vec<u8>)>) -> Result<Attacked> {
        let language = texts.first().map(|(language, _)| *language);
        let kinds: Vec<Language> = texts.iter().map(|(language, _)| *language).collect();
        let mut texts: Vec<Vec<u8>> = texts.into_iter().map(|(_, text)| text).collect();
        let mut refused = 0_usize;
        if matches!(self, Self::Strip | Self::StripRename | Self::All) {
            for (text, kind) in texts.iter_mut().zip(&kinds) {
                *text = strip::strip(*kind, text)?;
            }
        }
        if matches!(self, Self::Rename | Self::StripRename | Self::All) {
            let pairs: Vec<(Language, Vec<u8>)> = kinds.iter().copied().zip(texts).collect();
            let (renamed, kept) = rename::rename(&pairs)?;
            texts = renamed;
            refused = refused.saturating_add(kept);
        }
        if self == Self::Remark {
            for (text, kind) in texts.iter_mut().zip(&kinds) {
                let table = site_table(*kind, Profile::Robust, text, &FOREIGN_ANCHOR)
                    .context("a marked copy cannot be marked")?;
                *text = render(&table, text, &|site| {
                    codeword_bit(&FOREIGN_RECIPIENT, &FOREIGN_CODE, site.id)
                })?;
            }
        }
        if let Some(tool) = language.and_then(|language| self.tool(language)) {
            let named: Vec<(String, Vec<u8>)> = texts
                .into_iter()
                .zip(&kinds)
                .enumerate()
                .map(|(number, (text, kind))| (format!("f{number}.{}", extension(*kind)), text))
                .collect();
            let (done, kept) = workshop.apply(&tool, &named)?;
            texts = done;
            refused = refused.saturating_add(kept);
        }
        Ok(Attacked { texts, refused })
    }
}

/// The extension by which tools know a language.
fn extension(language: Language) -> &'static str {
    match language {
        Language::Rust => "rs",
        Language::Python => "py",
        Language::JavaScript => "js",
        Language::TypeScript => "ts",
        other if other.name() == "csharp" => "cs",
        other => other.name(),
    }
}
