//! Reads and sets the quantity of one process type through Heroku's Platform API, version 3.
//!
//! Must not know why. The entry is found by its `type`, never by its place in the list; members
//! that are not needed are ignored, since Heroku adds some without notice.

use std::future::Future;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, USER_AGENT};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::answer::Answer;
use super::app_names::{EntryApp, KnownNames};
use super::held_secret::HeldSecret;
use super::http::{Http, HttpError, Resend};
use super::parameter_store::ParameterStore;
use crate::config::{HerokuConfig, Maintenance};
use crate::ports::{
    ACT_BUDGET, AppMode, CallPool, Cause, Formation, FormationError, FormationErrorKind,
    OBSERVE_BUDGET, Reading, RequestId,
};
use crate::secret::Secret;
use crate::target::TargetId;

/// Before the second and the third try to read.
const RETRY_PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

#[derive(Debug)]
pub struct Heroku {
    http: Http,
    config: HerokuConfig,
    target: TargetId,
    token: HeldSecret,
    names: KnownNames,
}

impl Heroku {
    /// The process type of `target`, reached over `http`. A token that is only referred to is in
    /// `store`.
    #[must_use]
    pub fn new(
        config: &HerokuConfig,
        target: &TargetId,
        store: &ParameterStore,
        http: Http,
    ) -> Self {
        let token = HeldSecret::new(&config.token, store);
        let names = KnownNames::default();
        Self { http, config: config.clone(), target: target.clone(), token, names }
    }

    /// The same, sharing the app's names.
    pub(super) fn sharing(self, names: &KnownNames) -> Self {
        Self { names: names.clone(), ..self }
    }

    fn no_such_process(&self, answer: &Answer) -> FormationError {
        let TargetId { app, process } = &self.target;
        let words = format!("app {app} has no process type {process}");
        failed(answer, FormationErrorKind::NotFound, words)
    }

    /// Each part is one segment, percent-encoded: no name can leave its place in the path.
    fn url(&self, rest: &[&str]) -> Result<Url, FormationError> {
        let mut url = self.config.api_url.clone();
        let parts = ["apps", self.target.app.as_str()];
        url.path_segments_mut()
            .map_err(|()| unreachable("HEROKU_API_URL cannot have a path"))?
            .pop_if_empty()
            .extend(parts.iter().chain(rest));
        Ok(url)
    }

    fn request(&self, method: Method, url: Url, token: &Secret) -> RequestBuilder {
        let description = &self.config.description;
        let agent = format!("dynoscaler/{} ({description})", env!("CARGO_PKG_VERSION"));
        self.http
            .request(method, url)
            .bearer_auth(token.expose())
            .header(ACCEPT, "application/vnd.heroku+json; version=3")
            .header(USER_AGENT, agent)
    }

    /// The full formation.
    pub(super) async fn read(&self) -> Result<Answer, FormationError> {
        self.get(self.url(&["formation"])?).await
    }

    /// Called only where the answer matters: each call uses up one of the account's.
    async fn mode(&self) -> Result<AppMode, FormationError> {
        match self.config.maintenance {
            Maintenance::Ignored => Ok(AppMode::Open),
            Maintenance::Respected => {
                let answer = self.get(self.url(&[])?).await?;
                let app: App = body(&answer)?;
                Ok(if app.maintenance { AppMode::Maintenance } else { AppMode::Open })
            }
        }
    }

    async fn get(&self, url: Url) -> Result<Answer, FormationError> {
        self.authorized(|token| self.try_to_read(url.clone(), token), refused).await
    }

    async fn try_to_read(&self, url: Url, token: Secret) -> Result<Answer, FormationError> {
        let mut pauses = RETRY_PAUSES.into_iter();
        loop {
            let request =
                self.request(Method::GET, url.clone(), &token).build().map_err(unreachable)?;
            let answer = self.http.send(request, Resend::Never, OBSERVE_BUDGET).await;
            match pauses.next().filter(|_| is_worth_another_try(&answer)) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return answer.map_err(unreachable),
            }
        }
    }

    async fn change(
        &self,
        url: Url,
        quantity: u32,
        token: Secret,
    ) -> Result<Answer, FormationError> {
        let request = self
            .request(Method::PATCH, url, &token)
            .header(CONTENT_TYPE, "application/json")
            .body(serde_json::json!({ "quantity": quantity }).to_string());
        let request = request.build().map_err(unreachable)?;
        self.http.send(request, Resend::Once, ACT_BUDGET).await.map_err(unreachable)
    }

    /// Calls with the token. A call that Heroku did not authorize did nothing, and may be repeated.
    async fn authorized<A>(
        &self,
        call: impl Fn(Secret) -> A,
        refused: fn(&Answer) -> FormationError,
    ) -> Result<Answer, FormationError>
    where
        A: Future<Output = Result<Answer, FormationError>>,
    {
        let answer = self.token.call(call, is_unauthorized).await;
        accepted(answer.map_err(no_token)??, refused)
    }
}

