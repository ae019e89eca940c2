//! Keeps the state in one `DynamoDB` item: a consistent read, one conditional write.
//!
//! Only the attributes named here are written; others that an operator adds stay. Must not know
//! what the counters mean.

use std::sync::OnceLock;

use super::app_names::KnownNames;
use super::aws::{Service, credentials, sdk_config};
use super::aws_error::Place;
use super::http::Http;
use super::state_item::{self, Item, TARGET, Unreadable, is_written_by, number};
use crate::config::DynamoDbConfig;
use crate::ports::{
    COMMIT_BUDGET, Cause, CommitError, OBSERVE_BUDGET, StateError, StateStore, Stored, Write,
    WriteOutcome,
};
use crate::target::Target;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

#[derive(Debug)]
pub struct DynamoDb {
    pub(super) client: Client,
    pub(super) place: Place,
    pub(super) table: String,
    pub(super) key: String,
    live_key: Option<String>,
    /// The app as the keys have it, and its other name as far as it is known.
    app: String,
    names: KnownNames,
    /// The app's other name, once the state was found under it.
    found_under: OnceLock<String>,
}

/// A table and how it is reached. All items of it are reached over one client.
#[derive(Debug, Clone)]
pub(super) struct Table {
    client: Client,
    place: Place,
    name: String,
}

impl Table {
    pub(super) fn new(config: &DynamoDbConfig, http: &Http) -> Self {
        let service = Service {
            region: &config.region,
            credentials: credentials(&config.keys, &config.region, http),
            endpoint_url: config.endpoint_url.as_ref(),
            budget: OBSERVE_BUDGET,
        };
        let client = Client::new(&sdk_config(service, http));
        let place = Place::new("DynamoDB", &config.region);
        Self { client, place, name: config.table.clone() }
    }

    fn item(self, key: String) -> DynamoDb {
        DynamoDb {
            client: self.client,
            place: self.place,
            table: self.name,
            key,
            live_key: None,
            app: String::new(),
            names: KnownNames::default(),
            found_under: OnceLock::new(),
        }
    }

    /// The item of a target, whose app may have another name.
    pub(super) fn item_of(&self, target: &Target, names: &KnownNames) -> DynamoDb {
        let item = self.clone().item(target.state_key()).beside(target.live_key());
        item.spelled(&target.id.app, names)
    }
}

impl DynamoDb {
    /// The item `key`, reached over `http`.
    #[must_use]
    pub fn new(config: &DynamoDbConfig, key: String, http: &Http) -> Self {
        Table::new(config, http).item(key)
    }

    /// The same for an app that may have another name: a state stored under that name counts too.
    fn spelled(self, app: &str, names: &KnownNames) -> Self {
        Self { app: app.to_owned(), names: names.clone(), ..self }
    }

    /// The key that is used, after a state was found under the app's other name.
    fn in_use(&self, key: &str) -> String {
        self.found_under.get().map_or_else(|| key.to_owned(), |app| self.under(app, key))
    }

    fn under(&self, app: &str, key: &str) -> String {
        format!("{app}{}", key.strip_prefix(&self.app).unwrap_or(key))
    }

