//! The seam at which the owner's blob becomes the recipient's. Marking happens behind it.

use ringfence_domain::view::Visibility;

use super::shape::Shaped;
use super::{Limits, ProjectError, ViewRules};
use crate::object::{EntryKind, Kind, ObjectId, ObjectSink, ObjectSource, read_as};

/// One visible file of the owner, on its way to a recipient.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Its path from the root.
    pub path: &'a [u8],
    /// File or executable.
    pub kind: EntryKind,
    /// The owner's blob, or the interface text of the owner's.
    pub blob: ObjectId,
    /// `Interface`, `Read` or `Write`.
    pub visibility: Visibility,
}

/// Turns the owner's blob at a path into the recipient's. Marking happens here.
pub trait Deliver {
    /// Says whether the same blob may be delivered differently at another path.
    fn depends_on_path(&self) -> bool;

    /// Puts interface texts in place of the owner's before a tree is projected; none: interface files are left out.
    ///
    /// # Errors
    /// When a text cannot be read, made or remembered.
    fn shape(
        &mut self,
        _view: &ViewRules,
        _tree: ObjectId,
        _limits: Limits,
        _source: &dyn ObjectSource,
    ) -> Result<Option<Shaped>, ProjectError> {
        Ok(None)
    }

    /// Says whether [`Self::prepare`] is to be called.
    fn prepares(&self) -> bool {
        false
    }

    /// Is told of the visible files of a folder before [`Self::deliver`] is asked for them one by one: a chance to work on several at
    /// once. Whatever is delivered must not depend on it.
    ///
    /// # Errors
    /// When a file cannot be read or made.
    fn prepare(&mut self, _places: &[Place<'_>], _source: &dyn ObjectSource) -> Result<(), ProjectError> {
        Ok(())
    }

    /// Makes sure that the recipient's blob is in `sink` and returns its id.
    ///
    /// # Errors
    /// When the blob cannot be read, made or written.
    fn deliver(
        &mut self,
        place: Place<'_>,
        source: &dyn ObjectSource,
        sink: &mut dyn ObjectSink,
    ) -> Result<ObjectId, ProjectError>;
}

/// Delivers every blob as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unmarked;

impl Deliver for Unmarked {
    fn depends_on_path(&self) -> bool {
        false
    }

    fn deliver(
        &mut self,
        place: Place<'_>,
        source: &dyn ObjectSource,
        sink: &mut dyn ObjectSink,
    ) -> Result<ObjectId, ProjectError> {
        if !sink.contains(&place.blob)? {
            sink.write(Kind::Blob, &read_as(source, &place.blob, Kind::Blob)?)?;
        }
        Ok(place.blob)
    }
}