impl Formation for Heroku {
    async fn quantity(&self) -> Result<Reading, FormationError> {
        let reads = async { tokio::try_join!(self.read(), self.mode()) };
        let (answer, app) = within(OBSERVE_BUDGET, reads).await?;
        let entries: Vec<Entry> = body(&answer)?;
        self.names.learn(entries.iter().find_map(|entry| entry.app.as_ref()?.names()));
        let (ours, others): (Vec<_>, Vec<_>) =
            entries.iter().partition(|entry| entry.r#type == self.target.process);
        let others = others.iter().fold(0, |sum: u32, entry| sum.saturating_add(entry.quantity));
        match ours.first() {
            Some(Entry { quantity, .. }) => {
                let (calls, request_id) = (calls(&answer.headers), request_id(&answer.headers));
                Ok(Reading { quantity: *quantity, others, app, calls, request_id })
            }
            None => Err(self.no_such_process(&answer)),
        }
    }

    async fn set_quantity(&self, quantity: u32) -> Result<RequestId, FormationError> {
        let url = self.url(&["formation", &self.target.process])?;
        let change = |token| self.change(url.clone(), quantity, token);
        let answer = within(ACT_BUDGET, self.authorized(change, change_refused)).await?;
        match confirms(&answer.body, quantity) {
            Ok(()) => Ok(request_id(&answer.headers)),
            Err(cause) => Err(unreadable(&answer, cause)),
        }
    }
}

#[derive(Deserialize)]
struct Entry {
    r#type: String,
    app: Option<EntryApp>,
    quantity: u32,
}

#[derive(Deserialize)]
struct App {
    maintenance: bool,
}

#[derive(Deserialize)]
struct ErrorBody {
    id: String,
    message: String,
    /// Some members are numbers here and text there; the message must be readable with either.
    limit: Option<Value>,
}

/// Heroku's answer to a change: the entry as it is now.
#[derive(Deserialize)]
struct Changed {
    quantity: u32,
}

/// A page from a proxy is no confirmation, whatever its status.
fn confirms(body: &[u8], quantity: u32) -> Result<(), Cause> {
    match serde_json::from_slice::<Changed>(body)?.quantity {
        same if same == quantity => Ok(()),
        other => Err(format!("the quantity is {other}").into()),
    }
}

/// No connection, a lost one, or a fault of Heroku's own. A deliberate refusal will not change,
/// and a time-out has used up the time.
fn is_worth_another_try(answer: &Result<Answer, HttpError>) -> bool {
    match answer {
        Ok(answer) => answer.status.is_server_error(),
        Err(error) => matches!(error, HttpError::Connect(_) | HttpError::Lost(_)),
    }
}

fn is_unauthorized(answer: &Result<Answer, FormationError>) -> bool {
    answer.as_ref().is_ok_and(|answer| answer.status == StatusCode::UNAUTHORIZED)
}

async fn within<T>(
    budget: Duration,
    request: impl Future<Output = Result<T, FormationError>>,
) -> Result<T, FormationError> {
    let late = |_| unreachable(HttpError::TimedOut { after: budget });
    tokio::time::timeout(budget, request).await.map_err(late)?
}

/// A list that is cut has status 206; it would need more than 200 process types.
fn accepted(
    answer: Answer,
    refused: fn(&Answer) -> FormationError,
) -> Result<Answer, FormationError> {
    if answer.status.is_success() { Ok(answer) } else { Err(refused(&answer)) }
}

/// The part of Heroku's answer that `T` reads.
pub(super) fn body<T: DeserializeOwned>(answer: &Answer) -> Result<T, FormationError> {
    serde_json::from_slice(&answer.body).map_err(|cause| unreadable(answer, cause.into()))
}

/// Heroku's name for its refusal, its message and a limit; or the beginning of any other answer.
fn refusal(answer: &Answer) -> (Option<String>, String, Option<Value>) {
    match serde_json::from_slice::<ErrorBody>(&answer.body) {
        Ok(ErrorBody { id, message, limit }) => (Some(id), message, limit),
        Err(_) => (None, answer.excerpt(), None),
    }
}

fn refused(answer: &Answer) -> FormationError {
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
fn change_refused(answer: &Answer) -> FormationError {
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

fn unreadable(answer: &Answer, cause: Cause) -> FormationError {
    let words = "cannot read Heroku's answer".to_owned();
    let error = failed(answer, FormationErrorKind::Unavailable, words);
    FormationError { cause: Some(cause), ..error }
}

fn unreachable(cause: impl Into<Cause>) -> FormationError {
    unanswered(FormationErrorKind::Unavailable, "no answer from Heroku", cause.into())
}

fn no_token(cause: impl Into<Cause>) -> FormationError {
    unanswered(FormationErrorKind::NoToken, "no token for Heroku", cause.into())
}

fn unanswered(kind: FormationErrorKind, words: &str, cause: Cause) -> FormationError {
    FormationError { kind, words: words.to_owned(), request_id: None, cause: Some(cause) }
}

/// Five UUIDs are long enough.
const REQUEST_ID_CHARS_MAX: usize = 200;

/// Heroku's own id of the call: a list, which its support needs in full.
fn request_id(headers: &HeaderMap) -> RequestId {
    Some(headers.get("request-id")?.to_str().ok()?.chars().take(REQUEST_ID_CHARS_MAX).collect())
}

/// The calls of an account after an hour without one, before Heroku multiplies it.
const CALL_POOL: f64 = 4_500.0;

/// What is left of the account's calls. Some accounts have a multiple of the usual pool.
fn calls(headers: &HeaderMap) -> Option<CallPool> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let remaining = text("ratelimit-remaining")?.parse().ok()?;
    let multiplier: f64 = text("ratelimit-multiplier").map_or(Some(1.0), |it| it.parse().ok())?;
    // A cast saturates; the pool is reported in full calls.
    Some(CallPool { remaining, size: (CALL_POOL * multiplier) as u32 })
}
