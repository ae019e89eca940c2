//! Which checks can call their services, whether AWS accepts the operator's credentials or not.
//!
//! Must not know what a check does.

use std::future::Future;
use std::io;

use super::Examined;
use super::finding::{Finding, Listing};
use super::identity::Access;
use dynoscaler::config::{AtTerminal, QueueKeys, SecretSource};

/// Which services can be called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub(super) heroku: Access,
    pub(super) queue: Access,
    pub(super) state: Access,
    pub(super) sink: Access,
    pub(super) log: Access,
}

impl Reach {
    pub(super) fn of(examined: Examined<'_>, config: &AtTerminal) -> Self {
        let access = examined.access;
        let if_needed = |is_aws_needed| if is_aws_needed { access } else { Access::Open };
        let of_secret =
            |secret: &SecretSource| if_needed(matches!(secret, SecretSource::Parameter(_)));
        let state = if_needed(config.process.dynamodb.is_some());
        Self {
            heroku: of_secret(&config.heroku.token),
            queue: match &config.sqs.head.keys {
                QueueKeys::Own(_) => access,
                QueueKeys::Pair(pair) => of_secret(&pair.secret_access_key),
            },
            state,
            sink: config
                .process
                .elasticsearch
                .as_ref()
                .map_or(Access::Open, |sink| of_secret(&sink.password)),
            log: examined.log_group().map_or(state, |_| access),
        }
    }

    /// The services that were not called, if any.
    pub(super) fn uncalled(&self) -> Vec<Finding> {
        let Self { heroku, queue, state, sink, log } = *self;
        let named = [
            (heroku, "Heroku, whose token is in SSM"),
            (queue, "the queue"),
            (state, "the table"),
            (sink, "Elasticsearch, whose password is in SSM"),
            (log, "the log"),
        ];
        let closed = named.into_iter().filter(|(access, _)| *access == Access::Closed);
        let closed: Vec<&str> = closed.map(|(_, name)| name).collect();
        if closed.is_empty() {
            return Vec::new();
        }
        let found = format!("not called without credentials: {}, the rule", closed.join(", "));
        let remedy = "They are called once AWS accepts your credentials.";
        vec![Finding::unchecked("services", found, remedy)]
    }
}

impl Access {
    /// Runs a check, if its service can be called.
    pub(super) async fn then(
        self,
        listing: Listing,
        check: &'static str,
        work: impl Future<Output = Vec<Finding>>,
    ) -> io::Result<Vec<Finding>> {
        match self {
            Self::Open => listing.checked(check, work).await,
            Self::Closed => Ok(Vec::new()),
        }
    }
}
