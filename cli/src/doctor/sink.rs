//! Elasticsearch, if it is configured.
//!
//! Must not know what a record says.

use super::{Finding, SECRET_READ};
use dynoscaler::adapters::{CertificateFault, Elasticsearch, Fit, HttpError, Privilege};
use dynoscaler::ports::{DeliveryError, DeliveryErrorKind};
use dynoscaler::report::error_chain;

const SINK: &str = "elastic";

const SERVER: &str = "Check ELK_ELASTIC_URL and the server.";

/// Never an error: a cycle runs without it.
pub(super) async fn check(sink: Option<&Elasticsearch>) -> Vec<Finding> {
    let Some(sink) = sink else {
        return vec![Finding::ok(SINK, "not configured: records are in the log alone")];
    };
    if sink.is_serverless() {
        return vec![serverless()];
    }
    match sink.inspect().await {
        Ok(privilege) => vec![allowed(privilege), fit(sink.fit().await)],
        Err(error) => vec![refused(&error)],
    }
}

fn serverless() -> Finding {
    let found = "ELK_ELASTIC_URL is a collection of OpenSearch Serverless, which takes no ids of \
        one's own and no password, only requests that are signed with keys of AWS: no record \
        arrives";
    let remedy = "Use a domain of OpenSearch Service, or Elasticsearch; or leave the variables unset: \
        every record is in the log.";
    Finding::warning(SINK, found, remedy)
}

fn allowed(privilege: Privilege) -> Finding {
    match privilege {
        Privilege::Granted => Finding::ok(SINK, "reachable, and its user may create documents"),
        Privilege::Denied => Finding::warning(
            SINK,
            "its user may not create documents in ELK_INDEX_AS",
            "Give the user's role the privilege create_doc on the index.",
        ),
        Privilege::Unreported => Finding::unchecked(
            SINK,
            "reachable; it does not report whether its user may create documents",
            "After the next cycle, search the log for ReportUndelivered.",
        ),
    }
}

fn refused(error: &DeliveryError) -> Finding {
    let remedy = match error.kind {
        DeliveryErrorKind::Unauthorized => "Check ELK_ELASTIC_USER and ELK_ELASTIC_PASS.",
        DeliveryErrorKind::NoPassword => SECRET_READ,
        DeliveryErrorKind::NoAuthority => "Check ELK_ELASTIC_CA: certificates in PEM.",
        DeliveryErrorKind::Unavailable => {
            remedy(error.cause.as_deref().and_then(|cause| cause.downcast_ref()))
        }
        DeliveryErrorKind::Rejected => SERVER,
    };
    Finding::warning(SINK, error_chain(error), remedy)
}

fn remedy(cause: Option<&HttpError>) -> &'static str {
    let Some(HttpError::Untrusted { fault, .. }) = cause else { return SERVER };
    match fault {
        CertificateFault::Issuer | CertificateFault::Other => {
            "Give ELK_ELASTIC_CA the certificate of the authority that signed the server's, in PEM \
             (of Elasticsearch 8: http_ca.crt)."
        }
        CertificateFault::Expired => "Renew the server's certificate.",
        CertificateFault::NotYetValid => "Check the clock here, and the server's certificate.",
        CertificateFault::Name => {
            "Use the host in ELK_ELASTIC_URL that the server's certificate names."
        }
    }
}

/// A record with one field that does not fit is refused.
fn fit(fit: Result<Fit, DeliveryError>) -> Finding {
    match fit {
        Ok(Fit::NoIndex) => Finding::ok(
            SINK,
            "there is no index ELK_INDEX_AS yet: the first record creates it, by a template if one \
             names it, which is not checked",
        ),
        Ok(Fit::Conflicts(fields)) if fields.is_empty() => {
            Finding::ok(SINK, "the index's mapping takes every field of a record")
        }
        Ok(Fit::Conflicts(fields)) => Finding::warning(
            SINK,
            format!("the index's mapping refuses every record for {}", fields.join(", ")),
            "Set ELK_INDEX_AS to an index of its own: the mapping of ECS, for one, has objects \
             named process and error.",
        ),
        Err(error) => Finding::unchecked(
            SINK,
            format!("the index's mapping is not known: {}", error_chain(&error)),
            "Give the user view_index_metadata on the index; or search the log after the next cycle for \
             ReportUndelivered, as where process or error is an object, which ECS has.",
        ),
    }
}
