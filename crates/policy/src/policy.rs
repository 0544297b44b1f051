//! The Cedar engine: the fixed policies parsed and checked once, then asked for every request.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision as CedarDecision, Effect, Entities, Entity, EntityId, EntityTypeName,
    EntityUid, PolicyId, PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use crate::decision::{ConditionId, ConditionVerdict, Decision, Verdict};
use crate::encode::{Attributes, Encoded, Value, encode};
use crate::facts::{Action, Facts};
use crate::reason;

const CONDITIONS: &str = include_str!("conditions.cedar");
const SCHEMA: &str = include_str!("facts.cedarschema");
const OPEN: &str = "open";

/// Says why the built-in policies cannot be used: a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The schema does not parse.
    #[error("the schema of facts does not parse: {0}")]
    Schema(String),
    /// The policies do not parse.
    #[error("the conditions do not parse: {0}")]
    Parse(String),
    /// The policies do not fit the schema.
    #[error("the conditions do not fit the schema of facts: {0}")]
    Validation(String),
    /// A policy lacks an annotation, or policies and condition ids differ.
    #[error("the conditions are incomplete: {0}")]
    Incomplete(String),
}

/// The access decision, ready to be asked.
pub struct Policy {
    authorizer: Authorizer,
    policies: PolicySet,
    schema: Schema,
    types: Types,
    /// What a condition says of itself.
    conditions: BTreeMap<ConditionId, Description>,
    by_policy: HashMap<PolicyId, ConditionId>,
}

struct Types {
    person: EntityUid,
    recipient: EntityTypeName,
    view: EntityTypeName,
    read: EntityUid,
    write: EntityUid,
}

struct Description {
    number: u8,
    title: String,
    cure: String,
}

/// What Cedar said.
struct Evaluation {
    allowed: bool,
    forbidden: BTreeSet<ConditionId>,
    fault: Option<String>,
}

impl Policy {
    /// Parses and validates the built-in policies. Do it once and share it.
    pub fn new() -> Result<Self, PolicyError> {
        Self::from_text(CONDITIONS)
    }

