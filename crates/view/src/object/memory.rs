//! Objects held in memory: for dry runs and for tests of everything above.

use std::collections::HashMap;

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use super::{Object, ObjectError, ObjectSink, ObjectSource, id_of};

/// A store of objects in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects {
    objects: HashMap<ObjectId, Object>,
}

impl MemoryObjects {
    /// The ids of all objects, sorted.
    #[must_use]
    pub fn ids(&self) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> = self.objects.keys().copied().collect();
        ids.sort_unstable();
        ids
    }
}

impl ObjectSource for MemoryObjects {
    fn read(&self, id: &oid) -> Result<Option<Object>, ObjectError> {
        Ok(self.objects.get(id).cloned())
    }

    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, ObjectError> {
        Ok(self
            .objects
            .get(id)
            .map(|object| (object.kind, u64::try_from(object.data.len()).unwrap_or(u64::MAX))))
    }
}

impl ObjectSink for MemoryObjects {
    fn contains(&self, id: &oid) -> Result<bool, ObjectError> {
        Ok(self.objects.contains_key(id))
    }

    fn write(&mut self, kind: Kind, data: &[u8]) -> Result<ObjectId, ObjectError> {
        let id = id_of(kind, data)?;
        self.objects.entry(id).or_insert_with(|| Object {
            kind,
            data: data.to_vec(),
        });
        Ok(id)
    }
}
