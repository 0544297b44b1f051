//! What a view would deliver of a tree, unmarked and in memory: nothing is written, nothing recorded.

use crate::error::Result;
use crate::home::App;
use crate::interface::Shaper;
use ringfence_domain::view::View;
use ringfence_view::object::{Kind, MemoryObjects, Object, ObjectError, ObjectId, ObjectSink, ObjectSource};
use ringfence_view::project::shape::Shaped;
use ringfence_view::project::{Deliver, Flow, Limits, Place, ProjectError, Projector, ViewRules, Warning};

/// A view's unmarked tree.
pub(super) struct DryRun<'a> {
    source: &'a dyn ObjectSource,
    /// Trees, replaced files and interface texts.
    pub objects: MemoryObjects,
    /// The root.
    pub tree: ObjectId,
    /// What was left out or overruled.
    pub warnings: Vec<Warning>,
    /// What became of interface files; none when the view has no such rules.
    pub shaped: Option<Shaped>,
}

impl<'a> DryRun<'a> {
    pub fn new(
        app: &'a App,
        view: &View,
        rules: &ViewRules,
        tree: ObjectId,
        source: &'a dyn ObjectSource,
    ) -> Result<Self> {
        let mut deliver = Unmoved {
            shaper: Shaper::new(app, view)?,
            shaped: None,
        };
        let mut objects = MemoryObjects::default();
        let mut flow = Flow {
            source,
            deliver: &mut deliver,
            sink: &mut objects,
        };
        let projected = Projector::new(rules, Limits::default()).project_tree(tree, &mut flow)?;
        Ok(Self {
            source,
            objects,
            tree: projected.tree,
            warnings: projected.warnings,
            shaped: deliver.shaped,
        })
    }
}

/// What was made first, then the owner's.
impl ObjectSource for DryRun<'_> {
    fn read(&self, id: &gix_hash::oid) -> std::result::Result<Option<Object>, ObjectError> {
        if let Some(object) = self.objects.read(id)? {
            return Ok(Some(object));
        }
        if let Some(shaped) = &self.shaped
            && let Some(object) = shaped.objects.read(id)?
        {
            return Ok(Some(object));
        }
        self.source.read(id)
    }

    fn header(&self, id: &gix_hash::oid) -> std::result::Result<Option<(Kind, u64)>, ObjectError> {
        if let Some(header) = self.objects.header(id)? {
            return Ok(Some(header));
        }
        if let Some(shaped) = &self.shaped
            && let Some(header) = shaped.objects.header(id)?
        {
            return Ok(Some(header));
        }
        self.source.header(id)
    }
}

/// Keeps the owner's blobs where they are: only trees, replaced files and interface texts are made.
struct Unmoved<'a> {
    shaper: Shaper<'a>,
    shaped: Option<Shaped>,
}

impl Deliver for Unmoved<'_> {
    fn depends_on_path(&self) -> bool {
        false
    }

    fn shape(
        &mut self,
        view: &ViewRules,
        tree: ObjectId,
        limits: Limits,
        source: &dyn ObjectSource,
    ) -> std::result::Result<Option<Shaped>, ProjectError> {
        self.shaped = self.shaper.shape(view, tree, limits, source)?;
        Ok(self.shaped.clone())
    }

    fn deliver(
        &mut self,
        place: Place<'_>,
        _: &dyn ObjectSource,
        _: &mut dyn ObjectSink,
    ) -> std::result::Result<ObjectId, ProjectError> {
        Ok(place.blob)
    }
}
