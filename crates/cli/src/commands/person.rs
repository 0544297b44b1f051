//! Keys with which people sign their commits.

use crate::arguments::PersonKeyCommand;
use crate::output::{Output, table};
use anyhow::Result;
use ringfence_app::App;

pub(super) fn key(app: &App, command: &PersonKeyCommand, output: &mut Output) -> Result<bool> {
    match command {
        PersonKeyCommand::Add { person, file } => {
            let key = app.add_person_key(person, file)?;
            output.value(&key, |key| {
                format!("{} signs with {}", key.person, key.fingerprint)
            });
        }
        PersonKeyCommand::List { person } => {
            let keys = app.person_keys(person.as_deref())?;
            output.value(&keys, |keys| {
                let cells: Vec<Vec<String>> = keys
                    .iter()
                    .map(|key| {
                        let state = if key.removed_at.is_some() {
                            "removed"
                        } else {
                            "valid"
                        };
                        vec![key.person.clone(), key.fingerprint.clone(), state.to_owned()]
                    })
                    .collect();
                format!(
                    "{}{} keys",
                    table(&["person", "key", "state"], &cells),
                    keys.len()
                )
            });
        }
        PersonKeyCommand::Remove { person, fingerprint } => {
            let key = app.remove_person_key(person, fingerprint)?;
            output.value(&key, |key| {
                format!("{} no longer signs with {}", key.person, key.fingerprint)
            });
        }
    }
    Ok(true)
}
