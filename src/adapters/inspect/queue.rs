//! What SQS reports of a queue besides its counts.
//!
//! Must not know what is right.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;

use crate::adapters::Sqs;
use crate::ports::{BacklogError, Cause};

/// How a queue is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueFacts {
    /// How long a received message stays hidden, if SQS reported it.
    pub visibility_timeout: Option<Duration>,
}

impl Sqs {
    /// Reads the queue's attributes, which a cycle must be allowed to read as well.
    ///
    /// # Errors
    /// If SQS does not answer with them.
    pub async fn inspect(&self) -> Result<QueueFacts, BacklogError> {
        self.in_time(self.facts()).await
    }

    async fn facts(&self) -> Result<QueueFacts, Cause> {
        let name = QueueAttributeName::VisibilityTimeout;
        let request = self.access.client.get_queue_attributes().queue_url(self.url().await?);
        let request = request.attribute_names(name.clone());
        let answer = self.access.signer.call(|| request.clone().send()).await?;
        let answer = answer.map_err(|error| self.access.place.failed(error))?;
        let reported = answer.attributes().and_then(|attributes| attributes.get(&name));
        let seconds = reported.and_then(|seconds| seconds.parse().ok());
        Ok(QueueFacts { visibility_timeout: seconds.map(Duration::from_secs) })
    }
}
