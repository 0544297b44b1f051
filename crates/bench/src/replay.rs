//! `replay`: real edits made on marked copies, pushed, translated, compared byte for byte with the owner's real next text, and
//! projected back.
//!
//! Subjects: the commits of a local repository, or (without one) the pinned chains of releases of `cargo xtask corpus`, every
//! difference between two releases cut into edits of the size of a commit. Refuses nothing silently: edits that cannot be replayed
//! are counted as left out.

mod edit;
mod formatter;
mod history;
mod judge;
mod lines;
mod table;
mod vendor;
mod versions;

use anyhow::{Context as _, Result, bail, ensure};
use edit::{Commit, Edit};
use formatter::Formatter;
use judge::{Copy, Judged, Kind, Left};
use ringfence_mark::model::Profile;
use ringfence_syntax::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};
use table::{Noise, Tally};

/// What is asked for.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Local repository whose commits are replayed; without it the pinned chains of releases.
    #[arg(value_name = "REPO")]
    pub repository: Vec<PathBuf>,
    /// Only this language.
    #[arg(long)]
    pub language: Option<String>,
    /// Commits of each language and repository, taken evenly over the history.
    #[arg(long, default_value_t = 500)]
    pub commits: usize,
    /// Mark profile: steady, robust or auto (steady where the recipient may write; robust is printed as information).
    #[arg(long, default_value = "auto")]
    pub profile: String,
    /// Minutes for all rows together, 10 unless said; a row stops when its share is over and says how many commits it took.
    #[arg(skip)]
    pub minutes: Option<u64>,
    /// Only the rows in which the vendor runs a formatter.
    #[arg(long, conflicts_with = "no_formatter")]
    pub only_formatter: bool,
    /// Leaves out the rows in which the vendor runs a formatter.
    #[arg(long)]
    pub no_formatter: bool,
    /// Leaves out the owner's side: lines that differ between two projected copies for nothing.
    #[arg(long)]
    pub no_owner_side: bool,
    /// Writes the texts of every edit that is not exact into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub examples: Option<PathBuf>,
}

/// Who runs a formatter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Formats {
    Nobody,
    /// The vendor, over the files that he touched.
    Vendor,
    /// The vendor, and the owner's view names the same one.
    Both,
}

/// One way to replay: a profile, and who runs a formatter.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    profile: Profile,
    formats: Formats,
}

const STEADY: Way = Way {
    name: "steady",
    profile: Profile::Steady,
    formats: Formats::Nobody,
};
const FORMATTED: Way = Way {
    name: "steady, vendor's formatter",
    profile: Profile::Steady,
    formats: Formats::Vendor,
};
const NAMED: Way = Way {
    name: "steady, formatter named",
    profile: Profile::Steady,
    formats: Formats::Both,
};
const ROBUST: Way = Way {
    name: "robust",
    profile: Profile::Robust,
    formats: Formats::Nobody,
};

