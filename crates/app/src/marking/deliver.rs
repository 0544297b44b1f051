//! Delivers blob by blob: what was delivered before as it was, else rendered now, with the header line around it.

use super::{Marker, profile_word};
use crate::error::AppError;
use ringfence_mark::commitment::BlobCommitment;
use ringfence_mark::model::{ENGINE_VERSION, Profile};
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
        profile: Option<Profile>,
        source: &dyn ObjectSource,
    ) -> Result<(), MarkerError> {
        let (Some(language), Some(profile)) = (Language::from_path(place.path), profile) else {
            return Ok(());
        };
        let key = (place.blob.to_string(), profile_word(Some(profile)));
        if self.committed.contains(&key) {
            return Ok(());
        }
        let text = read_as(source, &place.blob, Kind::Blob)?;
        let table = self.table(place.blob, language, profile, &text)?;
        if !table.sites.is_empty() {
            let root = BlobCommitment::new(&self.keys.recipient, &self.keys.code, &table).root;
            self.rendered.commitments.push((key.0.clone(), profile, root));
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
        let language = Language::from_path(place.path);
        // What no mark is put into is rendered as it is.
        let rendered = before.or_else(|| language.is_none().then_some(place.blob));
        let expected = rendered.and_then(|rendered| self.headers.delivered_as(place.path, rendered));
        if let Some(delivered) = expected {
            if sink.contains(&delivered)? {
                if let Some((_, profile)) = &known {
                    self.commit_to_known(place, *profile, source)?;
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
                match language {
                    None => text,
                    Some(_) => {
                        self.first_delivery(place, &text, known.as_ref().map(|(_, profile)| *profile))?
                    }
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
        } else if language.is_some() {
            let profile = self.rules.profile(place.path, place.visibility);
            self.rendered.files.push(tables::deliveries::DeliveredFile {
                recipient: self.recipient.to_owned(),
                path: place.path.to_vec(),
                canonical: place.blob.to_string(),
                profile: profile_word(profile).to_owned(),
                delivered: id.to_string(),
                engine: ENGINE_VERSION.to_string(),
            });
            self.known.insert(
                (place.path.to_vec(), place.blob.to_string()),
                (id.to_string(), profile),
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
