//! Which checks can ask what they need if AWS takes the operator's credentials, or does not.
//!
//! Must not know what a check does.

use std::future::Future;
use std::io;

use super::Examined;
use super::finding::{Desk, Finding};
use super::identity::Access;
use crate::config::{QueueKeys, SecretSource};

/// What is within reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub(super) heroku: Access,
    pub(super) queue: Access,
    pub(super) state: Access,
    pub(super) sink: Access,
    pub(super) log: Access,
}

impl Reach {
    pub(super) fn of(examined: &Examined<'_>) -> Self {
        let Examined { args, variables, config, access, .. } = *examined;
        let if_asked = |is_aws_asked| if is_aws_asked { access } else { Access::Open };
        let of_secret =
            |secret: &SecretSource| if_asked(matches!(secret, SecretSource::Parameter(_)));
        let state = if_asked(config.dynamodb.is_some());
        let group = variables.log_group(args.log_group.as_deref());
        Self {
            heroku: of_secret(&config.heroku.token),
            queue: match &config.sqs.keys {
                QueueKeys::Own(_) => access,
                QueueKeys::Pair(pair) => of_secret(&pair.secret_access_key),
            },
            state,
            sink: config
                .elasticsearch
                .as_ref()
                .map_or(Access::Open, |sink| of_secret(&sink.password)),
            log: group.map_or(state, |_| access),
        }
    }

    /// What was not asked, if anything.
    pub(super) fn unasked(&self) -> Vec<Finding> {
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
        let found = format!("not asked without credentials: {}, the rule", closed.join(", "));
        let mend = "They are asked once AWS takes your credentials.";
        vec![Finding::unchecked("services", found, mend)]
    }
}

impl Access {
    /// Runs a check, if what it asks is within reach.
    pub(super) async fn then(
        self,
        desk: Desk,
        check: &'static str,
        work: impl Future<Output = Vec<Finding>>,
    ) -> io::Result<Vec<Finding>> {
        match self {
            Self::Open => desk.checked(check, work).await,
            Self::Closed => Ok(Vec::new()),
        }
    }
}
