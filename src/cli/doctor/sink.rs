//! Elasticsearch, if records are to go there.
//!
//! Must not know what a record says.

use super::{Finding, SECRET_READ};
use crate::adapters::{Elasticsearch, Privilege};
use crate::ports::DeliveryError;
use crate::report::error_chain;

const SINK: &str = "elastic";

/// Never an error: a cycle goes on without it.
pub(super) async fn check(sink: Option<&Elasticsearch>) -> Finding {
    let Some(sink) = sink else {
        return Finding::ok(SINK, "not asked for: records are in the log alone");
    };
    match sink.inspect().await {
        Ok(Privilege::Granted) => Finding::ok(SINK, "reachable, and its user may create documents"),
        Ok(Privilege::Denied) => Finding::warning(
            SINK,
            "its user may not create documents in ELK_INDEX_AS",
            "Give the user's role the privilege create_doc on the index.",
        ),
        Ok(Privilege::Untold) => Finding::unchecked(
            SINK,
            "reachable; it does not tell whether its user may create documents",
            "After the next cycle, look for ReportUndelivered in the log.",
        ),
        Err(error @ DeliveryError::Refused { status: 401 | 403, .. }) => Finding::warning(
            SINK,
            error_chain(&error),
            "Check ELK_ELASTIC_USER and ELK_ELASTIC_PASS.",
        ),
        Err(error @ DeliveryError::NoPassword(_)) => {
            Finding::warning(SINK, error_chain(&error), SECRET_READ)
        }
        Err(error @ (DeliveryError::Refused { .. } | DeliveryError::Unreachable(_))) => {
            Finding::warning(SINK, error_chain(&error), "Check ELK_ELASTIC_URL and the server.")
        }
    }
}
