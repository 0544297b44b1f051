//! Clone and fetch: the references, and the pack under watch.
//!
//! INVARIANT: the first pack byte is handed over only after [`Gate::begin_delivery`] returned; the flush packet after the last one only
//! after [`Gate::end_delivery`] returned, so that a client that is told "done" finds both entries.
//! INVARIANT: a transfer asks every [`Bounds::poll`](crate::Bounds::poll) whether it may go on, also while the client is slow.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use ringfence_git::serve::{self as git_serve, Ended, Protocol, Service, Serving, Stopper};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;

use crate::answer::{self, Answer};
use crate::body::{self, BodyError};
use crate::gate::{DeliveryEnd, DeliveryId, DeliveryKind, DeliveryRequest, Gate, Outcome, Refusal, Session};
use crate::limits::Place;
use crate::pkt;
use crate::request::{self, Command, RequestError, UploadRequest};
use crate::response::{LastWords, Layout, Scanner, Segment};
use crate::route::{Entered, blocking, reason, refused};

const RESULT: &str = "application/x-git-upload-pack-result";
/// Bytes read from the child at once.
const PIECE: usize = 64 << 10;
/// Longest list of references in bytes.
const LONGEST_ADVERTISEMENT: u64 = 64 << 20;
/// How long a client that is cut off may take to read why.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Answers `GET info/refs?service=git-upload-pack`.
pub(crate) async fn advertise(entered: Entered) -> Answer {
    let Entered {
        shared,
        session,
        protocol,
        place,
        ..
    } = entered;
    let (gate, limits) = (Arc::clone(&shared.gate), shared.bounds.serve);
    let work = move || {
        gate.refresh(&session)?;
        let mut body = Vec::new();
        if protocol != Protocol::V2 {
            pkt::write(&mut body, b"# service=git-upload-pack\n");
            body.extend_from_slice(pkt::FLUSH);
        }
        let fault = |error: &dyn std::fmt::Display| Refusal::Fault {
            inside: error.to_string(),
        };
        let mut serving = Serving::start(&session.store, Service::Advertise, protocol, limits, Vec::new())
            .map_err(|error| fault(&error))?;
        (&mut serving)
            .take(LONGEST_ADVERTISEMENT)
            .read_to_end(&mut body)
            .map_err(|error| fault(&error))?;
        let ended = serving.finish();
        drop(place);
        if ended.success {
            Ok(body)
        } else {
            Err(fault(&ended.message))
        }
    };
    match blocking(work).await {
        Ok(body) => answer::git("application/x-git-upload-pack-advertisement", Body::from(body)),
        Err(refusal) => refused(&refusal),
    }
}

/// Answers `POST git-upload-pack`.
pub(crate) async fn serve(entered: Entered, http: Request) -> Answer {
    let content_type = http
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if content_type != Some("application/x-git-upload-pack-request") {
        return answer::text(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the content type is not that of a git request",
        );
    }
    let (most, time) = (
        entered.shared.bounds.request_bytes,
        entered.shared.bounds.request_time,
    );
    let bytes = match body::encoding(http.headers()) {
        Ok(encoding) => body::read_whole(http.into_body(), encoding, most, time).await,
        Err(error) => Err(error),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            let status = match error {
                BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                BodyError::Slow(_) => StatusCode::REQUEST_TIMEOUT,
                BodyError::Broken(_) => StatusCode::BAD_REQUEST,
                BodyError::Encoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            };
            entered.note(format!("bad request body: {error}")).await;
            return answer::text(status, &error.to_string());
        }
    };
    let request = match request::parse(entered.protocol, &bytes) {
        Ok(request) => request,
        Err(error) => {
            if matches!(error, RequestError::NotServed(_)) {
                entered.note(error.to_string()).await;
            }
            return answer::git(RESULT, Body::from(pkt::error_packet(&error.to_string())));
        }
    };
    match start(entered, request, bytes).await {
        Ok(body) => answer::git(RESULT, body),
        Err(refusal) => refused(&refusal),
    }
}

