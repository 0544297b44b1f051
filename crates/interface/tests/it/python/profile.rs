//! The import profile: what the profiler prints, and what is taken for a profile.

use proptest::prelude::*;
use ringfence_interface::{ImportProfile, ImportProfileError, MAX_PROFILE_BYTES, Options};

use super::{Files, interfaces, package, profiled, texts_with};

#[test]
fn every_function_that_ran_is_named_by_the_line_of_its_def() {
    for name in ["jinja2", "requests", "attr"] {
        let files = package(name);
        let profile = profiled(name, &files);
        assert!(profile.0.len() > 3, "{name}: {profile:?}");
        for (path, line) in &profile.0 {
            let (_, text) = files
                .iter()
                .find(|(known, _)| known.as_bytes() == path)
                .unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(path)));
            let said = text.split(|byte| *byte == b'\n').nth(*line as usize - 1).unwrap();
            let said = String::from_utf8_lossy(said);
            assert!(
                said.contains("def ") || said.contains("lambda"),
                "{name} line {line}: {said}"
            );
        }
    }
}

#[test]
fn decorated_nested_and_lambda_functions_are_told_apart() {
    let source = "\
import functools


def twice(function):
    @functools.wraps(function)
    def wrapper(*args):
        return 'never ran'

    return wrapper


@twice
@functools.lru_cache(
    maxsize=None
)
def ran_never():
    return 'hidden'


ORDER = sorted([2, 1], key=lambda item: -item)
LATER = lambda item: item + 'hidden'


class A:
    def __class_getitem__(cls, item):
        return item


B = A[int]
";
    let files: Files = vec![("pkg/__init__.py".to_owned(), source.as_bytes().to_vec())];
    let profile = profiled("pkg", &files);
    let lines: Vec<u32> = profile.0.iter().map(|(_, line)| *line).collect();
    assert_eq!(lines, [4, 20, 25]);
    let options = Options {
        import_profile: Some(&profile),
        ..Options::default()
    };
    let out = texts_with(&[("pkg/__init__.py", source)], &options).remove(0);
    assert!(!out.contains("never ran") && !out.contains("hidden"), "{out}");
    assert!(
        out.contains("    return wrapper\n") && out.contains("key=lambda item: -item)"),
        "{out}"
    );
    assert!(out.contains("LATER = lambda item: NotImplemented\n"), "{out}");
}

#[test]
fn with_a_profile_fewer_bodies_stay_than_without() {
    for name in ["click", "jinja2"] {
        let files = package(name);
        let profile = profiled(name, &files);
        let options = Options {
            import_profile: Some(&profile),
            ..Options::default()
        };
        let count = |options: &Options<'_>| -> u32 {
            interfaces(&files, options)
                .iter()
                .map(|rendered| rendered.bodies_kept)
                .sum()
        };
        let (with, without) = (count(&options), count(&Options::default()));
        assert!(with < 20 && with < without, "{name}: {with} of {without}");
    }
}

#[test]
fn a_profile_is_read_or_refused() {
    let profile = ImportProfile::parse(b"a/b.py\t3\r\nc d.py\t12\n\n").unwrap();
    let entries: Vec<(&[u8], u32)> = profile
        .0
        .iter()
        .map(|(path, line)| (path.as_slice(), *line))
        .collect();
    assert_eq!(entries, [(&b"a/b.py"[..], 3), (b"c d.py", 12)]);
    let moved = profile.below(b"src/");
    assert!(moved.0.contains(&(b"src/a/b.py".to_vec(), 3)) && moved.0.len() == 2);
    for (bad, line) in [
        (&b"a.py"[..], 1),
        (b"a.py\t0\n", 1),
        (b"a.py\t1\nb.py\t-1\n", 2),
        (b"a.py\t99999999999\n", 1),
        (b"a.py\tx\n", 1),
    ] {
        assert_eq!(
            ImportProfile::parse(bad),
            Err(ImportProfileError::NotAnEntry { line })
        );
    }
    for bad in [
        &b"/etc/passwd\t1"[..],
        b"../a.py\t1",
        b"a/../b.py\t1",
        b"\t1",
        b"a\0.py\t1",
        b"a//b\t1",
        b"./a\t1",
    ] {
        assert_eq!(
            ImportProfile::parse(bad),
            Err(ImportProfileError::NotBelowRoot { line: 1 })
        );
    }
    let large = vec![b'\n'; MAX_PROFILE_BYTES + 1];
    assert_eq!(
        ImportProfile::parse(&large),
        Err(ImportProfileError::TooLarge { size: large.len() })
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(prop_oneof![Just(b'\t'), Just(b'\n'), Just(b'.'), Just(b'/'), b'0'..=b'9', any::<u8>()], 0..200)) {
        if let Ok(profile) = ImportProfile::parse(&bytes) {
            prop_assert!(profile.0.iter().all(|(path, line)| *line > 0 && !path.is_empty() && !path.starts_with(b"/")));
        }
    }
}
