//! What the gateway asks of the application: who may, what is recorded, what becomes of a push.
//!
//! Every method is synchronous and may block; the gateway calls it on a thread of its own.

use std::path::PathBuf;
use std::time::Duration;

use ringfence_git::receive::{PushCommand, Received};
use ringfence_git::serve::Protocol;
use secrecy::SecretString;

/// A request that was let in: who, which view, which store. Holds random ids, no personal data and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Id of the person.
    pub person: String,
    /// Name of the recipient.
    pub recipient: String,
    /// Name of the view.
    pub view: String,
    /// Id of the token; the limits count by it.
    pub token: String,
    /// Folder of the delivery store.
    pub store: PathBuf,
    /// Folder in which pushes are quarantined: on the same file system as the store, outside every mirror and store.
    pub quarantine: PathBuf,
    /// What the recipient may do with branches.
    pub branches: Branches,
}

/// The branches of a store, by short name (`main`, not `refs/heads/main`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branches {
    /// Branches that follow the owner; never pushed to.
    pub tracked: Vec<String>,
    /// Branches that the recipient made; only these may be deleted or rewound.
    pub own: Vec<String>,
}

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A wrong, expired or revoked token, one of another view, or a view that does not exist: all the same outside.
    Unknown {
        /// For the log only.
        inside: String,
    },
    /// The person is known and the view is theirs, but no access now; the reason is shown to them.
    Denied {
        /// Shown to the person, by lines.
        reason: String,
    },
    /// Try later.
    Busy {
        /// When.
        retry_after: Duration,
    },
    /// A fault of ours; outside only a general sentence.
    Fault {
        /// For the log only.
        inside: String,
    },
}

/// What a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryKind {
    /// The client has nothing yet.
    Clone,
    /// The client has something already.
    Fetch,
    /// Only the recipient's receipts are wanted.
    Receipts,
}

/// What a client asked for, before its first pack byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRequest {
    /// Clone, fetch or receipts.
    pub kind: DeliveryKind,
    /// Object ids that the client wants, sorted, each once.
    pub wants: Vec<String>,
    /// Object ids that the client says it has, sorted, each once.
    pub haves: Vec<String>,
    /// Whether the client limited the depth.
    pub shallow: bool,
    /// Protocol version.
    pub protocol: Protocol,
}

/// The application's id of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeliveryId(pub String);

/// How a transfer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every byte was handed to the connection.
    Complete,
    /// It broke off; begun counts as delivered.
    Cut {
        /// Why.
        reason: String,
    },
}

/// The end of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryEnd {
    /// Objects in the pack, from its header.
    pub objects: u64,
    /// Pack bytes handed to the connection.
    pub bytes: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// A push that passed the receive path up to the tree rules.
#[derive(Debug)]
pub struct ReceivedPush {
    /// The commands, each allowed by the reference policy; deletions have no new id.
    pub commands: Vec<PushCommand>,
    /// The quarantined objects; none when every command is a deletion.
    pub received: Option<Received>,
    /// Whether the client asked for all or none.
    pub atomic: bool,
}

/// The answer to one command of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefResult {
    /// Done; the reference was moved.
    Accepted,
    /// Not done.
    Refused {
        /// One short line.
        reason: String,
    },
}

/// The answer to a push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushReport {
    /// By full reference name; a command that is missing here counts as refused.
    pub results: Vec<(String, RefResult)>,
    /// Lines for the person, shown as `remote: ringfence: ...`; control characters are escaped by the gateway.
    pub messages: Vec<String>,
}

/// A request that asked for what is never served; for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The view as named in the address, if it reads as a name.
    pub view: Option<String>,
    /// The token's id, when the request was let in before.
    pub token: Option<String>,
    /// Address of the client.
    pub peer: String,
    /// What was asked.
    pub what: String,
}

/// The application behind the gateway.
pub trait Gate: Send + Sync + 'static {
    /// Hears which commits a client says it has, before anything is sent to it.
    fn client_has(&self, _session: &Session, _haves: &[String]) {}

    /// Words for the person at the client, shown as `remote: ...` before the pack.
    fn notice(&self, _session: &Session) -> Option<String> {
        None
    }

    /// Decides whether the token opens the view now, by every condition. Evaluated at every request.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] for everything that must look like a missing view.
    fn authenticate(&self, token: &SecretString, view: &str) -> Result<Session, Refusal>;

    /// Tells whether a running transfer may go on; asked about every 100 ms. The expiry of the token alone does not end it.
    ///
    /// # Errors
    /// The reason, shown to the person.
    fn still_allowed(&self, session: &Session) -> Result<(), Refusal>;

    /// Brings the delivery store up to date before it is advertised; may be slow.
    ///
    /// # Errors
    /// When the store cannot be served.
    fn refresh(&self, session: &Session) -> Result<(), Refusal>;

    /// Records durably that a delivery begins; the first pack byte leaves after it returns.
    ///
    /// # Errors
    /// When access has ended or the entry cannot be written: nothing is sent.
    fn begin_delivery(&self, session: &Session, request: &DeliveryRequest) -> Result<DeliveryId, Refusal>;

    /// Records the end of a delivery; a complete transfer ends for the client after it returns.
    ///
    /// # Errors
    /// When the entry cannot be written: the client's transfer then fails.
    fn end_delivery(
        &self,
        session: &Session,
        delivery: &DeliveryId,
        end: &DeliveryEnd,
    ) -> Result<(), Refusal>;

    /// Decides on a push, records it and, where accepted, migrates the objects and moves the references.
    ///
    /// # Errors
    /// When the push as a whole is refused.
    fn receive(&self, session: &Session, push: ReceivedPush) -> Result<PushReport, Refusal>;

    /// Notes a request that was refused before it reached a use case.
    fn denied(&self, probe: &Probe);
}