async fn start(entered: Entered, request: UploadRequest, bytes: Vec<u8>) -> Result<Body, Refusal> {
    let Entered {
        shared,
        session,
        protocol,
        place,
        ..
    } = entered;
    let layout = match (request.command, protocol) {
        (Command::LsRefs, _) => Layout::NoPack,
        (Command::Fetch, Protocol::V2) => Layout::Sections,
        (Command::Fetch, _) if request.side_band => Layout::SideBand,
        (Command::Fetch, _) => Layout::Raw,
    };
    let (limits, opened) = (shared.bounds.serve, Arc::clone(&session));
    let listener = Arc::clone(&shared.gate);
    let (delivery, serving) = blocking(move || {
        let fault = |error: git_serve::ServeError| Refusal::Fault {
            inside: error.to_string(),
        };
        let kind = if git_serve::only_receipts(&opened.store, &request.wants).map_err(fault)? {
            DeliveryKind::Receipts
        } else if request.haves.is_empty() {
            DeliveryKind::Clone
        } else {
            DeliveryKind::Fetch
        };
        if !request.haves.is_empty() {
            listener.client_has(&opened, &request.haves);
        }
        let UploadRequest {
            mut wants,
            mut haves,
            shallow,
            ..
        } = request;
        // Clients of version 0 name a commit once for each of its references.
        for ids in [&mut wants, &mut haves] {
            ids.sort_unstable();
            ids.dedup();
        }
        let serving =
            Serving::start(&opened.store, Service::Request, protocol, limits, bytes).map_err(fault)?;
        Ok((
            DeliveryRequest {
                kind,
                wants,
                haves,
                shallow,
                protocol,
            },
            serving,
        ))
    })
    .await?;
    let (sender, receiver) = mpsc::channel(1);
    let transfer = Transfer {
        stopper: serving.stopper(),
        pieces: read_pieces(serving),
        ended: watch(Arc::clone(&shared.gate), Arc::clone(&session), shared.bounds.poll),
        deadline: Instant::now() + shared.bounds.transfer_time,
        stall: shared.bounds.stall,
        gate: Arc::clone(&shared.gate),
        session,
        delivery,
        speaks: matches!(layout, Layout::Sections | Layout::SideBand),
        scanner: Scanner::new(layout),
        sender,
        begun: None,
        bytes: 0,
        last_words: LastWords::ErrorPacket,
        sent_any: false,
        _place: place,
    };
    tokio::spawn(transfer.run());
    Ok(Body::from_stream(ReceiverStream::new(receiver)))
}

enum Piece {
    Bytes(Vec<u8>),
    End(Ended),
    Broken(String),
}

/// Reads the child on a thread of its own; it ends when the child does or nobody takes the pieces.
fn read_pieces(mut serving: Serving) -> mpsc::Receiver<Piece> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0_u8; PIECE];
            let count = match serving.read(&mut piece) {
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let _ = sender.blocking_send(Piece::Broken(error.to_string()));
                    return;
                }
            };
            if count == 0 {
                let _ = sender.blocking_send(Piece::End(serving.finish()));
                return;
            }
            piece.truncate(count);
            if sender.blocking_send(Piece::Bytes(piece)).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Asks again and again whether the transfer may go on; the answer is the reason why not.
pub(crate) fn watch(gate: Arc<dyn Gate>, session: Arc<Session>, poll: Duration) -> oneshot::Receiver<String> {
    let (mut sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = sender.closed() => return,
                () = tokio::time::sleep(poll) => {}
            }
            let (gate, session) = (Arc::clone(&gate), Arc::clone(&session));
            if let Err(refusal) = blocking(move || gate.still_allowed(&session)).await {
                let _ = sender.send(reason(&refusal));
                return;
            }
        }
    });
    receiver
}