/// Replays, and prints the tables. False: something is different without a flag, does not parse, or does not come back.
pub fn run(options: &Options) -> Result<bool> {
    let only = match &options.language {
        Some(name) => Some(Language::from_name(name).with_context(|| format!("no language {name:?}"))?),
        None => None,
    };
    let mut ways = match options.profile.as_str() {
        "steady" => vec![STEADY, FORMATTED, NAMED],
        "robust" => vec![ROBUST],
        "auto" => vec![STEADY, FORMATTED, NAMED, ROBUST],
        other => bail!("no profile {other:?}; there are: steady, robust, auto"),
    };
    ways.retain(|way| {
        let formats = way.formats != Formats::Nobody;
        !(formats && options.no_formatter) && (formats || !options.only_formatter)
    });
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    let mut subjects: BTreeMap<&'static str, Vec<Commit>> = BTreeMap::new();
    if options.repository.is_empty() {
        subjects = versions::commits(&corpus, only, options.commits)?;
    }
    for repository in &options.repository {
        for (language, commits) in history::commits(repository, only, options.commits)? {
            subjects.entry(language).or_default().extend(commits);
        }
    }
    ensure!(!subjects.is_empty(), "no edit of a marked language was found");
    let sides = [("steady", Profile::Steady), ("robust", Profile::Robust)];
    let sides = sides.into_iter().filter(|(name, _)| {
        !options.no_owner_side
            && !options.only_formatter
            && (options.profile == *name || options.profile == "auto")
    });
    let sides: Vec<_> = sides.collect();
    let rows = subjects
        .len()
        .saturating_mul(ways.len().saturating_add(sides.len()));
    let mut bench = Bench {
        share: Duration::from_secs(options.minutes.unwrap_or(10).saturating_mul(60))
            / u32::try_from(rows.max(1)).unwrap_or(u32::MAX),
        corpus,
        formatters: BTreeMap::new(),
        examples: options.examples.clone(),
        rows: Vec::new(),
        noise: Vec::new(),
    };
    for (language, commits) in &subjects {
        for way in &ways {
            bench.replay(language, commits, *way)?;
        }
        for (name, profile) in &sides {
            bench.noise(language, commits, name, *profile)?;
        }
    }
    Ok(bench.print())
}

/// All numbers below `count`, so that the first of them already lie evenly over the whole.
fn spread(count: usize) -> impl Iterator<Item = usize> {
    let bits = usize::BITS.saturating_sub(count.saturating_sub(1).leading_zeros());
    let reversed = move |number: usize| match bits {
        0 => 0,
        bits => number.reverse_bits() >> usize::BITS.saturating_sub(bits),
    };
    let all = 0..count.checked_next_power_of_two().unwrap_or(0);
    all.map(reversed).filter(move |number| *number < count)
}

struct Bench {
    /// Time for one row.
    share: Duration,
    corpus: PathBuf,
    formatters: BTreeMap<String, Result<Rc<Formatter>, String>>,
    examples: Option<PathBuf>,
    rows: Vec<(String, String, Tally)>,
    noise: Vec<(String, String, Noise)>,
}

impl Bench {
    fn replay(&mut self, language: &str, commits: &[Commit], way: Way) -> Result<()> {
        let formatter = match way.formats {
            Formats::Nobody => None,
            _ => match self.formatter(language, commits) {
                Ok(formatter) => Some(formatter),
                Err(why) => {
                    eprintln!("bench: {language}: no row with a formatter: {why}");
                    return Ok(());
                }
            },
        };
        let owner = formatter.as_deref().filter(|_| way.formats == Formats::Both);
        let mut tally = Tally::default();
        let began = Instant::now();
        for number in spread(commits.len()) {
            let Some(commit) = commits.get(number).filter(|_| began.elapsed() < self.share) else {
                break;
            };
            let mut worst = None;
            for edit in &commit.edits {
                let copy = Copy::new(edit.language, way.profile, number);
                match copy.replay(edit, formatter.as_deref(), owner)? {
                    Ok(judged) => {
                        tally.edit(&judged);
                        worst = worst.max(Some(judged.kind));
                        self.example(language, way, commit, edit, &judged)?;
                    }
                    Err(left) => tally.left(matches!(left, Left::Broken)),
                }
            }
            if let Some(worst) = worst {
                tally.commit(worst);
            }
        }
        eprintln!(
            "bench: {language}, {}: {} of {} commits, {:.0} s",
            way.name,
            tally.commits(),
            commits.len(),
            began.elapsed().as_secs_f64()
        );
        let name = match (&formatter, way.formats) {
            (Some(formatter), Formats::Both) => format!("steady, {}, named in the view", formatter.name()),
            (Some(formatter), _) => format!("steady, {}", formatter.name()),
            _ => way.name.to_owned(),
        };
        self.rows.push((language.to_owned(), name, tally));
        Ok(())
    }

