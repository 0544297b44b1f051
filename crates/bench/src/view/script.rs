//! The made-up repository of the history rows: the same commits on every machine, in the shape of a product that is some years old.
//!
//! Several thousand files in nested folders, commits of one to five files, one commit in eight in the subtree that is delivered, short
//! topic branches merged back. INVARIANT: everything follows from [`SEED`]; no clock, no randomness.

use anyhow::{Context as _, Result};
use std::collections::HashSet;
use std::io::Write;

/// The delivered subtree.
pub const SUBTREE: &str = "services/payments/ledger";
/// Files in it.
pub const IN_SUBTREE: usize = 24;
/// Files beside it.
const BESIDE: usize = 4_000;
/// One commit in so many touches the subtree.
const SHARE: u64 = 8;
const SEED: u64 = 0x52_49_4e_47_46_45_4e_43;

const AREAS: [&str; 10] = [
    "services",
    "clients",
    "libraries",
    "tools",
    "platform",
    "billing",
    "search",
    "storage",
    "web",
    "mobile",
];
const PARTS: [&str; 9] = [
    "core", "api", "model", "handlers", "queue", "cache", "import", "report", "auth",
];
const WORDS: [&str; 24] = [
    "account", "amount", "balance", "batch", "buffer", "cursor", "customer", "entry", "event", "filter",
    "ledger", "limit", "message", "offset", "order", "parser", "payment", "policy", "record", "request",
    "schema", "session", "target", "window",
];

/// A generator of numbers that anyone can write again (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length).unwrap_or(1))).unwrap_or(0)
    }
}

struct File {
    path: String,
    /// What each line is made from.
    lines: Vec<u64>,
    /// Changed on a topic branch that is not merged yet.
    taken: bool,
}

/// A topic branch that is not merged yet.
struct Topic {
    tip: u64,
    changed: Vec<(usize, u64)>,
    ends: u64,
}

/// Writes commits as a stream for `git fast-import`.
pub struct Script {
    numbers: Numbers,
    files: Vec<File>,
    subtree: Vec<usize>,
    topic: Option<Topic>,
    mark: u64,
    tip: Option<u64>,
    commits: u64,
    /// Commits that touch the subtree.
    pub touching: u64,
    /// Merge commits.
    pub merges: u64,
}

impl Script {
    /// The script at its beginning.
    pub fn new() -> Self {
        let mut numbers = Numbers(SEED);
        let mut files = Vec::new();
        let mut names = HashSet::new();
        for number in 0..IN_SUBTREE + BESIDE {
            let path = if number < IN_SUBTREE {
                let folder = ["", "postings/", "postings/rules/"]
                    .get(number % 3)
                    .copied()
                    .unwrap_or_default();
                format!("{SUBTREE}/{folder}{}_{number}.rs", pick(&mut numbers, &WORDS))
            } else {
                let mut path = pick(&mut numbers, &AREAS).to_owned();
                for _ in 0..=numbers.below(4) {
                    path.push('/');
                    path.push_str(pick(&mut numbers, &PARTS));
                }
                format!("{path}/{}_{number}.rs", pick(&mut numbers, &WORDS))
            };
            names.insert(path.clone());
            let length = 20 + numbers.below(160);
            let lines = (0..length).map(|_| numbers.next()).collect();
            files.push(File {
                path,
                lines,
                taken: false,
            });
        }
        Self {
            numbers,
            files,
            subtree: (0..IN_SUBTREE).collect(),
            topic: None,
            mark: 0,
            tip: None,
            commits: 0,
            touching: 0,
            merges: 0,
        }
    }

    /// Files in all.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// Commits written so far.
    pub fn commits(&self) -> u64 {
        self.commits
    }

    /// Writes so many further commits, merges included; ends with no open topic.
    pub fn write(&mut self, commits: u64, out: &mut impl Write) -> Result<()> {
        self.emit(commits, out).context("writing the stream of commits")
    }

