//! What Heroku's answers mean: a value, or one of the errors that a caller distinguishes.
//!
//! Must not know who called, nor call again.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::adapters::answer::Answer;
use crate::adapters::http::HttpError;
use crate::ports::{CallPool, Cause, FormationError, FormationErrorKind, RequestId};
use crate::target::TargetId;

/// Heroku's answer to a change: the entry as it is now.
#[derive(Deserialize)]
struct Changed {
    quantity: u32,
}

/// A page from a proxy is no confirmation, whatever its status.
pub(super) fn confirms(body: &[u8], quantity: u32) -> Result<(), Cause> {
    match serde_json::from_slice::<Changed>(body)?.quantity {
        same if same == quantity => Ok(()),
        other => Err(format!("the quantity is {other}").into()),
    }
}

/// No connection, a lost one, or a fault of Heroku's own. A deliberate refusal will not change,
/// and a time-out has used up the time.
pub(super) fn is_worth_another_try(answer: &Result<Answer, HttpError>) -> bool {
    match answer {
        Ok(answer) => answer.status.is_server_error(),
        Err(error) => matches!(error, HttpError::Connect(_) | HttpError::Lost(_)),
    }
}

pub(super) fn is_unauthorized(answer: &Result<Answer, FormationError>) -> bool {
    answer.as_ref().is_ok_and(|answer| answer.status == StatusCode::UNAUTHORIZED)
}

/// A list that is cut has status 206; it would need more than 200 process types.
pub(super) fn accepted(
    answer: Answer,
    refused: fn(&Answer) -> FormationError,
) -> Result<Answer, FormationError> {
    if answer.status.is_success() { Ok(answer) } else { Err(refused(&answer)) }
}

#[derive(Deserialize)]
struct ErrorBody {
    id: String,
    message: String,
    /// Some members are numbers here and text there; the message must be readable with either.
    limit: Option<Value>,
}

/// The part of Heroku's answer that `T` reads.
pub(in crate::adapters) fn body<T: DeserializeOwned>(answer: &Answer) -> Result<T, FormationError> {
    serde_json::from_slice(&answer.body).map_err(|cause| unreadable(answer, cause.into()))
}

/// Heroku's name for its refusal, its message and a limit; or the beginning of any other answer.
fn refusal(answer: &Answer) -> (Option<String>, String, Option<Value>) {
    match serde_json::from_slice::<ErrorBody>(&answer.body) {
        Ok(ErrorBody { id, message, limit }) => (Some(id), message, limit),
        Err(_) => (None, answer.excerpt(), None),
    }
}

pub(super) fn refused(answer: &Answer) -> FormationError {
    let (id, message, _) = refusal(answer);
    let (status, id) = (answer.status.as_u16(), id.as_deref().unwrap_or("without id"));
    failed(answer, kind(status), format!("Heroku answered {status} {id}: {message}"))
}

/// What a status means to a caller.
const fn kind(status: u16) -> FormationErrorKind {
    match status {
        401 => FormationErrorKind::Unauthorized,
        402 | 403 => FormationErrorKind::Forbidden,
        404 => FormationErrorKind::NotFound,
        429 => FormationErrorKind::RateLimited,
        400..=499 => FormationErrorKind::Rejected,
        _ => FormationErrorKind::Unavailable,
    }
}

/// How Heroku's names for a refusal above a limit end, of a process type's dynos or an app's.
const ABOVE_LIMIT: &str = "_above_limit";

/// Some refusals of a change say what to do instead.
pub(super) fn change_refused(answer: &Answer) -> FormationError {
    let (id, message, limit) = refusal(answer);
    let limit = limit.and_then(|limit| limit.as_u64()?.try_into().ok());
    let status = answer.status.as_u16();
    let is_limit = limit.is_some() || id.as_deref().is_some_and(|id| id.ends_with(ABOVE_LIMIT));
    if status == 422 && is_limit {
        let than = limit.map_or_else(String::new, |limit: u32| format!("than {limit} "));
        let words = format!("Heroku allows no more {than}dynos: {message}");
        failed(answer, FormationErrorKind::AboveLimit { limit }, words)
    } else if is_busy(status, &message) {
        let words = format!("Heroku takes no change now: {message}");
        failed(answer, FormationErrorKind::Busy, words)
    } else {
        refused(answer)
    }
}

/// A conflict with an operation in progress, or Heroku's refusal for an app with preboot, which
/// has no name of its own: its message has to do.
fn is_busy(status: u16, message: &str) -> bool {
    let names = |what: &str| message.to_ascii_lowercase().contains(what);
    status == 409 || (status == 422 && (names("preboot") || names("release phase")))
}

fn failed(answer: &Answer, kind: FormationErrorKind, words: String) -> FormationError {
    FormationError { kind, words, request_id: request_id(&answer.headers), cause: None }
}

pub(super) fn unreadable(answer: &Answer, cause: Cause) -> FormationError {
    let words = "cannot read Heroku's answer".to_owned();
    let error = failed(answer, FormationErrorKind::Unavailable, words);
    FormationError { cause: Some(cause.into()), ..error }
}

pub(super) fn unreachable(cause: impl Into<Cause>) -> FormationError {
    unanswered(FormationErrorKind::Unavailable, "no answer from Heroku", cause.into())
}

pub(super) fn no_token(cause: impl Into<Cause>) -> FormationError {
    unanswered(FormationErrorKind::NoToken, "no token for Heroku", cause.into())
}

fn unanswered(kind: FormationErrorKind, words: &str, cause: Cause) -> FormationError {
    FormationError { kind, words: words.to_owned(), request_id: None, cause: Some(cause.into()) }
}

/// The app's other process types are known, and this one is not.
pub(super) fn no_such_process(target: &TargetId, request_id: &RequestId) -> FormationError {
    let TargetId { app, process } = target;
    let words = format!("app {app} has no process type {process}");
    let (kind, request_id) = (FormationErrorKind::NotFound, request_id.clone());
    FormationError { kind, words, request_id, cause: None }
}

/// Five UUIDs are long enough.
const REQUEST_ID_CHARS_MAX: usize = 200;

/// Heroku's own id of the call: a list, which its support needs in full.
pub(super) fn request_id(headers: &HeaderMap) -> RequestId {
    Some(headers.get("request-id")?.to_str().ok()?.chars().take(REQUEST_ID_CHARS_MAX).collect())
}

/// The calls of an account after an hour without one, before Heroku multiplies it.
const CALL_POOL: f64 = 4_500.0;

/// What is left of the account's calls. Some accounts have a multiple of the usual pool.
pub(super) fn calls(headers: &HeaderMap) -> Option<CallPool> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let remaining = text("ratelimit-remaining")?.parse().ok()?;
    let multiplier: f64 = text("ratelimit-multiplier").map_or(Some(1.0), |it| it.parse().ok())?;
    // A cast saturates; the pool is reported in full calls.
    Some(CallPool { remaining, size: (CALL_POOL * multiplier) as u32 })
}
