//! The gate as the application sees it: every question of the gateway answered by a use case.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ringfence_app::access::{Action, Admitted, Denial};
use ringfence_app::delivery::{BegunDelivery, Ending, Kind};
use ringfence_app::push::Pusher;
use ringfence_app::{App, AppError, Class};
use ringfence_git::delivery_store::DeliveryStore;
use secrecy::{ExposeSecret, SecretString};

use crate::gate::{
    Branches, DeliveryEnd, DeliveryId, DeliveryKind, DeliveryRequest, Gate, Outcome, Probe, PushReport,
    ReceivedPush, RefResult, Refusal, Session,
};

/// How often the same refused request is written to the ledger: a flood of probes must not become a flood of entries.
const NOTE_EVERY: Duration = Duration::from_secs(60);
/// How long a client may take from saying what it has to its pack.
const NOTICE_WITHIN: Duration = Duration::from_secs(600);
/// Most different refused requests remembered for that.
const MOST_NOTED: usize = 10_000;

/// Answers the gateway from one home.
pub struct AppGate {
    app: Arc<App>,
    running: Mutex<HashMap<String, BegunDelivery>>,
    admitted: Mutex<HashMap<String, Admitted>>,
    noted: Mutex<HashMap<String, Instant>>,
    /// Tokens whose client has nothing but commits that its store never held, as after a new generation.
    strangers: Mutex<HashMap<String, Instant>>,
}

impl AppGate {
    /// A gate over an open home.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self {
            app,
            running: Mutex::default(),
            admitted: Mutex::default(),
            noted: Mutex::default(),
            strangers: Mutex::default(),
        }
    }

    fn note(&self, recipient: Option<&str>, view: &str, what: &str) {
        // Names that nobody declared are one name: else whoever invents names fills the ledger, and the memory of what was noted.
        let view = if self.app.has_view(view) {
            view
        } else {
            "(none declared)"
        };
        let key = format!("{}\n{view}\n{what}", recipient.unwrap_or_default());
        {
            let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
            if noted.len() >= MOST_NOTED {
                noted.retain(|_, at| at.elapsed() < NOTE_EVERY);
            }
            if noted.len() >= MOST_NOTED || noted.get(&key).is_some_and(|at| at.elapsed() < NOTE_EVERY) {
                return;
            }
            noted.insert(key, Instant::now());
        }
        if let Err(error) = self.app.note_refusal(recipient, view, what) {
            tracing::error!(%error, "a refused request could not be noted");
        }
    }

    fn admitted(&self, session: &Session) -> Result<Admitted, Refusal> {
        let admitted = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        admitted
            .get(&session.token)
            .filter(|admitted| admitted.view == session.view)
            .cloned()
            .ok_or_else(|| Refusal::Fault {
                inside: "a session that was never let in".to_owned(),
            })
    }

    fn still(&self, session: &Session, action: Action) -> Result<(), Refusal> {
        let admitted = self.admitted(session)?;
        match self.app.still_admitted(&admitted, action).map_err(fault)? {
            Ok(()) => Ok(()),
            Err(Denial::Token(inside)) => {
                tracing::info!(token = %session.token, %inside, "access ended");
                Err(Refusal::Denied {
                    reason: "access was revoked".to_owned(),
                })
            }
            Err(Denial::Conditions(conditions)) => {
                self.note(
                    Some(&session.recipient),
                    &session.view,
                    &format!("conditions not met: {conditions}"),
                );
                Err(Refusal::Denied {
                    reason: "access to this view has ended; ask the owner".to_owned(),
                })
            }
        }
    }

    fn store(&self, session: &Session) -> Result<DeliveryStore, Refusal> {
        self.app
            .open_store(&session.view, &session.recipient)
            .map_err(fault)
    }
}

fn fault(error: AppError) -> Refusal {
    match error.class() {
        Class::No => Refusal::Denied {
            reason: "the owner's repository cannot be served now; ask the owner".to_owned(),
        },
        Class::Input | Class::Fault => Refusal::Fault {
            inside: error.to_string(),
        },
    }
}

impl Gate for AppGate {
    fn authenticate(&self, token: &SecretString, view: &str) -> Result<Session, Refusal> {
        let answer = self
            .app
            .admit(token.expose_secret(), view)
            .map_err(|error| Refusal::Fault {
                inside: error.to_string(),
            })?;
        let admitted = match answer {
            Ok(admitted) => admitted,
            Err(Denial::Token(inside)) => {
                self.note(None, view, "a token that does not open it");
                return Err(Refusal::Unknown { inside });
            }
            Err(Denial::Conditions(conditions)) => {
                self.note(None, view, &format!("conditions not met: {conditions}"));
                return Err(Refusal::Denied {
                    reason: "access to this view has ended; ask the owner".to_owned(),
                });
            }
        };
        let session = Session {
            person: admitted.person.clone(),
            recipient: admitted.recipient.clone(),
            view: admitted.view.clone(),
            token: admitted.token.clone(),
            store: self
                .app
                .store_path(&admitted.view, &admitted.recipient)
                .map_err(fault)?,
            quarantine: self.app.quarantine().map_err(fault)?,
            branches: self
                .app
                .branches(&admitted.view, &admitted.recipient)
                .map(|(tracked, own)| Branches { tracked, own })
                .map_err(fault)?,
        };
        self.admitted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(admitted.token.clone(), admitted);
        Ok(session)
    }