/// Why a transfer ends before its time.
#[derive(Debug)]
enum Stop {
    /// The gate says so; the client is told.
    Refused(String),
    /// The client went away.
    Gone,
    /// The client takes too long.
    Slow(String),
    /// A fault of ours or of the child.
    Fault(String),
}

struct Transfer {
    gate: Arc<dyn Gate>,
    session: Arc<Session>,
    delivery: DeliveryRequest,
    scanner: Scanner,
    /// Whether the client listens on side-band 2.
    speaks: bool,
    pieces: mpsc::Receiver<Piece>,
    stopper: Stopper,
    ended: oneshot::Receiver<String>,
    sender: mpsc::Sender<std::io::Result<Bytes>>,
    deadline: Instant,
    stall: Duration,
    begun: Option<DeliveryId>,
    bytes: u64,
    /// How the client can be told of a cut after what it was sent.
    last_words: LastWords,
    sent_any: bool,
    _place: Place,
}

impl Transfer {
    async fn run(mut self) {
        let result = self.flow().await;
        let stopper = self.stopper.clone();
        let _ = tokio::task::spawn_blocking(move || stopper.stop()).await;
        if let Err(stop) = result {
            self.break_off(stop).await;
        }
    }

    async fn flow(&mut self) -> Result<(), Stop> {
        loop {
            let piece = tokio::select! {
                biased;
                ended = &mut self.ended => return Err(refusal_of(ended)),
                () = tokio::time::sleep_until(self.deadline) => return Err(Stop::Slow("the transfer took too long".to_owned())),
                piece = self.pieces.recv() => piece,
            };
            match piece {
                Some(Piece::Bytes(bytes)) => {
                    let segments = self
                        .scanner
                        .push(bytes)
                        .map_err(|error| Stop::Fault(error.to_string()))?;
                    for (segment, last_words) in segments {
                        self.segment(segment).await?;
                        self.last_words = last_words;
                    }
                }
                Some(Piece::End(ended)) => return self.finish(ended).await,
                Some(Piece::Broken(error)) => return Err(Stop::Fault(error)),
                None => return Err(Stop::Fault("the reader of git upload-pack ended".to_owned())),
            }
        }
    }

    async fn segment(&mut self, segment: Segment) -> Result<(), Stop> {
        match segment {
            Segment::Plain(bytes) => self.hand_over(bytes).await,
            Segment::Pack { framed, payload } => {
                if self.begun.is_none() {
                    self.begin().await?;
                    self.notice().await?;
                }
                self.hand_over(framed).await?;
                self.bytes = self.bytes.saturating_add(payload);
                Ok(())
            }
            Segment::Last(bytes) => {
                // A free place in the channel means that the connection has taken everything before.
                let sender = self.sender.clone();
                let place = self.until_stopped(sender.reserve()).await?;
                self.end(Outcome::Complete).await?;
                place.send(Ok(Bytes::from(bytes)));
                Ok(())
            }
        }
    }

    async fn hand_over(&mut self, bytes: Vec<u8>) -> Result<(), Stop> {
        let sender = self.sender.clone();
        self.until_stopped(sender.reserve())
            .await?
            .send(Ok(Bytes::from(bytes)));
        self.sent_any = true;
        Ok(())
    }

    async fn until_stopped<T, E>(&mut self, work: impl Future<Output = Result<T, E>>) -> Result<T, Stop> {
        tokio::select! {
            biased;
            ended = &mut self.ended => Err(refusal_of(ended)),
            result = work => result.map_err(|_| Stop::Gone),
            () = tokio::time::sleep(self.stall) => Err(Stop::Slow(format!("the client took nothing for {:?}", self.stall))),
            () = tokio::time::sleep_until(self.deadline) => Err(Stop::Slow("the transfer took too long".to_owned())),
        }
    }