    fn from_text(conditions: &str) -> Result<Self, PolicyError> {
        let (schema, _) =
            Schema::from_cedarschema_str(SCHEMA).map_err(|error| PolicyError::Schema(error.to_string()))?;
        let policies: PolicySet = conditions
            .parse()
            .map_err(|error: cedar_policy::ParseErrors| PolicyError::Parse(error.to_string()))?;
        let validation = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        if !validation.validation_passed() {
            let errors: Vec<String> = validation.validation_errors().map(ToString::to_string).collect();
            return Err(PolicyError::Validation(errors.join("; ")));
        }
        let mut described = BTreeMap::new();
        let mut by_policy = HashMap::new();
        for policy in policies.policies() {
            let annotation = |key: &str| {
                let text = policy.annotation(key).map(str::to_owned);
                text.ok_or_else(|| PolicyError::Incomplete(format!("policy {} has no @{key}", policy.id())))
            };
            let id = annotation("id")?;
            if policy.effect() == Effect::Permit {
                if id != OPEN {
                    return Err(PolicyError::Incomplete(format!("a second permit {id:?}")));
                }
                continue;
            }
            let unknown = || PolicyError::Incomplete(format!("unknown condition {id:?}"));
            let condition = ConditionId::ALL
                .iter()
                .copied()
                .find(|known| known.as_str() == id)
                .ok_or_else(unknown)?;
            let number = annotation("number")?
                .parse()
                .map_err(|_| PolicyError::Incomplete(format!("the number of {id:?}")))?;
            let description = Description {
                number,
                title: annotation("title")?,
                cure: annotation("cure")?,
            };
            if described.insert(condition, description).is_some() {
                return Err(PolicyError::Incomplete(format!("two policies for {id:?}")));
            }
            by_policy.insert(policy.id().clone(), condition);
        }
        if let Some(missing) = ConditionId::ALL
            .iter()
            .find(|condition| !described.contains_key(condition))
        {
            return Err(PolicyError::Incomplete(format!(
                "no policy for {:?}",
                missing.as_str()
            )));
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies,
            schema,
            types: Types::new()?,
            conditions: described,
            by_policy,
        })
    }

    /// Decides one request. Any fault is a denial.
    pub fn decide(&self, facts: &Facts) -> Decision {
        let evaluation = self.evaluate(&encode(facts));
        let mut conditions = Vec::with_capacity(ConditionId::ALL.len());
        for (id, description) in &self.conditions {
            let undecided = evaluation.fault.is_some() && !evaluation.forbidden.contains(id);
            let verdict = if undecided || evaluation.forbidden.contains(id) {
                Verdict::NotMet
            } else if reason::is_required(*id, facts) {
                Verdict::Met
            } else {
                Verdict::NotRequired
            };
            let reason = if undecided {
                "could not be decided".to_owned()
            } else {
                reason::reason(*id, verdict, facts)
            };
            let cure =
                (verdict == Verdict::NotMet && !undecided).then(|| reason::fill(&description.cure, facts));
            conditions.push(ConditionVerdict {
                id: *id,
                number: description.number,
                title: description.title.clone(),
                verdict,
                reason,
                cure,
                evidence: reason::evidence(*id, facts),
            });
        }
        Decision {
            allowed: evaluation.allowed,
            conditions,
            fault: evaluation.fault,
        }
    }

    /// Decides without reasons: the answer for a request of an outsider.
    pub fn is_allowed(&self, facts: &Facts) -> bool {
        self.evaluate(&encode(facts)).allowed
    }

    fn evaluate(&self, encoded: &Encoded) -> Evaluation {
        self.ask(encoded).unwrap_or_else(|fault| Evaluation {
            allowed: false,
            forbidden: BTreeSet::new(),
            fault: Some(fault),
        })
    }

    fn ask(&self, encoded: &Encoded) -> Result<Evaluation, String> {
        let recipient = self.types.recipient(&encoded.recipient_name);
        let view = self.types.view(&encoded.view_name);
        let parents: HashSet<EntityUid> = encoded.is_member.then(|| recipient.clone()).into_iter().collect();
        let entity = |uid: &EntityUid, attributes: &Attributes, parents: HashSet<EntityUid>| {
            let attributes = self.expressions(attributes)?.into_iter().collect();
            Entity::new(uid.clone(), attributes, parents).map_err(|error| error.to_string())
        };
        let entities = [
            entity(&self.types.person, &encoded.person, parents)?,
            entity(&recipient, &encoded.recipient, HashSet::new())?,
            entity(&view, &encoded.view, HashSet::new())?,
        ];
        let entities =
            Entities::from_entities(entities, Some(&self.schema)).map_err(|error| error.to_string())?;
        let context =
            Context::from_pairs(self.expressions(&encoded.context)?).map_err(|error| error.to_string())?;
        let action = match encoded.action {
            Action::Read => self.types.read.clone(),
            Action::Write => self.types.write.clone(),
        };
        let request = Request::new(
            self.types.person.clone(),
            action,
            view,
            context,
            Some(&self.schema),
        )
        .map_err(|error| error.to_string())?;
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        let forbidden: BTreeSet<ConditionId> = response
            .diagnostics()
            .reason()
            .filter_map(|policy| self.by_policy.get(policy).copied())
            .collect();
        // Cedar skips a policy that errors: with an error there is no Allow, whatever it decided.
        let allowed =
            response.decision() == CedarDecision::Allow && errors.is_empty() && forbidden.is_empty();
        let fault = (!errors.is_empty()).then(|| errors.join("; "));
        Ok(Evaluation {
            allowed,
            forbidden,
            fault,
        })
    }

    fn expressions(&self, attributes: &Attributes) -> Result<Vec<(String, RestrictedExpression)>, String> {
        attributes
            .iter()
            .map(|(name, value)| Ok(((*name).to_owned(), self.expression(value)?)))
            .collect()
    }

    fn expression(&self, value: &Value) -> Result<RestrictedExpression, String> {
        Ok(match value {
            Value::Boolean(truth) => RestrictedExpression::new_bool(*truth),
            Value::Number(number) => RestrictedExpression::new_long(*number),
            Value::Text(text) => RestrictedExpression::new_string(text.clone()),
            Value::Texts(texts) => RestrictedExpression::new_set(
                texts
                    .iter()
                    .map(|text| RestrictedExpression::new_string(text.clone())),
            ),
            Value::Recipient(name) => RestrictedExpression::new_entity_uid(self.types.recipient(name)),
            Value::View(name) => RestrictedExpression::new_entity_uid(self.types.view(name)),
            Value::Record(attributes) => RestrictedExpression::new_record(self.expressions(attributes)?)
                .map_err(|error| error.to_string())?,
        })
    }
}

impl Types {
    fn new() -> Result<Self, PolicyError> {
        let name = |text: &str| {
            text.parse::<EntityTypeName>()
                .map_err(|error| PolicyError::Schema(error.to_string()))
        };
        let action = name("Ringfence::Action")?;
        let uid = |kind: &EntityTypeName, id: &str| {
            EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
        };
        Ok(Self {
            person: uid(&name("Ringfence::Person")?, "person"),
            recipient: name("Ringfence::Recipient")?,
            view: name("Ringfence::View")?,
            read: uid(&action, "read"),
            write: uid(&action, "write"),
        })
    }

    fn recipient(&self, name: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.recipient.clone(), EntityId::new(name))
    }

    fn view(&self, name: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.view.clone(), EntityId::new(name))
    }
}

#[cfg(test)]
mod tests;
