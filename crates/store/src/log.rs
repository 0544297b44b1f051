//! The ledger in the database: entries, completed tree nodes and one head row for each log.
//!
//! Job: number entries inside a write, and read entries, heads and proofs. Complete nodes above the leaves are stored when
//! their last leaf arrives and never change, so a proof reads O(log n) rows.
//!
//! // INVARIANT: for each log, the entries 0..size exist, the nodes are theirs, and the head's size and root are those of the
//! frontier. `audit` recomputes all of it.
//!
//! Refuses: a name that could not stand in a checkpoint, a head that does not fit its frontier.

use crate::sql::Transaction;
use crate::{StoreError, values};
use ringfence_ledger::{
    Frontier, Hash, NodeSource, ProofError, Statement, consistency_proof as prove_consistency,
    inclusion_proof as prove_inclusion, leaf_hash,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// Most entries that one call of [`entries`] reads.
pub const PAGE: u64 = 10_000;

/// Names a log by its origin, `<owner>/<log>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogName(String);

impl LogName {
    /// Checks an origin: 1 to 200 bytes, two parts or more, without white space, control characters and `+`.
    pub fn new(origin: &str) -> Result<Self, StoreError> {
        let refuse = |detail: &str| {
            Err(StoreError::Ledger {
                log: origin.chars().take(80).collect(),
                detail: detail.to_owned(),
            })
        };
        if origin.len() > 200 {
            return refuse("the origin is longer than 200 bytes");
        }
        if origin
            .chars()
            .any(|one| one.is_whitespace() || one.is_control() || one == '+')
        {
            return refuse("an origin has no white space, control character or `+`");
        }
        if !origin.contains('/') || origin.split('/').any(str::is_empty) {
            return refuse("an origin is `<owner>/<log>`");
        }
        Ok(Self(origin.to_owned()))
    }

    /// Gives the origin.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for LogName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Points at one entry of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRef {
    /// The log.
    pub log: LogName,
    /// The entry's number, from zero.
    pub index: u64,
}

/// Holds the size and the root of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of entries.
    pub size: u64,
    /// The RFC 6962 root over them.
    pub root: Hash,
}

/// Holds one entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The entry's number, from zero.
    pub index: u64,
    /// The statement's canonical bytes.
    pub statement: Vec<u8>,
    /// The hash of the entry as a leaf.
    pub leaf: Hash,
}

fn damaged(log: &LogName, detail: impl Into<String>) -> StoreError {
    StoreError::Ledger {
        log: log.0.clone(),
        detail: detail.into(),
    }
}

/// Gives the committed head of a log, or `None` when it has no entry.
pub fn head(transaction: &mut Transaction<'_>, log: &LogName) -> Result<Option<Head>, StoreError> {
    Ok(frontier(transaction, log)?.map(|frontier| Head {
        size: frontier.size(),
        root: frontier.root(),
    }))
}

/// Lists the logs that have an entry, by name.
pub fn logs(transaction: &mut Transaction<'_>) -> Result<Vec<LogName>, StoreError> {
    transaction
        .query("SELECT log FROM ledger_head ORDER BY log", &[])?
        .iter()
        .map(|row| LogName::new(&row.get::<String>(0)?))
        .collect()
}

fn frontier(transaction: &mut Transaction<'_>, log: &LogName) -> Result<Option<Frontier>, StoreError> {
    let Some(row) = transaction.query_optional(
        "SELECT size, root, frontier FROM ledger_head WHERE log = $1",
        values![log.as_str()],
    )?
    else {
        return Ok(None);
    };
    let frontier =
        Frontier::decode(&row.get::<Vec<u8>>(2)?).map_err(|error| damaged(log, error.to_string()))?;
    if frontier.size() != row.get::<u64>(0)? || frontier.root().0 != row.get::<[u8; 32]>(1)? {
        return Err(damaged(log, "the stored head does not fit its frontier"));
    }
    Ok(Some(frontier))
}

