//! Objects that wait for their place in the pack: their bytes in a file without a name, what is known of each in memory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::rc::Rc;

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

/// Bytes of objects that were read last and stay in memory.
const MOST_BYTES: usize = 32 << 20;
/// Larger objects are read again.
const LARGEST: usize = 4 << 20;

/// The place of an object in the order in which objects came.
pub(super) type Index = usize;

/// What is known of an object that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub id: ObjectId,
    pub kind: Kind,
    pub length: usize,
    start: u64,
}

/// All objects that wait.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<File>,
    end: u64,
    list: Vec<Waiting>,
    by_id: HashMap<ObjectId, Index>,
}

impl Spool {
    /// Opens a file in `folder` that is gone when this is dropped, or when the process ends in whatever way.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            file: BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(folder)?),
            end: 0,
            list: Vec::new(),
            by_id: HashMap::new(),
        })
    }

    pub fn find(&self, id: &oid) -> Option<Index> {
        self.by_id.get(id).copied()
    }

    pub fn list(&self) -> &[Waiting] {
        &self.list
    }

    /// Takes in an object that is not here yet.
    pub fn put(&mut self, id: ObjectId, kind: Kind, data: &[u8]) -> std::io::Result<()> {
        self.file.write_all(data)?;
        self.by_id.insert(id, self.list.len());
        self.list.push(Waiting {
            id,
            kind,
            length: data.len(),
            start: self.end,
        });
        self.end = self
            .end
            .saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Ends the writing.
    pub fn reader(&mut self) -> std::io::Result<Reader<'_>> {
        self.file.flush()?;
        Ok(Reader {
            spool: self,
            young: HashMap::new(),
            old: HashMap::new(),
            bytes: 0,
        })
    }
}

/// Reads objects that wait. When the young half is full, the old half is forgotten and the young one grows old.
pub(super) struct Reader<'a> {
    spool: &'a Spool,
    young: HashMap<Index, Rc<[u8]>>,
    old: HashMap<Index, Rc<[u8]>>,
    bytes: usize,
}

impl<'a> Reader<'a> {
    pub fn spool(&self) -> &'a Spool {
        self.spool
    }

    pub fn waiting(&self, index: Index) -> std::io::Result<Waiting> {
        let found = self.spool.list.get(index).copied();
        found.ok_or_else(|| std::io::Error::other("an object that waits was forgotten"))
    }

    pub fn read(&mut self, index: Index) -> std::io::Result<Rc<[u8]>> {
        if let Some(data) = self.young.get(&index) {
            return Ok(Rc::clone(data));
        }
        let data = match self.old.remove(&index) {
            Some(data) => data,
            None => {
                let waiting = self.waiting(index)?;
                let mut data = vec![0; waiting.length];
                self.spool
                    .file
                    .get_ref()
                    .read_exact_at(&mut data, waiting.start)?;
                data.into()
            }
        };
        if data.len() <= LARGEST {
            if self.bytes.saturating_add(data.len()) > MOST_BYTES / 2 {
                self.old = std::mem::take(&mut self.young);
                self.bytes = 0;
            }
            self.bytes = self.bytes.saturating_add(data.len());
            self.young.insert(index, Rc::clone(&data));
        }
        Ok(data)
    }
}
