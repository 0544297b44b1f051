//! The languages' own tools accept marked copies, and compilers build the same from them. A tool that is not installed fails the test and
//! is named.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringfence_mark::marking::{Families, Marking};
use ringfence_mark::site_table_as;

use super::*;

#[path = "tools/c.rs"]
mod c;
#[path = "tools/cpp.rs"]
mod cpp;
#[path = "tools/csharp.rs"]
mod csharp;
#[path = "tools/go.rs"]
mod go;
#[path = "tools/java.rs"]
mod java;
#[path = "tools/javascript.rs"]
mod javascript;
#[path = "tools/python.rs"]
mod python;
#[path = "tools/rust.rs"]
mod rust;

/// Runs a program; a missing one fails the test: a check that did not run is no check.
#[expect(clippy::disallowed_methods, reason = "tests run the languages' own tools")]
fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
            (
                output.status.success(),
                String::from_utf8_lossy(&said).into_owned(),
            )
        }
        Err(error) => {
            panic!("{program} is not installed here ({error}); run: cargo xtask test")
        }
    }
}

/// A fresh folder below the target folder.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sites-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

fn copies(fixture: &Fixture, table: &SiteTable) -> Vec<(String, Vec<u8>)> {
    let mut copies = vec![(
        format!("all-{}", fixture.file_name()),
        render(table, &fixture.text, &|site| other(site.canonical)).unwrap(),
    )];
    for seed in [1, 2] {
        copies.push((
            format!("seed{seed}-{}", fixture.file_name()),
            render(table, &fixture.text, &by_seed(seed)).unwrap(),
        ));
    }
    copies
}

/// How a copy is made: which families it is marked with, and which spelling stands at each site.
#[derive(Clone, Copy)]
enum Turned {
    /// One family alone, so that no other takes its places, and every site.
    Alone(Family),
    /// Some families, and every site.
    All(Families),
    /// Some families, and about half of the sites.
    Half(Families, u64),
}

impl Turned {
    /// The families of the copy.
    fn families(self) -> Families {
        match self {
            Turned::Alone(family) => Families::from_iter([family]),
            Turned::All(families) | Turned::Half(families, _) => families,
        }
    }

    /// The table and the copy.
    fn copy(self, language: Language, text: &[u8]) -> (SiteTable, Vec<u8>) {
        let families = self.families();
        let others = Family::ALL
            .into_iter()
            .filter(|family| !families.contains(*family));
        let marking = Marking::new(Profile::Robust, others.collect());
        let table = site_table_as(language, marking, text, &key()).unwrap();
        let copy = match self {
            Turned::Alone(_) | Turned::All(_) => render(&table, text, &|site| other(site.canonical)),
            Turned::Half(_, seed) => render(&table, text, &by_seed(seed)),
        };
        (table, copy.unwrap())
    }
}

/// Does the jobs, two at a time.
fn by_two<J: Sync, A: Send>(jobs: &[J], work: impl Fn(&J) -> A + Sync) -> Vec<A> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(work(job));
        }
        done
    };
    std::thread::scope(|scope| {
        let second = scope.spawn(worker);
        let mut done = worker();
        done.extend(second.join().unwrap());
        done
    })
}
