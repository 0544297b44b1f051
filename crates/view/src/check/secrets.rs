//! Secrets by their form and entropy, and e-mail addresses. A finding holds the form and the length, never the secret.

use regex::bytes::{Regex, RegexSet, RegexSetBuilder};

use super::imports::compile;
use super::names::last_name;
use super::patterns::{FILE_ENDINGS, FORMS, Form, MACHINES, NOBODY, PLACEHOLDERS, SETTINGS};
use super::{CheckError, Kind, Notes, listing};

struct Compiled {
    form: &'static Form,
    pattern: Regex,
}

/// Compiled forms.
pub(super) struct Secrets {
    /// Tells in one pass which forms can be there at all.
    any: RegexSet,
    forms: Vec<Compiled>,
    settings: Vec<Compiled>,
    address: Regex,
}

impl Secrets {
    pub(super) fn new() -> Result<Self, CheckError> {
        let compiled = |forms: &'static [Form]| {
            forms
                .iter()
                .map(|form| {
                    Ok(Compiled {
                        form,
                        pattern: compile(form.name, form.pattern)?,
                    })
                })
                .collect::<Result<Vec<_>, CheckError>>()
        };
        Ok(Self {
            any: RegexSetBuilder::new(FORMS.iter().map(|form| form.keyword))
                .unicode(false)
                .case_insensitive(true)
                .build()
                .map_err(|error| CheckError::Pattern {
                    rule: "all secrets",
                    problem: error.to_string(),
                })?,
            forms: compiled(FORMS)?,
            settings: compiled(SETTINGS)?,
            address: compile(
                "e-mail address",
                r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62}\.){1,8}[A-Za-z]{2,24}\b",
            )?,
        })
    }

    pub(super) fn find(&self, text: &[u8], notes: &mut Notes<'_>) {
        let present = self.any.matches(text);
        let lock_file = listing::kind_of(notes.path) == Some(Kind::LockFile);
        for (index, compiled) in self.forms.iter().enumerate() {
            if present.matched(index) {
                compiled.find(text, lock_file, notes);
            }
        }
        if is_settings(notes.path) {
            for compiled in &self.settings {
                compiled.find(text, lock_file, notes);
            }
        }
        for found in self.address.find_iter(text) {
            let address = String::from_utf8_lossy(found.as_bytes()).into_owned();
            if is_persons(&address) {
                notes.other(found.start(), Kind::EmailAddress, address);
            }
        }
    }
}

impl Compiled {
    fn find(&self, text: &[u8], lock_file: bool, notes: &mut Notes<'_>) {
        for found in self.pattern.captures_iter(text) {
            let Some(secret) = found.get(1).or_else(|| found.get(0)) else {
                continue;
            };
            let value = secret.as_bytes();
            let guessed = self.form.name == "assigned secret" || self.form.name == "password in an address";
            if self.form.entropy > 0.0 && entropy(value) < self.form.entropy {
                continue;
            }
            let ends_as_example = value.ends_with(b"EXAMPLE") || value.ends_with(b"EXAMPLEKEY");
            if ends_as_example || (guessed && (lock_file || stands_for_another(value))) {
                continue;
            }
            let what = format!("{} of {} characters", self.form.name, value.len());
            notes.other(secret.start(), Kind::Secret, what);
        }
    }
}

/// Shannon entropy in bits a byte.
fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let whole = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / whole;
            -share * share.log2()
        })
        .sum()
}

/// Says whether a value is a placeholder, a reference or a word, not a secret itself.
fn stands_for_another(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value).to_lowercase();
    let random = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    // Identifiers, paths and sentences are no secrets, long as they may be.
    let names = value
        .iter()
        .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':'));
    !random || names || PLACEHOLDERS.iter().any(|word| text.contains(word))
}

fn is_settings(path: &[u8]) -> bool {
    let name = last_name(path).to_ascii_lowercase();
    name.starts_with(b".env")
        || [
            &b".env"[..],
            b".properties",
            b".ini",
            b".conf",
            b".cfg",
            b".yml",
            b".yaml",
            b".toml",
            b".tfvars",
        ]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn is_persons(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let domain = domain.to_lowercase();
    let top = domain.rsplit('.').next().unwrap_or_default();
    let nobody = NOBODY.iter().any(|name| {
        domain == *name
            || domain
                .strip_suffix(name)
                .is_some_and(|before| before.ends_with('.'))
    });
    let example = domain.split('.').any(|part| part == "example");
    !nobody && !example && !FILE_ENDINGS.contains(&top) && !MACHINES.contains(&local.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_tells_random_from_words() {
        assert!(entropy(b"aaaaaaaaaaaaaaaa") < 0.1);
        assert!(entropy(b"correct_horse_battery") < 3.7);
        assert!(entropy(b"q8Zr2LxV0tPn7KdYw3Ha") > 4.0);
    }

    #[test]
    fn every_form_compiles() {
        assert!(Secrets::new().is_ok());
    }
}