    fn formatter(&mut self, language: &str, commits: &[Commit]) -> Result<Rc<Formatter>, String> {
        let first = commits.first().and_then(|commit| commit.edits.first());
        let Some(edit) = first else {
            return Err("no edit".to_owned());
        };
        let corpus = &self.corpus;
        let make = || Formatter::of(edit.language, corpus).map(Rc::new);
        self.formatters
            .entry(language.to_owned())
            .or_insert_with(make)
            .clone()
    }

    fn noise(&mut self, language: &str, commits: &[Commit], name: &str, profile: Profile) -> Result<()> {
        let mut sum = Noise::default();
        let mut listed = String::new();
        let began = Instant::now();
        for number in spread(commits.len()) {
            let Some(commit) = commits.get(number).filter(|_| began.elapsed() < self.share) else {
                break;
            };
            let (mut inner, mut all) = (0_usize, 0_usize);
            for edit in &commit.edits {
                let copy = Copy::new(edit.language, profile, number);
                if let Some((within, with_order)) = copy.noise(edit)? {
                    inner = inner.saturating_add(within);
                    all = all.saturating_add(with_order);
                    if with_order > 0 {
                        listed.push_str(&format!(
                            "{language} {name} {} {} inner {within} all {with_order}\n",
                            commit.name, edit.path
                        ));
                    }
                }
            }
            sum.commits = sum.commits.saturating_add(1);
            sum.inner = sum.inner.saturating_add(inner);
            sum.all = sum.all.saturating_add(all);
            sum.noisy_commits = sum.noisy_commits.saturating_add(usize::from(all > 0));
        }
        if let Some(folder) = &self.examples {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            let file = folder.join(format!("noise-{language}-{name}.txt"));
            std::fs::write(&file, listed).with_context(|| format!("cannot write {}", file.display()))?;
        }
        self.noise.push((language.to_owned(), name.to_owned(), sum));
        Ok(())
    }

    fn example(&self, language: &str, way: Way, commit: &Commit, edit: &Edit, judged: &Judged) -> Result<()> {
        let Some(folder) = self.examples.as_ref().filter(|_| judged.kind > Kind::Exact) else {
            return Ok(());
        };
        let short: String = commit.name.chars().take(40).collect();
        let name = format!(
            "{:?}-{language}-{}-{}-{}",
            judged.kind,
            way.name.replace([' ', ',', '\''], ""),
            short.replace('/', "_"),
            edit.path.replace('/', "_")
        );
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let texts = &judged.texts;
        for (name, bytes) in [
            ("before", texts.before.as_slice()),
            ("delivered", &texts.delivered),
            ("pushed", &texts.pushed),
            ("expected", &texts.expected),
            ("result", &texts.result),
            ("remarks", texts.remarks.as_bytes()),
        ] {
            std::fs::write(folder.join(name), bytes)
                .with_context(|| format!("cannot write into {}", folder.display()))?;
        }
        Ok(())
    }

    fn print(&self) -> bool {
        let mut defects = 0;
        println!("{}", table::table(&self.rows));
        if !self.noise.is_empty() {
            println!("{}", table::noise_table(&self.noise));
        }
        for (language, profile, tally) in &self.rows {
            defects += tally.defects();
            if profile.starts_with(STEADY.name) {
                let holds = |test: bool| if test { "holds" } else { "MISSED" };
                println!(
                    "goal {language}, {profile}: all results >= 98.5 % exact: {:.2} % {}; nothing different without a flag, unparsed or not back: {} {}",
                    tally.exact_share(),
                    holds(tally.exact_share() >= 98.5),
                    tally.defects(),
                    holds(tally.defects() == 0)
                );
            }
        }
        defects == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_comes_once_and_the_first_ones_are_spread() {
        for count in [0, 1, 2, 5, 100, 513] {
            let mut all: Vec<usize> = spread(count).collect();
            if count == 100 {
                assert!(all[..8].iter().any(|number| *number > 70) && all[..8].contains(&0));
            }
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }
}