    fn client_has(&self, session: &Session, haves: &[String]) {
        let Ok(store) = self.store(session) else {
            return;
        };
        let known = store.holds_any(haves);
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        strangers.retain(|_, at| at.elapsed() < NOTICE_WITHIN);
        if known || store.generation() < 2 {
            strangers.remove(&session.token);
        } else if strangers.len() < MOST_NOTED {
            strangers.insert(session.token.clone(), Instant::now());
        }
    }

    fn notice(&self, session: &Session) -> Option<String> {
        self.strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&session.token)?;
        let store = self.store(session).ok()?;
        let (branch, generation) = (store.branch(), store.generation());
        let patches = match store.find_ref(ringfence_app::projection::PATCHES) {
            Ok(Some(_)) => format!(
                "\nchanges of your branches that no longer fit: git fetch origin {}",
                ringfence_app::projection::PATCHES
            ),
            _ => String::new(),
        };
        Some(format!(
            "the owner made this view anew (generation {generation}); its history starts again and your clone shares no commit with it\n\
             what to do: git fetch origin, then git switch -C {branch} origin/{branch}, or clone again\n\
             your branches are here on the new base: git branch -r; work that you did not push: git rebase --onto origin/{branch} OLD-BASE{patches}"
        ))
    }

    fn still_allowed(&self, session: &Session) -> Result<(), Refusal> {
        self.still(session, Action::Read)
    }

    fn refresh(&self, session: &Session) -> Result<(), Refusal> {
        self.app.refresh(&session.view, &session.recipient).map(drop).map_err(|error| {
            tracing::warn!(view = %session.view, recipient = %session.recipient, %error, "the view could not be brought up to date");
            fault(error)
        })?;
        // What came in by the synchronisation may belong to an asset that no agreement covers.
        self.still(session, Action::Read)
    }

    fn begin_delivery(&self, session: &Session, request: &DeliveryRequest) -> Result<DeliveryId, Refusal> {
        self.still(session, Action::Read)?;
        let store = self.store(session)?;
        let store_fault = |error: ringfence_git::delivery_store::StoreError| Refusal::Fault {
            inside: error.to_string(),
        };
        let tip = store.tip().map_err(store_fault)?;
        let tip = tip.ok_or_else(|| Refusal::Fault {
            inside: "a store without a tip".to_owned(),
        })?;
        let kind = match request.kind {
            DeliveryKind::Clone => Kind::Clone,
            DeliveryKind::Fetch => Kind::Fetch,
            DeliveryKind::Receipts => Kind::Receipts,
        };
        let begun = self
            .app
            .begin_delivery(
                &session.recipient,
                &session.view,
                &session.person,
                Some(&session.token),
                kind,
                tip,
            )
            .map_err(fault)?;
        let id = begun.id.clone();
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone(), begun);
        Ok(DeliveryId(id))
    }

    fn end_delivery(
        &self,
        session: &Session,
        delivery: &DeliveryId,
        end: &DeliveryEnd,
    ) -> Result<(), Refusal> {
        let begun = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&delivery.0);
        let begun = begun.ok_or_else(|| Refusal::Fault {
            inside: "a delivery that never began".to_owned(),
        })?;
        let ending = match &end.outcome {
            Outcome::Complete => Ending::Complete,
            Outcome::Cut { reason } => {
                tracing::info!(delivery = %delivery.0, %reason, "a transfer was cut");
                Ending::Cut
            }
        };
        let store = self.store(session)?;
        self.app
            .end_delivery(&begun, &store, end.objects, end.bytes, ending)
            .map_err(fault)
    }

    fn receive(&self, session: &Session, push: ReceivedPush) -> Result<PushReport, Refusal> {
        self.still(session, Action::Write)?;
        let pusher = Pusher {
            person: session.person.clone(),
            recipient: session.recipient.clone(),
            view: session.view.clone(),
        };
        let outcome = self
            .app
            .receive_push(&pusher, &push.commands, push.received.as_ref())
            .map_err(fault)?;
        Ok(PushReport {
            results: outcome
                .results
                .into_iter()
                .map(|(name, result)| match result {
                    Ok(()) => (name, RefResult::Accepted),
                    Err(reason) => (name, RefResult::Refused { reason }),
                })
                .collect(),
            messages: outcome.messages,
        })
    }

    fn denied(&self, probe: &Probe) {
        tracing::info!(view = probe.view.as_deref(), token = probe.token.as_deref(), peer = %probe.peer, what = %probe.what, "refused");
        let recipient = probe.token.as_ref().and_then(|token| {
            self.admitted
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(token)
                .map(|admitted| admitted.recipient.clone())
        });
        self.note(
            recipient.as_deref(),
            probe.view.as_deref().unwrap_or("-"),
            &probe.what,
        );
    }
}
