//! Counts the messages of one SQS queue.
//!
//! Must not know what the counts are for. A count that is missing or unreadable is an error.

use std::future::Future;
use std::sync::Mutex;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::get_queue_attributes::{
    GetQueueAttributesError, GetQueueAttributesOutput,
};
use aws_sdk_sqs::operation::get_queue_url::builders::GetQueueUrlFluentBuilder;
use aws_sdk_sqs::types::QueueAttributeName;

use super::http::Http;
use super::parameter_store::ParameterStore;
use super::sqs_access::Access;
use crate::config::{Queue, SqsConfig};
use crate::policy::Backlog;
use crate::ports::{BacklogError, Cause, OBSERVE_BUDGET};

#[derive(Debug)]
pub struct Sqs {
    pub(super) access: Access,
    pub(super) queue: Queue,
    /// Requested once in the life of an execution environment.
    url: Mutex<Option<String>>,
}

impl Sqs {
    /// A queue, reached over `http`. A secret that is only referred to is in `store`.
    #[must_use]
    pub fn new(config: &SqsConfig, store: &ParameterStore, http: &Http) -> Self {
        Self::over(Access::new(config, store, http), &config.queue)
    }

    pub(super) fn over(access: Access, queue: &Queue) -> Self {
        let url = match queue {
            Queue::Url { url, .. } => Some(url.to_string()),
            Queue::Name(_) | Queue::Arn { .. } => None,
        };
        Self { access, queue: queue.clone(), url: Mutex::new(url) }
    }

    /// Counts the messages.
    ///
    /// # Errors
    /// No answer within [`OBSERVE_BUDGET`], or one without a count.
    pub async fn backlog(&self) -> Result<Backlog, BacklogError> {
        let answer = self.in_time(self.attributes()).await?;
        let count = |attribute| count(&answer, attribute, self.name());
        Ok(Backlog {
            visible: count(QueueAttributeName::ApproximateNumberOfMessages)?,
            in_flight: count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)?,
            delayed: count(QueueAttributeName::ApproximateNumberOfMessagesDelayed)?,
        })
    }

    /// The queue's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.queue.name()
    }

    async fn attributes(&self) -> Result<GetQueueAttributesOutput, Cause> {
        let url = self.url().await?;
        let request = self
            .access
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesDelayed);
        let answer = self.access.signer.call(|| request.clone().send()).await?;
        if answer.as_ref().is_err_and(is_missing) {
            self.forget_url();
        }
        answer.map_err(|error| self.access.place.failed(error).into())
    }

    /// The answer to a request, unless it takes longer than a cycle may observe.
    pub(super) async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, Cause>>,
    ) -> Result<T, BacklogError> {
        let answer = tokio::time::timeout(OBSERVE_BUDGET, answer).await;
        let late = |late| self.access.place.unanswered(Cause::from(late)).into();
        answer.map_err(late).flatten().map_err(|cause: Cause| {
            let queue = self.name().to_owned();
            BacklogError::Unavailable { queue, cause }
        })
    }

    pub(super) async fn url(&self) -> Result<String, Cause> {
        if let Some(url) = self.known_url() {
            return Ok(url);
        }
        let request = url_request(&self.access.client, &self.queue);
        let answer = self.access.signer.call(|| request.clone().send()).await?;
        let answer = answer.map_err(|error| self.access.place.failed(error))?;
        let url = answer.queue_url().ok_or("SQS gave no URL for the queue")?.to_owned();
        self.remember(Some(url.clone()));
        Ok(url)
    }

    fn known_url(&self) -> Option<String> {
        self.url.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn remember(&self, url: Option<String>) {
        *self.url.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = url;
    }

    /// A queue that was deleted and made again may have another URL. A configured one stays.
    fn forget_url(&self) {
        if !matches!(self.queue, Queue::Url { .. }) {
            self.remember(None);
        }
    }
}

/// Requests the URL of a queue by its name, or by its ARN in another account.
pub(super) fn url_request(client: &Client, queue: &Queue) -> GetQueueUrlFluentBuilder {
    let owner = queue.owner().map(ToOwned::to_owned);
    client.get_queue_url().queue_name(queue.name()).set_queue_owner_aws_account_id(owner)
}

/// By either of its names: servers differ in which of the two protocols' codes they send.
fn is_missing(error: &SdkError<GetQueueAttributesError>) -> bool {
    const CODES: [&str; 2] = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];
    error.code().is_some_and(|code| CODES.contains(&code))
}

fn count(
    answer: &GetQueueAttributesOutput,
    attribute: QueueAttributeName,
    queue: &str,
) -> Result<u64, BacklogError> {
    let value = answer.attributes().and_then(|attributes| attributes.get(&attribute));
    value.and_then(|value| value.parse().ok()).ok_or_else(|| BacklogError::NoCount {
        queue: queue.to_owned(),
        attribute: attribute.as_str().to_owned(),
        value: value.cloned(),
    })
}
