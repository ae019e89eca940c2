//! The queues of an account and region, with their counts.
//!
//! Must not know which of them is read in a cycle.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use futures_util::future::join_all;

use super::patient;
use crate::adapters::aws_error::Place;
use crate::adapters::sqs::url_request;
use crate::adapters::{AwsError, Http};
use crate::config::{Queue, ServiceConfig};
use crate::ports::Cause;

/// The most that SQS lists in one answer.
const PAGE: i32 = 1000;

/// Calls for counts at a time.
const READ_AT_ONCE: usize = 16;

/// Amazon SQS in one region.
#[derive(Debug, Clone)]
pub struct AccountQueues {
    client: Client,
    place: Place,
}

/// A queue, and the messages in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedQueue {
    pub arn: String,
    pub visible: u64,
    pub in_flight: u64,
}

impl AccountQueues {
    /// Reached over `http`.
    #[must_use]
    pub fn new(config: &ServiceConfig, http: &Http) -> Self {
        let client = Client::new(&patient(config, http));
        Self { client, place: Place::new("SQS", &config.region) }
    }

    /// The URLs of the account's queues, page by page.
    ///
    /// # Errors
    /// If SQS does not answer with them.
    pub async fn urls(&self) -> Result<Vec<String>, AwsError> {
        let mut urls = Vec::new();
        let mut page = None;
        loop {
            let request = self.client.list_queues().max_results(PAGE).set_next_token(page);
            let answer = request.send().await.map_err(|error| self.place.failed(error))?;
            urls.extend(answer.queue_urls().iter().cloned());
            page = answer.next_token().map(ToOwned::to_owned);
            if page.is_none() {
                return Ok(urls);
            }
        }
    }

    /// The URL of a queue by its name, or by its ARN in another account.
    ///
    /// # Errors
    /// If SQS does not answer, or has no such queue.
    pub async fn url(&self, queue: &Queue) -> Result<String, AwsError> {
        if let Queue::Url { url, .. } = queue {
            return Ok(url.to_string());
        }
        let answer = url_request(&self.client, queue).send().await;
        let answer = answer.map_err(|error| self.place.failed(error))?;
        let url = answer.queue_url().map(ToOwned::to_owned);
        url.ok_or_else(|| self.place.unreadable("it has no URL"))
    }

    /// A queue with its counts.
    ///
    /// # Errors
    /// If SQS does not answer with them.
    pub async fn counted(&self, url: &str) -> Result<CountedQueue, AwsError> {
        let request = self
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::QueueArn)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
        let answer = request.send().await.map_err(|error| self.place.failed(error))?;
        let attributes = answer.attributes().cloned().unwrap_or_default();
        counts(&attributes).map_err(|cause| self.place.unreadable(cause))
    }

    /// The counts of several queues, in their order.
    pub async fn all_counted(&self, urls: &[String]) -> Vec<Result<CountedQueue, AwsError>> {
        let mut counted = Vec::new();
        for part in urls.chunks(READ_AT_ONCE) {
            counted.extend(join_all(part.iter().map(|url| self.counted(url))).await);
        }
        counted
    }
}

fn counts(attributes: &HashMap<QueueAttributeName, String>) -> Result<CountedQueue, Cause> {
    let text = |name: &QueueAttributeName| {
        attributes.get(name).ok_or_else(|| format!("it has no {}", name.as_str()))
    };
    Ok(CountedQueue {
        arn: text(&QueueAttributeName::QueueArn)?.clone(),
        visible: text(&QueueAttributeName::ApproximateNumberOfMessages)?.parse()?,
        in_flight: text(&QueueAttributeName::ApproximateNumberOfMessagesNotVisible)?.parse()?,
    })
}
