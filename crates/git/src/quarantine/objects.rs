//! Reads the objects of a quarantine for the tree rules.

use std::path::Path;

use crate::quarantine::NewCommit;
use crate::receive::ReceiveError;
use crate::receive::tree::TreeObjects;
use crate::serve;

/// Reads objects of the quarantine.
pub(super) struct Objects(gix::Repository);

impl Objects {
    pub(super) fn open(repository: &Path) -> Result<Self, ReceiveError> {
        gix::open_opts(repository, gix::open::Options::isolated())
            .map(Self)
            .map_err(|error| ReceiveError::Read {
                what: "the quarantine".to_owned(),
                message: error.to_string(),
            })
    }

    pub(super) fn read(&self, id: &str, kind: gix::object::Kind) -> Result<Vec<u8>, ReceiveError> {
        let missing = || ReceiveError::Missing {
            object: id.to_owned(),
        };
        let hash = gix::ObjectId::from_hex(id.as_bytes()).map_err(|_| missing())?;
        let object = self.0.find_object(hash).map_err(|_| missing())?;
        if object.kind != kind {
            return Err(ReceiveError::Broken {
                message: format!("{id} is a {}, not a {kind}", object.kind),
            });
        }
        Ok(object.detach().data)
    }

    pub(super) fn commit(&self, id: &str) -> Result<NewCommit, ReceiveError> {
        let data = self.read(id, gix::object::Kind::Commit)?;
        let broken = || ReceiveError::Broken {
            message: format!("commit {id} cannot be read"),
        };
        let (mut tree, mut parents) = (None, Vec::new());
        for line in data.split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            match line.split_once(' ') {
                Some(("tree", value)) if tree.is_none() => tree = Some(value.to_owned()),
                Some(("parent", value)) => parents.push(value.to_owned()),
                _ => break,
            }
        }
        let tree = tree.filter(|tree| serve::is_object_id(tree)).ok_or_else(broken)?;
        Ok(NewCommit {
            id: id.to_owned(),
            tree,
            parents,
        })
    }
}

impl TreeObjects for Objects {
    type Error = ReceiveError;

    fn tree(&self, id: &str) -> Result<Vec<u8>, ReceiveError> {
        self.read(id, gix::object::Kind::Tree)
    }

    fn blob(&self, id: &str, most: u64) -> Result<Option<Vec<u8>>, ReceiveError> {
        let missing = || ReceiveError::Missing {
            object: id.to_owned(),
        };
        let hash = gix::ObjectId::from_hex(id.as_bytes()).map_err(|_| missing())?;
        if self.0.find_header(hash).map_err(|_| missing())?.size() > most {
            return Ok(None);
        }
        self.read(id, gix::object::Kind::Blob).map(Some)
    }
}