    fn emit(&mut self, commits: u64, out: &mut impl Write) -> std::io::Result<()> {
        let end = self.commits.saturating_add(commits);
        if self.tip.is_none() {
            let all: Vec<usize> = (0..self.files.len()).collect();
            let blobs = self.blobs(&all, out)?;
            self.tip = Some(self.commit("main", None, &blobs, "Begin", out)?);
            self.touching = self.touching.saturating_add(1);
        }
        while self.commits < end {
            let last = self.commits.saturating_add(1) >= end;
            if self
                .topic
                .as_ref()
                .is_some_and(|topic| last || self.commits >= topic.ends)
            {
                self.merge(out)?;
                continue;
            }
            let begin =
                self.topic.is_none() && !last && end - self.commits > 8 && self.numbers.below(12) == 0;
            if begin {
                let tip = self.tip.unwrap_or(0);
                self.topic = Some(Topic {
                    tip,
                    changed: Vec::new(),
                    ends: self.commits.saturating_add(3 + self.numbers.below(5)),
                });
            }
            let on_topic = begin || (self.topic.is_some() && self.numbers.below(2) == 0);
            self.change(on_topic, out)?;
        }
        Ok(())
    }

    fn change(&mut self, on_topic: bool, out: &mut impl Write) -> std::io::Result<()> {
        let in_subtree = self.numbers.below(SHARE) == 0;
        let mut chosen: Vec<usize> = Vec::new();
        let count = 1 + self.numbers.index(5);
        for number in 0..count {
            let from_subtree = in_subtree && number < 2;
            let at = if from_subtree {
                let at = self.numbers.index(self.subtree.len());
                self.subtree.get(at).copied().unwrap_or(0)
            } else {
                IN_SUBTREE + self.numbers.index(BESIDE)
            };
            let free = self.files.get(at).is_some_and(|file| !file.taken);
            if free && !chosen.contains(&at) {
                chosen.push(at);
            }
        }
        // Everything drawn lies on the open topic: a commit of a file that cannot.
        if chosen.is_empty() {
            let free =
                (IN_SUBTREE..self.files.len()).find(|at| self.files.get(*at).is_some_and(|file| !file.taken));
            chosen.extend(free);
        }
        for at in &chosen {
            let edits = 1 + self.numbers.below(4);
            let Some(file) = self.files.get_mut(*at) else {
                continue;
            };
            for _ in 0..edits {
                let line = self.numbers.index(file.lines.len());
                let new = self.numbers.next();
                if new.is_multiple_of(5) {
                    file.lines.insert(line, new);
                } else if let Some(old) = file.lines.get_mut(line) {
                    *old = new;
                }
            }
            file.taken = on_topic;
        }
        if chosen.iter().any(|at| *at < IN_SUBTREE) {
            self.touching = self.touching.saturating_add(1);
        }
        let blobs = self.blobs(&chosen, out)?;
        let message = WORDS
            .get(self.numbers.index(WORDS.len()))
            .copied()
            .unwrap_or_default();
        let message = format!("Change how the {message} is made");
        if on_topic && let Some(mut topic) = self.topic.take() {
            topic.tip = self.commit("topic", Some((topic.tip, None)), &blobs, &message, out)?;
            topic.changed.extend(blobs);
            self.topic = Some(topic);
        } else {
            let parents = self.tip.map(|tip| (tip, None));
            self.tip = Some(self.commit("main", parents, &blobs, &message, out)?);
        }
        Ok(())
    }

    fn merge(&mut self, out: &mut impl Write) -> std::io::Result<()> {
        let (Some(topic), Some(tip)) = (self.topic.take(), self.tip) else {
            return Ok(());
        };
        for (at, _) in &topic.changed {
            if let Some(file) = self.files.get_mut(*at) {
                file.taken = false;
            }
        }
        self.merges = self.merges.saturating_add(1);
        self.tip = Some(self.commit(
            "main",
            Some((tip, Some(topic.tip))),
            &topic.changed,
            "Merge a topic",
            out,
        )?);
        Ok(())
    }