/// Reads the entries of `range`, in order; at most [`PAGE`] of them, and fewer where the log ends.
pub fn entries(
    transaction: &mut Transaction<'_>,
    log: &LogName,
    range: Range<u64>,
) -> Result<Vec<Entry>, StoreError> {
    let end = range.end.min(range.start.saturating_add(PAGE));
    let rows = transaction.query(
        "SELECT entry_index, statement, leaf FROM ledger_entry WHERE log = $1 AND entry_index >= $2 \
         AND entry_index < $3 ORDER BY entry_index",
        values![log.as_str(), range.start, end],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Entry {
                index: row.get(0)?,
                statement: row.get(1)?,
                leaf: Hash(row.get(2)?),
            })
        })
        .collect()
}

/// Reads one entry, or `None` when the log is shorter.
pub fn entry(
    transaction: &mut Transaction<'_>,
    log: &LogName,
    index: u64,
) -> Result<Option<Entry>, StoreError> {
    Ok(entries(transaction, log, index..index.saturating_add(1))?.pop())
}

/// Proves that entry `index` is in the log's first `size` entries: the RFC 6962 audit path.
pub fn inclusion_proof(
    transaction: &mut Transaction<'_>,
    log: &LogName,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, StoreError> {
    prove_inclusion(index, size, &StoredNodes::new(transaction, log)).map_err(|error| unprovable(log, error))
}

/// Proves that the log's first `new` entries begin with its first `old`.
pub fn consistency_proof(
    transaction: &mut Transaction<'_>,
    log: &LogName,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, StoreError> {
    prove_consistency(old, new, &StoredNodes::new(transaction, log)).map_err(|error| unprovable(log, error))
}

fn unprovable(log: &LogName, error: ProofError<StoreError>) -> StoreError {
    match error {
        ProofError::Source(error) => error,
        other => damaged(log, other.to_string()),
    }
}

/// Gives the root of the log's first `size` entries.
pub fn root_at(transaction: &mut Transaction<'_>, log: &LogName, size: u64) -> Result<Hash, StoreError> {
    ringfence_ledger::root_of(size, &StoredNodes::new(transaction, log))
}

/// Recomputes the whole log from its statements and compares every leaf, node, root and the head; gives the head.
pub fn audit(transaction: &mut Transaction<'_>, log: &LogName) -> Result<Head, StoreError> {
    let stored = head(transaction, log)?.ok_or_else(|| damaged(log, "it has no entry"))?;
    let mut frontier = Frontier::new();
    let mut parents = 0_u64;
    while frontier.size() < stored.size {
        let page = entries(transaction, log, frontier.size()..stored.size)?;
        if page.is_empty() {
            return Err(damaged(log, format!("entry {} is missing", frontier.size())));
        }
        for entry in page {
            if entry.index != frontier.size() {
                return Err(damaged(log, format!("entry {} is missing", frontier.size())));
            }
            if leaf_hash(&entry.statement) != entry.leaf {
                return Err(damaged(log, format!("entry {} was changed", entry.index)));
            }
            let completed = frontier
                .append(entry.leaf)
                .map_err(|error| damaged(log, error.to_string()))?;
            let source = StoredNodes::new(transaction, log);
            for node in completed.iter().filter(|node| node.level > 0) {
                if source.node(node.level, node.index)? != node.hash {
                    return Err(damaged(
                        log,
                        format!(
                            "the node at level {}, index {} was changed",
                            node.level, node.index
                        ),
                    ));
                }
                parents += 1;
            }
        }
    }
    let counts = transaction.query_one(
        "SELECT (SELECT count(*) FROM ledger_entry WHERE log = $1), (SELECT count(*) FROM ledger_node WHERE log = $1)",
        values![log.as_str()],
    )?;
    if counts.get::<u64>(0)? != stored.size || counts.get::<u64>(1)? != parents {
        return Err(damaged(log, "it holds entries or nodes beyond its head"));
    }
    if frontier.root() != stored.root {
        return Err(damaged(log, "the entries do not lead to the root of the head"));
    }
    Ok(stored)
}

struct StoredNodes<'t, 'c> {
    transaction: RefCell<&'t mut Transaction<'c>>,
    log: &'t LogName,
}

impl<'t, 'c> StoredNodes<'t, 'c> {
    fn new(transaction: &'t mut Transaction<'c>, log: &'t LogName) -> Self {
        Self {
            transaction: RefCell::new(transaction),
            log,
        }
    }
}

impl NodeSource for StoredNodes<'_, '_> {
    type Error = StoreError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, StoreError> {
        let mut transaction = self.transaction.borrow_mut();
        let row = if level == 0 {
            transaction.query_optional(
                "SELECT leaf FROM ledger_entry WHERE log = $1 AND entry_index = $2",
                values![self.log.as_str(), index],
            )
        } else {
            transaction.query_optional(
                "SELECT hash FROM ledger_node WHERE log = $1 AND level = $2 AND node_index = $3",
                values![self.log.as_str(), level, index],
            )
        }?;
        row.ok_or_else(|| {
            damaged(
                self.log,
                format!("the node at level {level}, index {index} is missing"),
            )
        })?
        .get(0)
        .map(Hash)
    }
}

/// Holds the frontiers of the logs that a batch has touched, and how to take one write's entries back.
#[derive(Default)]
pub(crate) struct OpenLogs {
    logs: HashMap<LogName, OpenLog>,
    before: HashMap<LogName, Option<OpenLog>>,
}

#[derive(Clone)]
struct OpenLog {
    frontier: Frontier,
    changed: bool,
}

impl OpenLogs {
    /// Marks the point that `undo` returns to.
    pub(crate) fn mark(&mut self) {
        self.before.clear();
    }

    /// Takes back the entries appended since `mark`; the rows go with the savepoint.
    pub(crate) fn undo(&mut self) {
        for (log, before) in self.before.drain() {
            match before {
                Some(open) => self.logs.insert(log, open),
                None => self.logs.remove(&log),
            };
        }
    }

    fn open(&mut self, transaction: &mut Transaction<'_>, log: &LogName) -> Result<&mut OpenLog, StoreError> {
        if !self.before.contains_key(log) {
            self.before.insert(log.clone(), self.logs.get(log).cloned());
        }
        match self.logs.entry(log.clone()) {
            std::collections::hash_map::Entry::Occupied(open) => Ok(open.into_mut()),
            std::collections::hash_map::Entry::Vacant(place) => Ok(place.insert(OpenLog {
                frontier: frontier(transaction, log)?.unwrap_or_default(),
                changed: false,
            })),
        }
    }

    /// Numbers and inserts one entry.
    pub(crate) fn append(
        &mut self,
        transaction: &mut Transaction<'_>,
        log: &LogName,
        statement: &Statement,
    ) -> Result<EntryRef, StoreError> {
        let open = self.open(transaction, log)?;
        let index = open.frontier.size();
        let leaf = statement.leaf_hash();
        let completed = open
            .frontier
            .append(leaf)
            .map_err(|error| damaged(log, error.to_string()))?;
        open.changed = true;
        transaction.execute(
            "INSERT INTO ledger_entry (log, entry_index, statement, leaf) VALUES ($1, $2, $3, $4)",
            values![log.as_str(), index, statement.as_bytes(), leaf.0],
        )?;
        for node in completed.iter().filter(|node| node.level > 0) {
            transaction.execute(
                "INSERT INTO ledger_node (log, level, node_index, hash) VALUES ($1, $2, $3, $4)",
                values![log.as_str(), node.level, node.index, node.hash.0],
            )?;
        }
        Ok(EntryRef {
            log: log.clone(),
            index,
        })
    }

    /// Gives the head with the entries of this batch.
    pub(crate) fn head(
        &mut self,
        transaction: &mut Transaction<'_>,
        log: &LogName,
    ) -> Result<Option<Head>, StoreError> {
        let frontier = &self.open(transaction, log)?.frontier;
        Ok((frontier.size() > 0).then(|| Head {
            size: frontier.size(),
            root: frontier.root(),
        }))
    }

    /// Writes the new heads; the last act before the commit.
    pub(crate) fn store(&mut self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        for (log, open) in self.logs.iter().filter(|(_, open)| open.changed) {
            transaction.execute(
                "INSERT INTO ledger_head (log, size, root, frontier) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (log) DO UPDATE SET size = excluded.size, root = excluded.root, frontier = excluded.frontier",
                values![
                    log.as_str(),
                    open.frontier.size(),
                    open.frontier.root().0,
                    open.frontier.encode()
                ],
            )?;
        }
        Ok(())
    }
}
