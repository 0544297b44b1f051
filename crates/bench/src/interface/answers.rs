//! Remembers what checkers said about a copy, so that a second run asks only about packages whose interface, tools or questions changed.
//!
//! INVARIANT: an answer is found again only under the same bytes of both copies, the same versions of the tools, the same pins and
//! the same source of the language's part of this bench. Failures to run are never remembered.

use super::LanguageBench;
use super::work::{Call, Work, files};
use anyhow::{Context as _, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Version of the remembered form.
const FORM: &str = "ringfence interface answers 1";

/// The answers of earlier runs.
pub struct Answers {
    folder: PathBuf,
    reuse: bool,
    tools: RefCell<BTreeMap<&'static str, Option<String>>>,
    asked: Cell<usize>,
    remembered: Cell<usize>,
}

/// A copy of a package that questions are asked about.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Where it is.
    pub place: PathBuf,
    /// What is in it, and what was in the original.
    key: String,
}

impl Copy {
    /// Takes the digest of a copy as it is now, before any checker writes into it.
    pub fn of(place: &Path, original: Option<&Copy>) -> Result<Self> {
        let mut list = String::new();
        for path in files(place)? {
            let file = place.join(&path);
            // A link that leads nowhere has no bytes.
            let bytes = std::fs::read(&file).unwrap_or_default();
            list.push_str(&format!("{path} {}\n", ringfence_ledger::sha256(&bytes)));
        }
        let own = ringfence_ledger::sha256(list.as_bytes()).to_string();
        Ok(Self {
            place: place.to_path_buf(),
            key: format!("{own} of {}", original.map_or("itself", |original| &original.key)),
        })
    }
}

impl Answers {
    /// The answers below a folder; with `reuse` unset all are asked anew, and the new ones are kept.
    pub fn new(folder: PathBuf, reuse: bool) -> Result<Self> {
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self {
            folder,
            reuse,
            tools: RefCell::default(),
            asked: Cell::new(0),
            remembered: Cell::new(0),
        })
    }

    /// How many questions were asked now, and how many had been answered before.
    pub fn counts(&self) -> (usize, usize) {
        (self.asked.get(), self.remembered.get())
    }

    /// Gives the remembered answer, or asks.
    pub fn get<A: Serialize + DeserializeOwned>(
        &self,
        language: &dyn LanguageBench,
        question: &str,
        copy: &Copy,
        work: &Work,
        ask: impl FnOnce() -> Result<A>,
    ) -> Result<A> {
        let place = self.tools(language, work).map(|tools| {
            let whole = [
                FORM,
                language.language(),
                language.questions(),
                &tools,
                question,
                &copy.key,
            ];
            let key = ringfence_ledger::sha256(whole.join("\n--\n").as_bytes());
            self.folder.join(format!("{}-{key}.json", language.language()))
        });
        if let Some(place) = place.as_ref().filter(|_| self.reuse)
            && let Ok(bytes) = std::fs::read(place)
            && let Ok(answer) = serde_json::from_slice(&bytes)
        {
            self.remembered.set(self.remembered.get() + 1);
            return Ok(answer);
        }
        self.asked.set(self.asked.get() + 1);
        let answer = ask()?;
        if let Some(place) = place {
            let bytes = serde_json::to_vec(&answer).context("the answer is no JSON")?;
            std::fs::write(&place, bytes).with_context(|| format!("cannot write {}", place.display()))?;
        }
        Ok(answer)
    }

    /// What the tools of a language say about themselves, with the pins of those from the corpus; nothing when one is missing.
    fn tools(&self, language: &dyn LanguageBench, work: &Work) -> Option<String> {
        if let Some(known) = self.tools.borrow().get(language.language()) {
            return known.clone();
        }
        let mut said = Some(String::new());
        for (program, arguments) in language.tools() {
            let version = work
                .run(Call::new(program, Path::new(".")).arguments(*arguments))
                .ok()
                .filter(|version| version.success)
                .map(|version| format!("{program}: {}{}\n", version.out, version.err));
            said = said.zip(version).map(|(all, one)| all + &one);
        }
        for name in language.pins() {
            let pin = work.pin(name).map(|pin| format!("{name}: {pin}\n"));
            said = said.zip(pin).map(|(all, one)| all + &one);
        }
        self.tools.borrow_mut().insert(language.language(), said.clone());
        said
    }
}