    /// Writes the present text of files; gives their marks.
    fn blobs(&mut self, files: &[usize], out: &mut impl Write) -> std::io::Result<Vec<(usize, u64)>> {
        let mut marks = Vec::with_capacity(files.len());
        for at in files {
            let Some(file) = self.files.get(*at) else { continue };
            let text = text_of(file);
            self.mark = self.mark.saturating_add(1);
            write!(out, "blob\nmark :{}\ndata {}\n", self.mark, text.len())?;
            out.write_all(text.as_bytes())?;
            out.write_all(b"\n")?;
            marks.push((*at, self.mark));
        }
        Ok(marks)
    }

    fn commit(
        &mut self,
        branch: &str,
        parents: Option<(u64, Option<u64>)>,
        blobs: &[(usize, u64)],
        message: &str,
        out: &mut impl Write,
    ) -> std::io::Result<u64> {
        self.commits = self.commits.saturating_add(1);
        self.mark = self.mark.saturating_add(1);
        let seconds = 1_500_000_000_u64.saturating_add(self.commits.saturating_mul(3_000));
        let who = WORDS
            .get(usize::try_from(self.commits % 17).unwrap_or(0))
            .copied()
            .unwrap_or_default();
        write!(
            out,
            "commit refs/heads/{branch}\nmark :{}\ncommitter {who} <{who}@acme.example> {seconds} +0100\ndata {}\n{message}\n",
            self.mark,
            message.len()
        )?;
        if let Some((first, second)) = parents {
            writeln!(out, "from :{first}")?;
            if let Some(second) = second {
                writeln!(out, "merge :{second}")?;
            }
        }
        for (at, blob) in blobs {
            if let Some(file) = self.files.get(*at) {
                writeln!(out, "M 100644 :{blob} {}", file.path)?;
            }
        }
        out.write_all(b"\n")?;
        Ok(self.mark)
    }
}

fn pick<'a>(numbers: &mut Numbers, words: &[&'a str]) -> &'a str {
    words.get(numbers.index(words.len())).copied().unwrap_or_default()
}

fn text_of(file: &File) -> String {
    let mut text = format!("//! What {} does.\n\n", file.path);
    for seed in &file.lines {
        let mut numbers = Numbers(*seed);
        let (a, b, c) = (
            pick(&mut numbers, &WORDS),
            pick(&mut numbers, &WORDS),
            pick(&mut numbers, &WORDS),
        );
        let number = numbers.below(1_000);
        let line = match numbers.below(6) {
            0 => format!("fn {a}_of_{b}({c}: u64) -> u64 {{ {c} + {number} }}\n"),
            1 => format!("// The {a} of a {b} is never past its {c}.\n"),
            2 => format!("const {}_{number}: u64 = {};\n", a.to_uppercase(), seed % 100_000),
            3 => format!(
                "fn check_{a}({b}: &str) -> bool {{ {b}.len() < {number} && !{b}.contains(\"{c}\") }}\n"
            ),
            4 => format!(
                "static {}: &str = \"{b} without {c} {number}\";\n",
                a.to_uppercase()
            ),
            _ => "\n".to_owned(),
        };
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_commits_come_out_each_time() {
        let stream = |commits: &[u64]| {
            let mut script = Script::new();
            let mut out = Vec::new();
            for count in commits {
                script.write(*count, &mut out).unwrap();
            }
            assert_eq!(script.commits(), commits.iter().sum::<u64>());
            (out, script)
        };
        let (first, script) = stream(&[300]);
        assert_eq!(first, stream(&[300]).0);
        assert!(script.merges > 5, "{}", script.merges);
        assert!(
            script.touching > 15 && script.touching < 80,
            "{}",
            script.touching
        );
        assert!(script.topic.is_none(), "a run ends merged");
        stream(&[100, 50]);
    }
}
