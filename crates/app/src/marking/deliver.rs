//! Delivers blob by blob: what was delivered before as it was, else rendered now, with the header line around it.

use super::{CopyMark, Marker, mark_text};
use crate::error::AppError;
use ringfence_mark::commitment::BlobCommitment;
use ringfence_mark::model::ENGINE_VERSION;
use ringfence_store::tables;
use ringfence_syntax::Language;
use ringfence_view::object::{Kind, ObjectId, ObjectSink, ObjectSource, id_of, read_as};
use ringfence_view::project::header::without;
use ringfence_view::project::shape::Shaped;
use ringfence_view::project::{Deliver, Limits, Place, ProjectError, ViewRules};

impl Marker<'_> {
    /// A text that the recipient pushed itself is delivered without being rendered; its codeword is committed to all the same.
    fn commit_to_known(
        &mut self,
        place: &Place<'_>,
        mark: Option<CopyMark>,
        source: &dyn ObjectSource,
    ) -> Result<(), MarkerError> {
        let Some(mark) = mark else { return Ok(()) };
        let key = (place.blob.to_string(), mark);
        if Language::from_path(place.path).is_none() || self.committed.contains(&key) {
            return Ok(());
        }
        let text = read_as(source, &place.blob, Kind::Blob)?;
        let Some(language) = Language::of_file(place.path, &text) else {
            return Ok(());
        };
        let table = self.table(place.blob, language, mark, &text)?;
        if !table.sites.is_empty() {
            let keys = self.keys.at(mark.epoch)?;
            let root = BlobCommitment::new(&keys.recipient, &keys.code, &table).root;
            self.rendered.commitments.push((key.0.clone(), mark, root));
        }
        self.committed.insert(key);
        Ok(())
    }

    fn deliver_blob(
        &mut self,
        place: &Place<'_>,
        source: &dyn ObjectSource,
        sink: &mut dyn ObjectSink,
    ) -> Result<ObjectId, MarkerError> {
        let known = self
            .known
            .get(&(place.path.to_vec(), place.blob.to_string()))
            .cloned();
        let before = known
            .as_ref()
            .and_then(|(hex, _)| ObjectId::from_hex(hex.as_bytes()).ok());
        // Which language it is the text may have to say; whether it is one, the path says.
        let has_language = Language::from_path(place.path).is_some();
        // What no mark is put into is rendered as it is.
        let rendered = before.or_else(|| (!has_language).then_some(place.blob));
        let expected = rendered.and_then(|rendered| self.headers.delivered_as(place.path, rendered));
        if let Some(delivered) = expected {
            if sink.contains(&delivered)? {
                if let Some((_, mark)) = &known {
                    self.commit_to_known(place, *mark, source)?;
                }
                return Ok(delivered);
            }
            // A new generation: what was delivered is taken over from the store before it, byte for byte.
            if let Some(object) = self.delivered_before(&delivered)? {
                return Ok(sink.write(Kind::Blob, &object)?);
            }
        }
        let copy = match rendered
            .map(|known| self.without_header(place.path, known))
            .transpose()?
        {
            Some(Some(copy)) => copy,
            _ => {
                let text = read_as(source, &place.blob, Kind::Blob)?;
                // What came out as the owner's text before comes out so again, also when a later engine would find sites in it.
                if !has_language || before == Some(place.blob) {
                    text
                } else {
                    self.first_delivery(place, &text, known.as_ref().map(|(_, mark)| *mark))?
                }
            }
        };
        let id = id_of(Kind::Blob, &copy)?;
        // The store was lost: the same bytes must come out again.
        let same = |expected: ObjectId, id: ObjectId| {
            if expected == id {
                return Ok(());
            }
            let path = place.path.escape_ascii();
            Err(MarkerError::App(AppError::fault(
                "rendering a copy again",
                format!("{path} gave {id} where {expected} was delivered"),
            )))
        };
        if let Some(before) = before {
            same(before, id)?;
        } else if has_language {
            let mark = self.mark_at(place);
            self.rendered.files.push(tables::deliveries::DeliveredFile {
                recipient: self.recipient.to_owned(),
                path: place.path.to_vec(),
                canonical: place.blob.to_string(),
                profile: mark_text(mark),
                delivered: id.to_string(),
                engine: ENGINE_VERSION.to_string(),
            });
            self.known.insert(
                (place.path.to_vec(), place.blob.to_string()),
                (id.to_string(), mark),
            );
        }
        let again = expected.is_some();
        let mut forms = Vec::new();
        let framed = self
            .headers
            .frame(place.path, (id, copy), before.is_some(), &mut forms)?;
        let delivered = sink.write(Kind::Blob, &framed)?;
        match expected.filter(|_| again) {
            Some(expected) => same(expected, delivered)?,
            None => self.rendered.forms.extend(forms),
        }
        Ok(delivered)
    }

    /// A blob of the store as it was before this run.
    fn delivered_before(&self, blob: &ObjectId) -> Result<Option<Vec<u8>>, MarkerError> {
        let object = match &self.previous {
            Some(previous) => previous.read(blob)?,
            None => None,
        };
        Ok(object.map(|object| object.data))
    }

    /// A text that was delivered in another form, taken from there.
    fn without_header(&self, path: &[u8], rendered: ObjectId) -> Result<Option<Vec<u8>>, MarkerError> {
        if let Some(text) = self.delivered_before(&rendered)? {
            return Ok(Some(text));
        }
        for form in self.headers.others(path, rendered) {
            if let Some(text) = self.delivered_before(&form.delivered)?
                && let Some(bare) = without(&text, &form.spans)
                && id_of(Kind::Blob, &bare)? == rendered
            {
                return Ok(Some(bare));
            }
        }
        Ok(None)
    }
}

pub(super) enum MarkerError {
    App(AppError),
    Object(ringfence_view::object::ObjectError),
}

impl MarkerError {
    fn at(self, path: &[u8]) -> ProjectError {
        match self {
            Self::Object(error) => error.into(),
            Self::App(error) => ProjectError::Deliver {
                path: path.escape_ascii().to_string(),
                message: error.to_string(),
            },
        }
    }
}

impl From<AppError> for MarkerError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<ringfence_view::object::ObjectError> for MarkerError {
    fn from(error: ringfence_view::object::ObjectError) -> Self {
        Self::Object(error)
    }
}

impl Deliver for Marker<'_> {
    fn depends_on_path(&self) -> bool {
        true
    }

    fn prepares(&self) -> bool {
        true
    }

    fn prepare(
        &mut self,
        places: &[Place<'_>],
        source: &dyn ObjectSource,
    ) -> std::result::Result<(), ProjectError> {
        let first = places.first().map_or(&b""[..], |place| place.path);
        self.prepare_all(places, source).map_err(|error| error.at(first))
    }

    fn shape(
        &mut self,
        view: &ViewRules,
        tree: ObjectId,
        limits: Limits,
        source: &dyn ObjectSource,
    ) -> std::result::Result<Option<Shaped>, ProjectError> {
        self.shaper.shape(view, tree, limits, source)
    }

    fn deliver(
        &mut self,
        place: Place<'_>,
        source: &dyn ObjectSource,
        sink: &mut dyn ObjectSink,
    ) -> std::result::Result<ObjectId, ProjectError> {
        self.deliver_blob(&place, source, sink)
            .map_err(|error| error.at(place.path))
    }
}
