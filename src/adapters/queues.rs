//! Counts the messages of all queues of a target at the same time.
//!
//! As slow as the slowest of them, not as their sum. Must not know what the counts are for.

use futures_util::future::join_all;
use nonempty::NonEmpty;

use super::sqs::Sqs;
use super::sqs_access::Accesses;
use crate::config::SqsConfig;
use crate::policy::Backlog;
use crate::ports::{BacklogError, BacklogSource};

/// The queues of a target, in the order of its settings.
#[derive(Debug)]
pub struct Queues(pub NonEmpty<Sqs>);

impl Queues {
    pub(super) fn over(accesses: &mut Accesses<'_>, configs: &NonEmpty<SqsConfig>) -> Self {
        Self(configs.as_ref().map(|config| Sqs::over(accesses.to(config), &config.queue)))
    }
}

impl BacklogSource for Queues {
    /// The error is that of the first queue that could not be read.
    async fn backlog(&self) -> Result<NonEmpty<Backlog>, BacklogError> {
        let NonEmpty { head, tail } = &self.0;
        let others = join_all(tail.iter().map(Sqs::backlog));
        // Boxed, since the futures of a cycle are nested as deep as the compiler follows.
        let (first, others) = tokio::join!(Box::pin(head.backlog()), others);
        let (head, tail) = (first?, others.into_iter().collect::<Result<_, _>>()?);
        Ok(NonEmpty { head, tail })
    }
}
