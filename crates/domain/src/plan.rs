//! The difference between two estates as a person reads it before applying, and what deserves a second look.
//!
//! The order is stable: kinds as in an estate file, names sorted, fields sorted. Made from the serialised values, so a field that
//! is added to a type appears here without further code.

mod warnings;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::estate::Estate;

/// What applying an estate would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The changes, in the order of the estate file.
    pub changes: Vec<Change>,
    /// What is allowed but deserves a second look.
    pub warnings: Vec<String>,
}

/// One thing that is added, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The kind: `repository`, `asset`, `party` and so on.
    pub kind: &'static str,
    /// The name.
    pub name: String,
    /// What happens to it.
    #[serde(flatten)]
    pub action: Action,
}

/// What happens to a thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// It is new.
    Added {
        /// Its fields.
        fields: Vec<Field>,
    },
    /// Some fields differ.
    Changed {
        /// The fields that differ.
        fields: Vec<FieldChange>,
    },
    /// It is gone.
    Removed,
}

/// One field with its value as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The name of the field.
    pub field: String,
    /// The value.
    pub value: String,
}

/// One field with its values as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The name of the field.
    pub field: String,
    /// The value before; `none` when it was absent.
    pub old: String,
    /// The value after; `none` when it is absent.
    pub new: String,
}

impl Plan {
    /// Says whether applying would change nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Compares an estate with the one in place.
pub fn difference(old: Option<&Estate>, new: &Estate) -> Plan {
    let mut changes = Vec::new();
    let before = old.map(tables).unwrap_or_default();
    for (position, (kind, after)) in tables(new).into_iter().enumerate() {
        let empty = BTreeMap::new();
        let before = before.get(position).map_or(&empty, |(_, items)| items);
        let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let action = match (before.get(name), after.get(name)) {
                (None, Some(item)) => Action::Added {
                    fields: added_fields(item),
                },
                (Some(_), None) => Action::Removed,
                (Some(old), Some(new)) => {
                    let fields = changed_fields(old, new);
                    if fields.is_empty() {
                        continue;
                    }
                    Action::Changed { fields }
                }
                (None, None) => continue,
            };
            changes.push(Change {
                kind,
                name: name.clone(),
                action,
            });
        }
    }
    Plan {
        changes,
        warnings: warnings::warnings(old, new),
    }
}

type Items = BTreeMap<String, Value>;

fn tables(estate: &Estate) -> Vec<(&'static str, Items)> {
    fn items<T: Serialize>(items: &[T], name: impl Fn(&T) -> String) -> Items {
        items.iter().map(|item| (name(item), value(item))).collect()
    }
    vec![
        (
            "owner",
            BTreeMap::from([(estate.owner.name.clone(), value(&estate.owner))]),
        ),
        (
            "policy",
            BTreeMap::from([("access".to_owned(), value(&estate.policy))]),
        ),
        (
            "repository",
            items(&estate.repositories, |item| item.name.clone()),
        ),
        ("asset", items(&estate.assets, |item| item.name.clone())),
        ("party", items(&estate.parties, |item| item.name.clone())),
        (
            "person",
            items(&estate.persons, |item| item.email.reveal().to_owned()),
        ),
        ("recipient", items(&estate.recipients, |item| item.name.clone())),
        ("agreement", items(&estate.agreements, |item| item.id.clone())),
        ("view", items(&estate.views, |item| item.name.clone())),
        ("grant", items(&estate.grants, crate::estate::Grant::name)),
    ]
}

fn value<T: Serialize>(item: &T) -> Value {
    // Plain structs with text keys always serialise.
    serde_json::to_value(item).unwrap_or(Value::Null)
}

fn fields_of(item: &Value) -> BTreeMap<&str, &Value> {
    item.as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
        .collect()
}

fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn added_fields(item: &Value) -> Vec<Field> {
    let fields = fields_of(item)
        .into_iter()
        .filter(|(key, value)| !is_name(key) && !is_absent(value));
    fields
        .map(|(key, value)| Field {
            field: key.to_owned(),
            value: text(value),
        })
        .collect()
}

fn is_name(key: &str) -> bool {
    matches!(key, "name" | "id" | "email")
}

fn changed_fields(old: &Value, new: &Value) -> Vec<FieldChange> {
    let (old, new) = (fields_of(old), fields_of(new));
    let keys: std::collections::BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let show = |value: Option<&&Value>| value.map_or_else(|| "none".to_owned(), |value| text(value));
    keys.into_iter()
        .filter(|key| old.get(key) != new.get(key))
        .map(|key| FieldChange {
            field: key.to_owned(),
            old: show(old.get(key)),
            new: show(new.get(key)),
        })
        .collect()
}

/// Writes a value as a person reads it: lists with commas, rules as `read: a, b`.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => {
            let separator = if items.iter().any(Value::is_object) {
                " | "
            } else {
                ", "
            };
            items.iter().map(text).collect::<Vec<_>>().join(separator)
        }
        Value::Object(_) => {
            let fields = fields_of(value);
            if let (Some(visibility), Some(paths)) = (fields.get("visibility"), fields.get("paths")) {
                return format!("{}: {}", text(visibility), text(paths));
            }
            if let (Some(path), Some(file)) = (fields.get("path"), fields.get("file")) {
                return format!("{} by {}", text(path), text(file));
            }
            let parts = |left_out: &str| -> String {
                let parts: Vec<String> = fields
                    .iter()
                    .filter(|(key, value)| **key != left_out && !is_absent(value))
                    .map(|(key, value)| match value {
                        Value::Array(items) if items.iter().any(Value::is_object) => {
                            format!("{key} [{}]", text(value))
                        }
                        _ => format!("{key} {}", text(value)),
                    })
                    .collect();
                parts.join("; ")
            };
            match fields.get("paths") {
                Some(paths) => format!("{}: {}", text(paths), parts("paths")),
                None => parts(""),
            }
        }
    }
}

impl fmt::Display for Plan {
    /// Writes the plan: `+` added, `~` changed, `-` removed, the warnings last.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            writeln!(formatter, "Nothing changes.")?;
        }
        let mut counts = [0usize; 3];
        for change in &self.changes {
            match &change.action {
                Action::Added { fields } => {
                    counts[0] = counts[0].saturating_add(1);
                    writeln!(formatter, "+ {} {}", change.kind, safe(&change.name))?;
                    for field in fields {
                        writeln!(formatter, "    {}: {}", field.field, safe(&field.value))?;
                    }
                }
                Action::Changed { fields } => {
                    counts[1] = counts[1].saturating_add(1);
                    writeln!(formatter, "~ {} {}", change.kind, safe(&change.name))?;
                    for field in fields {
                        writeln!(
                            formatter,
                            "    {}: {} -> {}",
                            field.field,
                            safe(&field.old),
                            safe(&field.new)
                        )?;
                    }
                }
                Action::Removed => {
                    counts[2] = counts[2].saturating_add(1);
                    writeln!(formatter, "- {} {}", change.kind, safe(&change.name))?;
                }
            }
        }
        if !self.is_empty() {
            let [added, changed, removed] = counts;
            writeln!(formatter, "{added} added, {changed} changed, {removed} removed.")?;
        }
        for warning in &self.warnings {
            writeln!(formatter, "warning: {}", safe(warning))?;
        }
        Ok(())
    }
}

/// Escapes what does not print, direction marks included, so that a value cannot draw over the plan on a terminal.
fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '"' | '\'' | '\\') {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_debug());
        }
    }
    shown
}
