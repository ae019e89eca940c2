//! The errors that each service documents, and the reason that the record must then have.

use serde_json::json;

use super::call::{Call, lost};
use super::fault::{Case, HTML};
use super::server::Act;

/// Heroku's Platform API: status, id, reason when reading and when changing.
const HEROKU: &[(u16, &str, Option<&str>)] = &[
    (400, "bad_request", Some("HerokuRejected")),
    (401, "unauthorized", Some("HerokuUnauthorized")),
    (402, "delinquent", Some("HerokuForbidden")),
    (403, "forbidden", Some("HerokuForbidden")),
    (403, "suspended", Some("HerokuForbidden")),
    (403, "two_factor", Some("HerokuForbidden")),
    (404, "not_found", Some("HerokuNotFound")),
    (406, "not_acceptable", Some("HerokuRejected")),
    (409, "conflict", Some("HerokuRejected")),
    (410, "gone", Some("HerokuRejected")),
    (412, "precondition_failed", Some("HerokuRejected")),
    (416, "requested_range_not_satisfiable", Some("HerokuRejected")),
    (422, "invalid_params", Some("HerokuRejected")),
    (422, "cannot_update_above_limit", Some("HerokuRejected")),
    (422, "verification_required", Some("HerokuRejected")),
    (429, "rate_limit", Some("HerokuRateLimited")),
    (500, "internal_server_error", None),
    (503, "unavailable", None),
];

/// Errors that all AWS services may answer.
const AWS: &[(u16, &str)] = &[
    (400, "AccessDeniedException"),
    (400, "ThrottlingException"),
    (400, "UnrecognizedClientException"),
    (400, "ExpiredTokenException"),
    (400, "ValidationException"),
    (403, "IncompleteSignature"),
    (403, "InvalidClientTokenId"),
    (403, "MissingAuthenticationToken"),
    (403, "SignatureDoesNotMatch"),
    (500, "InternalFailure"),
    (503, "ServiceUnavailable"),
];

const SSM: &[(u16, &str)] = &[
    (400, "ParameterNotFound"),
    (400, "ParameterVersionNotFound"),
    (400, "InvalidKeyId"),
    (500, "InternalServerError"),
];

const SQS: &[(u16, &str)] = &[
    (400, "QueueDoesNotExist"),
    (400, "RequestThrottled"),
    (400, "InvalidAddress"),
    (400, "InvalidSecurity"),
    (400, "UnsupportedOperation"),
    (400, "InvalidAttributeName"),
    (403, "AccessDenied"),
];

const DYNAMODB: &[(u16, &str)] = &[
    (400, "ResourceNotFoundException"),
    (400, "ProvisionedThroughputExceededException"),
    (400, "RequestLimitExceeded"),
    (400, "ItemCollectionSizeLimitExceededException"),
    (400, "TransactionConflictException"),
    (500, "InternalServerError"),
];

const ELASTICSEARCH: &[(u16, &str)] = &[
    (400, "mapper_parsing_exception"),
    (401, "security_exception"),
    (403, "cluster_block_exception"),
    (404, "index_not_found_exception"),
    (409, "version_conflict_engine_exception"),
    (413, "circuit_breaking_exception"),
    (429, "es_rejected_execution_exception"),
    (500, "exception"),
    (503, "unavailable_shards_exception"),
    (504, "gateway_timeout"),
];

pub fn cases() -> Vec<Case> {
    [heroku(), aws(), elasticsearch()].concat()
}

fn case(call: Call, status: u16, name: &str, body: String, reason: &'static str) -> Case {
    let input = Box::leak(format!("{status} {name}").into_boxed_str());
    Case { call, input, act: Act::Answer(status, body), reason }
}

fn heroku() -> Vec<Case> {
    let mut cases = Vec::new();
    for call in [Call::ReadFormation, Call::ChangeFormation] {
        for (status, id, reason) in HEROKU {
            let limit = (*id == "cannot_update_above_limit").then_some(1);
            let body = json!({ "id": id, "message": "No.", "limit": limit }).to_string();
            let reason = match (call, *id) {
                (Call::ChangeFormation, "conflict") => "HerokuBusy",
                // The limit is to be stored, and this table did not change with the first write.
                (Call::ChangeFormation, "cannot_update_above_limit") => "HerokuLimit",
                _ => reason.unwrap_or(call.failure()),
            };
            cases.push(case(call, *status, id, body, reason));
        }
        cases.push(case(call, 401, "HTML", HTML.to_owned(), "HerokuUnauthorized"));
    }
    cases
}

fn aws() -> Vec<Case> {
    let services = [
        (Call::ReadSecret, SSM),
        (Call::FindQueue, SQS),
        (Call::CountQueue, SQS),
        (Call::ReadState, DYNAMODB),
        (Call::WriteState, DYNAMODB),
    ];
    let mut cases = Vec::new();
    for (call, own) in services {
        for (status, name) in AWS.iter().chain(own) {
            let body = json!({ "__type": format!("com.amazonaws#{name}"), "message": "No." });
            cases.push(case(call, *status, name, body.to_string(), call.failure()));
        }
    }
    let name = "ConditionalCheckFailedException";
    cases.push(case(Call::WriteState, 400, name, lost().to_string(), "LostRace"));
    cases
}

fn elasticsearch() -> Vec<Case> {
    let shown = |(status, name): &(u16, &str)| {
        let body = json!({ "error": { "type": name }, "status": status }).to_string();
        case(Call::Deliver, *status, name, body, Call::Deliver.failure())
    };
    ELASTICSEARCH.iter().map(shown).collect()
}
