//! Reads what a push brought: the quarantined objects together with those of the store it was pushed to, and no others.

use crate::objects::Objects;
use crate::quarantine::Received;
use gix_hash::oid;
use gix_object::Kind;
use ringfence_view::object::{Object, ObjectError, ObjectSource};

/// The objects that a push may name.
#[derive(Debug)]
pub struct QuarantinedObjects(Objects);

impl QuarantinedObjects {
    /// Opens them.
    ///
    /// # Errors
    /// When the quarantine cannot be read.
    pub fn open(received: &Received) -> Result<Self, ObjectError> {
        Ok(Self(Objects::open(&received.repository())?))
    }
}

impl ObjectSource for QuarantinedObjects {
    fn read(&self, id: &oid) -> Result<Option<Object>, ObjectError> {
        self.0.read(id)
    }

    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, ObjectError> {
        self.0.header(id)
    }
}