    /// Checks for a state under the app's other name before the first write. If there is one, that
    /// name is used from now on.
    async fn is_found_elsewhere(&self) -> Result<bool, Cause> {
        let Some(other) = self.names.other_than(&self.app) else { return Ok(false) };
        if self.found_under.get().is_some() {
            return Ok(false);
        }
        let keys = [Some(&self.key), self.live_key.as_ref()];
        for key in keys.into_iter().flatten() {
            if self.get(&self.under(other, key)).await?.item.is_some() {
                self.found_under.get_or_init(|| other.to_owned());
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same for a dry run, which reads the live cycles' item as well.
    #[must_use]
    pub fn beside(self, live_key: Option<String>) -> Self {
        Self { live_key, ..self }
    }

    pub(super) async fn item(&self, key: &str) -> Result<Option<Item>, StateError> {
        let answer = self.get(key).await.map_err(|cause| {
            let (place, key) = (self.shown(), key.to_owned());
            StateError::Unavailable { place, key, cause }
        })?;
        Ok(answer.item)
    }

    fn shown(&self) -> String {
        format!("table {}", self.table)
    }

    async fn stored(&self, key: &str) -> Result<Stored, StateError> {
        let Some(item) = self.item(key).await? else { return Ok(Stored::default()) };
        state_item::read(&item).map_err(|Unreadable(attribute)| {
            let (place, key) = (self.shown(), key.to_owned());
            StateError::Unreadable { place, key, attribute }
        })
    }

    async fn get(&self, key: &str) -> Result<GetItemOutput, Cause> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(TARGET, AttributeValue::S(key.to_owned()))
            .consistent_read(true);
        let answer = tokio::time::timeout(OBSERVE_BUDGET, request.send()).await;
        answer
            .map_err(|late| self.place.unanswered(late.into()))?
            .map_err(|error| self.place.failed(error).into())
    }

    /// A write whose answer was lost is sent again and then fails on its own item. An answer that
    /// does not show the item as it was written is no confirmation, whatever its status.
    fn outcome(
        &self,
        sent: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
        write: &Write,
    ) -> Result<WriteOutcome, Cause> {
        match sent {
            Ok(answer) if answer.attributes().is_some_and(|item| is_written_by(item, write)) => {
                Ok(WriteOutcome::Won)
            }
            Ok(_) => Err("the answer does not show what was written".into()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    let ours = failure.item().is_some_and(|item| is_written_by(item, write));
                    Ok(if ours { WriteOutcome::Won } else { WriteOutcome::Lost })
                }
                _ => Err(self.place.failed(error).into()),
            },
        }
    }

    /// Another instance may have stored the first state, perhaps under the app's other name.
    async fn try_to_commit(&self, write: &Write) -> Result<WriteOutcome, Cause> {
        if write.expected.is_none() && self.is_found_elsewhere().await? {
            return Ok(WriteOutcome::Lost);
        }
        self.outcome(self.update(write).send().await, write)
    }

    /// One expression for every write: absent attributes are removed.
    fn update(&self, write: &Write) -> UpdateItemFluentBuilder {
        let (set, removed) = state_item::attributes(write);
        let assignments: Vec<_> =
            set.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let mut expression = format!("SET {}", assignments.join(", "));
        if !removed.is_empty() {
            let names: Vec<_> = removed.iter().map(|name| format!("#{name}")).collect();
            expression.push_str(&format!(" REMOVE {}", names.join(", ")));
        }
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(TARGET, AttributeValue::S(self.in_use(&self.key)))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for name in set.iter().map(|(name, _)| *name).chain(removed) {
            update = update.expression_attribute_names(format!("#{name}"), name);
        }
        for (name, value) in set {
            update = update.expression_attribute_values(format!(":{name}"), value);
        }
        let update = update.update_expression(expression);
        match write.expected {
            None => update
                .condition_expression("attribute_not_exists(#target)")
                .expression_attribute_names("#target", TARGET),
            Some(version) => update
                .condition_expression("#version = :expected")
                .expression_attribute_values(":expected", number(version)),
        }
    }
}

impl StateStore for DynamoDb {
    async fn load(&self) -> Result<Stored, StateError> {
        let own = self.in_use(&self.key);
        let Some(live_key) = &self.live_key else { return self.stored(&own).await };
        let live = self.in_use(live_key);
        let (own, live) = tokio::join!(self.stored(&own), self.stored(&live));
        Ok(own?.beside(live?.state))
    }

    async fn commit(&self, write: &Write) -> Result<WriteOutcome, CommitError> {
        let failed =
            |cause| CommitError { place: self.shown(), key: self.in_use(&self.key), cause };
        let sent = tokio::time::timeout(COMMIT_BUDGET, self.try_to_commit(write)).await;
        sent.map_err(|late| failed(self.place.unanswered(late.into()).into()))?.map_err(failed)
    }
}
