//! The language-neutral part: edits by byte range, droppable units, names in use, the fixpoint, the checks.
//!
//! A language answers with one [`Plan`] a group of files; the engine does the rest. Units start dropped; names that the rendered text uses bring
//! units back until nothing changes. All names come from positions of the owner's text, so no round parses anything.
//!
//! INVARIANT: the set of names in use and the set of kept units only grow, so rounds end.
//! INVARIANT: an outer range wins over everything inside it. Ranges that cross: a pure removal removes what is left of it, a replacement refuses the file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ringfence_syntax::{Language, Node, SyntaxError, Tree, parse};

use crate::{HiddenReason, KeptWhat, Options, Outcome, RefusedReason, Shown, SourceFile, family};

mod check;
mod errors;
mod fixpoint;
mod kinds;
mod names;
mod seams;
pub(crate) mod text;

pub(crate) use names::{Channels, InUse, Scope};

/// Most edits, units and ranges in one file.
pub(crate) const MAX_EDITS: usize = 400_000;

/// Most rounds of one group.
pub(crate) const MAX_ROUNDS: usize = 200;

/// Bytes of a text, first and one past the last.
pub(crate) type Span = Range<u32>;

/// One file of a group, parsed.
pub(crate) struct ParsedFile<'a> {
    pub(crate) path: &'a [u8],
    pub(crate) text: &'a [u8],
    pub(crate) tree: Tree,
    pub(crate) shown: Shown,
}

impl ParsedFile<'_> {
    /// Tells whether the file is delivered as an interface.
    pub(crate) fn is_interface(&self) -> bool {
        self.shown == Shown::Interface
    }
}

/// Files that influence each other.
pub(crate) struct Group<'g, 'a> {
    pub(crate) files: Vec<&'g ParsedFile<'a>>,
    pub(crate) options: &'g Options<'g>,
    /// Every path that the view delivers: of this call and of others.
    pub(crate) delivered: &'g BTreeSet<&'g [u8]>,
}

/// Why something stays, for the account.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) what: KeptWhat,
    pub(crate) name: String,
    pub(crate) why: &'static str,
}

impl Note {
    /// Makes a note; bytes of the name that are not UTF-8 are replaced.
    pub(crate) fn new(what: KeptWhat, name: &[u8], why: &'static str) -> Note {
        Note {
            what,
            name: String::from_utf8_lossy(name).into_owned(),
            why,
        }
    }
}

/// Names of which one must be in use.
#[derive(Clone, Debug)]
pub(crate) struct NameGroup {
    pub(crate) names: Vec<Vec<u8>>,
    pub(crate) channels: Channels,
    pub(crate) scope: Scope,
}

impl NameGroup {
    /// One name, in use as ordinary code.
    pub(crate) fn one(name: &[u8], scope: Scope) -> NameGroup {
        NameGroup {
            names: vec![name.to_vec()],
            channels: Channels::CODE,
            scope,
        }
    }
}

/// Something that is dropped unless its names are in use.
pub(crate) struct Unit {
    /// What goes, usually whole lines with documentation and attributes ([`text::lines`]).
    pub(crate) range: Span,
    /// Kept only when EVERY group has a name in use.
    pub(crate) needs: Vec<NameGroup>,
    /// Account of it when it is kept.
    pub(crate) note: Option<Note>,
}

/// What a dynamic edit decides.
pub(crate) enum Change {
    /// The owner's text stays.
    Leave,
    /// The text is replaced; empty: removed.
    Replace(Vec<u8>),
}