    async fn begin(&mut self) -> Result<(), Stop> {
        let (gate, session, request) = (
            Arc::clone(&self.gate),
            Arc::clone(&self.session),
            self.delivery.clone(),
        );
        let begun = blocking(move || gate.begin_delivery(&session, &request)).await;
        self.begun = Some(begun.map_err(|refusal| Stop::Refused(reason(&refusal)))?);
        Ok(())
    }

    /// What the gate has to say to the person, on side-band 2; a client without side-band cannot be told.
    async fn notice(&mut self) -> Result<(), Stop> {
        if !self.speaks {
            return Ok(());
        }
        let (gate, session) = (Arc::clone(&self.gate), Arc::clone(&self.session));
        let notice = blocking(move || Ok(gate.notice(&session)))
            .await
            .map_err(|refusal| Stop::Refused(reason(&refusal)))?;
        let Some(notice) = notice else {
            return Ok(());
        };
        let mut message = Vec::new();
        for line in notice.lines() {
            pkt::write_band(
                &mut message,
                2,
                format!("ringfence: {}\n", pkt::one_line(line)).as_bytes(),
            );
        }
        self.hand_over(message).await
    }

    async fn end(&mut self, outcome: Outcome) -> Result<(), Stop> {
        let Some(delivery) = self.begun.take() else {
            return Ok(());
        };
        let end = DeliveryEnd {
            objects: self.scanner.objects().unwrap_or(0),
            bytes: self.bytes,
            outcome,
        };
        let (gate, session) = (Arc::clone(&self.gate), Arc::clone(&self.session));
        let ended = blocking(move || gate.end_delivery(&session, &delivery, &end)).await;
        ended.map_err(|refusal| Stop::Refused(reason(&refusal)))
    }

    async fn finish(&mut self, ended: Ended) -> Result<(), Stop> {
        if self.begun.is_some() && ended.success {
            // A raw pack has no packet that ends it.
            let sender = self.sender.clone();
            let _place = self.until_stopped(sender.reserve()).await?;
            return self.end(Outcome::Complete).await;
        }
        if self.begun.is_some() || (!ended.success && !self.sent_any) {
            return Err(Stop::Fault(format!("git upload-pack failed: {}", ended.message)));
        }
        Ok(())
    }

    async fn break_off(&mut self, stop: Stop) {
        let (inside, outside) = match stop {
            Stop::Refused(reason) => (reason.clone(), Some(reason)),
            Stop::Gone => ("the client went away".to_owned(), None),
            Stop::Slow(reason) => (reason.clone(), Some(reason)),
            Stop::Fault(inside) => (
                inside,
                Some("the server could not go on; the owner's log says why".to_owned()),
            ),
        };
        tracing::info!(view = %self.session.view, recipient = %self.session.recipient, token = %self.session.token,
            bytes = self.bytes, reason = %inside, "transfer cut");
        if self.end(Outcome::Cut { reason: inside }).await.is_err() {
            tracing::error!(view = %self.session.view, "the end of a cut transfer could not be recorded; it counts as delivered");
        }
        let Some(outside) = outside else {
            return;
        };
        let mut message = Vec::new();
        let last = match self.last_words {
            LastWords::SideBand => {
                pkt::write_band(
                    &mut message,
                    3,
                    format!("ringfence: {}\n", pkt::one_line(&outside)).as_bytes(),
                );
                message.extend_from_slice(pkt::FLUSH);
                Ok(Bytes::from(message))
            }
            LastWords::ErrorPacket => Ok(Bytes::from(pkt::error_packet(&outside))),
            // The connection breaks, so that the client sees an incomplete answer.
            LastWords::Impossible => Err(std::io::Error::other("transfer cut")),
        };
        let _ = tokio::time::timeout(LAST_WORDS, self.sender.send(last)).await;
    }
}

fn refusal_of(ended: Result<String, oneshot::error::RecvError>) -> Stop {
    match ended {
        Ok(reason) => Stop::Refused(reason),
        Err(_) => Stop::Fault("the watch over the transfer ended".to_owned()),
    }
}