/// Decides a dynamic edit from the names now in use.
pub(crate) type Decide = Box<dyn Fn(&InUse<'_>) -> Change>;

/// How an edit's text is found.
pub(crate) enum Replacement {
    Fixed(Vec<u8>),
    Dynamic(Decide),
}

/// A replacement of a range; an empty range inserts.
pub(crate) struct Edit {
    pub(crate) range: Span,
    pub(crate) replacement: Replacement,
    /// Where identifiers of the replacement count as used.
    pub(crate) channels: Channels,
    /// Account of the owner's text when a dynamic edit leaves it.
    pub(crate) note: Option<Note>,
}

/// A name in use as long as its position is delivered.
pub(crate) struct Use {
    pub(crate) at: u32,
    pub(crate) name: UsedName,
    pub(crate) channels: Channels,
}

/// Where a used name is written.
pub(crate) enum UsedName {
    /// In the owner's text.
    At(Span),
    /// Made by the rules, for facts that no single token says ("a body is kept here").
    Made(Vec<u8>),
}

/// What the rules say about one file.
#[derive(Default)]
pub(crate) struct FilePlan {
    pub(crate) edits: Vec<Edit>,
    pub(crate) units: Vec<Unit>,
    pub(crate) uses: Vec<Use>,
    /// Stretches that stay by rule, with the account; not named when they are dropped with something around them.
    pub(crate) keeps: Vec<(Span, Note)>,
    /// Stretches inside of bodies that belong to the interface (docstrings): the check lets them show.
    pub(crate) open: Vec<Span>,
    /// Further stretches that hold bodies (in texts that the file's own tree does not show, such as macro calls): the check looks for them too.
    pub(crate) bodies: Vec<Span>,
    /// Which of the group's packages the file is part of, for [`Scope::Package`]; a language that groups by package leaves it alone.
    pub(crate) package: usize,
    /// Files (by place in the group) that [`Scope::Below`] reaches besides this one.
    pub(crate) below: Vec<usize>,
    /// Set when the file must not be delivered.
    pub(crate) hidden: Option<HiddenReason>,
    /// Set when the rules refuse the file, with the offset of the cause.
    pub(crate) refused: Option<(u32, RefusedReason)>,
}

impl FilePlan {
    /// Replaces a range by a text that is always the same.
    pub(crate) fn replace(&mut self, range: Span, with: impl Into<Vec<u8>>) {
        self.edits.push(Edit {
            range,
            replacement: Replacement::Fixed(with.into()),
            channels: Channels::CODE,
            note: None,
        });
    }

    /// Removes a range.
    pub(crate) fn remove(&mut self, range: Span) {
        self.replace(range, Vec::new());
    }

    /// Inserts a text before the byte at `at`, unless a dropped range covers it. Its identifiers count as used in `channels`.
    pub(crate) fn insert(&mut self, at: u32, text: impl Into<Vec<u8>>, channels: Channels) {
        self.edits.push(Edit {
            range: at..at,
            replacement: Replacement::Fixed(text.into()),
            channels,
            note: None,
        });
    }

    /// Replaces a range by what `decide` says each round. `note` is the account when it leaves the owner's text.
    pub(crate) fn dynamic(
        &mut self,
        range: Span,
        channels: Channels,
        note: Option<Note>,
        decide: impl Fn(&InUse<'_>) -> Change + 'static,
    ) {
        self.edits.push(Edit {
            range,
            replacement: Replacement::Dynamic(Box::new(decide)),
            channels,
            note,
        });
    }

    /// Drops a range unless every group has a name in use.
    pub(crate) fn unit(&mut self, range: Span, needs: Vec<NameGroup>, note: Option<Note>) {
        self.units.push(Unit { range, needs, note });
    }

    /// Says that a stretch stays by rule.
    pub(crate) fn keep(&mut self, range: Span, note: Note) {
        self.keeps.push((range, note));
    }

    /// Counts a node's text as a name in use.
    pub(crate) fn use_node(&mut self, node: &Node<'_>, channels: Channels) {
        self.use_span(node.start()..node.end(), channels);
    }

    /// Counts a stretch of the owner's text as a name in use.
    pub(crate) fn use_span(&mut self, span: Span, channels: Channels) {
        self.uses.push(Use {
            at: span.start,
            name: UsedName::At(span),
            channels,
        });
    }

    /// Counts a name as in use as long as the byte at `at` is delivered.
    pub(crate) fn use_name(&mut self, at: u32, name: impl Into<Vec<u8>>, channels: Channels) {
        self.uses.push(Use {
            at,
            name: UsedName::Made(name.into()),
            channels,
        });
    }

    /// Counts every identifier of a stretch (by letters, digits, underscores) as a name in use.
    pub(crate) fn use_words(&mut self, text: &[u8], span: Span, channels: Channels) {
        for word in text::words(text, span) {
            self.use_span(word, channels);
        }
    }
}

/// Adds names in use that follow from others, for one file (by place in the group), each round: import-time closures and the like.
pub(crate) type Derive = Box<dyn Fn(usize, &InUse<'_>) -> Vec<(Vec<u8>, Channels)>>;

/// What the rules say about a group: one [`FilePlan`] a file, in order.
pub(crate) struct Plan {
    pub(crate) files: Vec<FilePlan>,
    pub(crate) derive: Option<Derive>,
}

/// Rules of one language.
pub(crate) trait LanguageRules {
    /// Tells apart files that cannot influence each other: places in `files`, each once. Everything together unless a language says otherwise.
    fn groups(&self, files: &[ParsedFile<'_>]) -> Vec<Vec<usize>> {
        vec![(0..files.len()).collect()]
    }

    /// Parses a text. A language whose grammar lacks something may parse a masked text of the same length instead, so that positions are the owner's.
    fn parse(&self, language: Language, source: &[u8]) -> Result<Tree, SyntaxError> {
        parse(language, source)
    }

    /// Plans a group. Items that hold syntax errors are dropped by the engine whatever the plan says about what is inside.
    fn plan(&self, group: &Group<'_, '_>) -> Plan;

    /// Tells whether the node's children are items (the file, a class body, a module body).
    fn is_container(&self, node: &Node<'_>) -> bool;

    /// Tells whether the node, as a child of a container, is an item that may be dropped as a whole when it holds a syntax error.
    fn is_item(&self, node: &Node<'_>) -> bool;

    /// Tells whether a child of a container may stand in a file that has syntax errors; what may not refuses the file, as it may be the inside of a torn body.
    fn may_stand(&self, node: &Node<'_>) -> bool {
        self.is_item(node) || self.is_container(node) || node.is_comment() || !node.is_named()
    }

    /// The question whether a node before an item belongs to it (attributes, decorators).
    fn attributes(&self) -> fn(&Node<'_>) -> bool {
        |node| matches!(node.kind(), "attribute_item" | "decorator")
    }

    /// Tells whether the node is the body of a function. The check after rendering looks at these, whatever the plan did.
    fn is_body(&self, node: &Node<'_>) -> bool {
        kinds::is_body(node)
    }

    /// The byte of a body that is delivered exactly when the body is kept.
    fn body_mark(&self, body: &Node<'_>) -> u32 {
        body.start()
    }

    /// Tells whether the node is a string, character or number.
    fn is_literal(&self, node: &Node<'_>) -> bool {
        kinds::is_literal(node)
    }

    /// Tells whether the node is a statement.
    fn is_statement(&self, node: &Node<'_>) -> bool {
        kinds::is_statement(node)
    }

    /// Literals and statements of the rules' own stubs, which may show although a dropped body has them too.
    fn stub_texts(&self) -> &'static [&'static [u8]];

    /// Tells whether braces from which everything was dropped close on one line (`{}`), as the language's formatter has it.
    fn joins_empty_braces(&self) -> bool {
        true
    }

    /// Last word on a rendered text, after the seams are closed and before it is checked. No owner's text may be added here.
    fn finish(&self, text: Vec<u8>) -> Vec<u8> {
        text
    }
}

/// Renders everything. Every file has an outcome, whatever it holds.
pub(crate) fn run(
    rules: &dyn LanguageRules,
    language: Language,
    files: &[SourceFile<'_>],
    options: &Options<'_>,
) -> Vec<Outcome> {
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut parsed = Vec::new();
    let mut places = Vec::new();
    let mut loose = Vec::new();
    for (place, file) in files.iter().enumerate() {
        if file.visibility == Shown::Whole {
            outcomes.insert(place, Outcome::Whole);
        }
        match rules.parse(language_of(language, file.path), file.text) {
            Ok(tree) => {
                parsed.push(ParsedFile {
                    path: file.path,
                    text: file.text,
                    tree,
                    shown: file.visibility,
                });
                places.push(place);
            }
            // A whole file that cannot be parsed still uses names: all its words count.
            Err(_) if file.visibility == Shown::Whole => loose.push(file.text),
            Err(error) => {
                let reason = RefusedReason::Syntax(error);
                outcomes.insert(place, Outcome::Refused { line: 1, reason });
            }
        }
    }
    let delivered: BTreeSet<&[u8]> = files
        .iter()
        .map(|file| file.path)
        .chain(options.others.iter().map(Vec::as_slice))
        .collect();
    for members in rules.groups(&parsed) {
        let group = Group {
            files: members.iter().filter_map(|at| parsed.get(*at)).collect(),
            options,
            delivered: &delivered,
        };
        let results = fixpoint::render_group(rules, &group, &loose);
        for (at, outcome) in members.iter().zip(results) {
            if let Some(place) = places.get(*at) {
                outcomes.entry(*place).or_insert(outcome);
            }
        }
    }
    (0..files.len())
        .map(|place| {
            // INVARIANT: a file that no group took is refused, never passed.
            outcomes.remove(&place).unwrap_or(Outcome::Refused {
                line: 1,
                reason: RefusedReason::NoRule {
                    what: "a file in no group",
                },
            })
        })
        .collect()
}

/// Files of one family may differ in dialect (TypeScript, TSX, JavaScript).
fn language_of(language: Language, path: &[u8]) -> Language {
    match Language::from_path(path) {
        Some(own) if family(own) == family(language) => own,
        _ => language,
    }
}
