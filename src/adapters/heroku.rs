//! Reads and sets the quantity of one process type through Heroku's Platform API, version 3.
//!
//! Must not know why. The entry is found by its `type`, never by its place in the list; members
//! that are not needed are ignored, since Heroku adds some without notice.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, USER_AGENT};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::http::{Answer, Http, HttpError, Resend};
use crate::config::{HerokuConfig, Target};
use crate::ports::{
    ACT_BUDGET, Cause, Formation, FormationError, OBSERVE_BUDGET, Reading, RequestId,
};

/// Pauses before the second and the third try to read.
const RETRY_PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// How much of an answer that is no JSON is kept: enough to recognise a proxy or an error page.
const EXCERPT_CHARS_MAX: usize = 200;

/// One process type of one Heroku app.
#[derive(Debug)]
pub struct Heroku {
    http: Http,
    config: HerokuConfig,
    target: Target,
}

impl Heroku {
    /// The process type of `target`, reached over `http`.
    #[must_use]
    pub fn new(config: &HerokuConfig, target: &Target, http: Http) -> Self {
        Self { http, config: config.clone(), target: target.clone() }
    }

    /// Each part is one segment, percent-encoded: no name can leave its place in the path.
    fn url(&self, last: Option<&str>) -> Result<Url, FormationError> {
        let mut url = self.config.api_url.clone();
        let parts = ["apps", self.target.app.as_str(), "formation"];
        url.path_segments_mut()
            .map_err(|()| unreachable("HEROKU_API_URL cannot have a path"))?
            .pop_if_empty()
            .extend(parts.into_iter().chain(last));
        Ok(url)
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let HerokuConfig { token, description, .. } = &self.config;
        let agent = format!("dynoscaler/{} ({description})", env!("CARGO_PKG_VERSION"));
        self.http
            .request(method, url)
            .bearer_auth(token.expose())
            .header(ACCEPT, "application/vnd.heroku+json; version=3")
            .header(USER_AGENT, agent)
    }

    pub(super) async fn read(&self) -> Result<Answer, FormationError> {
        let url = self.url(None)?;
        let mut pauses = RETRY_PAUSES.into_iter();
        loop {
            let request = self.request(Method::GET, url.clone()).build().map_err(unreachable)?;
            let answer = self.http.send(request, Resend::Never, OBSERVE_BUDGET).await;
            match pauses.next().filter(|_| is_worth_another_try(&answer)) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return accepted(answer),
            }
        }
    }
}

impl Formation for Heroku {
    async fn quantity(&self) -> Result<Reading, FormationError> {
        let late = |_| unreachable(HttpError::TimedOut { after: OBSERVE_BUDGET });
        let answer = tokio::time::timeout(OBSERVE_BUDGET, self.read()).await.map_err(late)??;
        let request_id = request_id(&answer.headers);
        let entries: Vec<Entry> = entries(&answer)?;
        match entries.into_iter().find(|entry| entry.r#type == self.target.process) {
            Some(entry) => Ok(Reading { quantity: entry.quantity, request_id }),
            None => Err(FormationError::NoSuchProcess {
                app: self.target.app.clone(),
                process: self.target.process.clone(),
                request_id,
            }),
        }
    }

    async fn set_quantity(&self, quantity: u32) -> Result<RequestId, FormationError> {
        let url = self.url(Some(&self.target.process))?;
        let request = self
            .request(Method::PATCH, url)
            .header(CONTENT_TYPE, "application/json")
            .body(serde_json::json!({ "quantity": quantity }).to_string());
        let request = request.build().map_err(unreachable)?;
        let answer = accepted(self.http.send(request, Resend::Once, ACT_BUDGET).await)?;
        let request_id = request_id(&answer.headers);
        match confirms(&answer.body, quantity) {
            Ok(()) => Ok(request_id),
            Err(cause) => Err(FormationError::Unreadable { cause, request_id }),
        }
    }
}

#[derive(Deserialize)]
struct Entry {
    r#type: String,
    quantity: u32,
}

#[derive(Deserialize)]
struct ErrorBody {
    id: String,
    message: String,
}

/// What Heroku answers to a change: the entry as it is now.
#[derive(Deserialize)]
struct Changed {
    quantity: u32,
}

/// A page of somebody in between is no confirmation, whatever its status.
fn confirms(body: &[u8], quantity: u32) -> Result<(), Cause> {
    match serde_json::from_slice::<Changed>(body)?.quantity {
        same if same == quantity => Ok(()),
        other => Err(format!("the quantity is {other}").into()),
    }
}

/// No connection, a lost one, or a fault of Heroku's own. A considered answer will not change, and
/// one that was waited for in vain has used up the time.
fn is_worth_another_try(answer: &Result<Answer, HttpError>) -> bool {
    match answer {
        Ok(answer) => answer.status.is_server_error(),
        Err(error) => matches!(error, HttpError::Connect(_) | HttpError::Lost(_)),
    }
}

/// A list that is cut answers 206; it would have to have more than 200 process types.
fn accepted(answer: Result<Answer, HttpError>) -> Result<Answer, FormationError> {
    let answer = answer.map_err(unreachable)?;
    if answer.status.is_success() { Ok(answer) } else { Err(refused(&answer)) }
}

/// The process types of an app, as far as `E` asks for them.
pub(super) fn entries<E: DeserializeOwned>(answer: &Answer) -> Result<Vec<E>, FormationError> {
    serde_json::from_slice(&answer.body).map_err(|cause| {
        let request_id = request_id(&answer.headers);
        FormationError::Unreadable { cause: cause.into(), request_id }
    })
}

fn refused(answer: &Answer) -> FormationError {
    let (id, message) = match serde_json::from_slice::<ErrorBody>(&answer.body) {
        Ok(error) => (Some(error.id), error.message),
        Err(_) => (None, excerpt(&answer.body)),
    };
    let (status, request_id) = (answer.status.as_u16(), request_id(&answer.headers));
    FormationError::Refused { status, id, message, request_id }
}

/// The beginning of a text, without line breaks: an error page must not break the log.
pub(super) fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(EXCERPT_CHARS_MAX).collect()
}

fn unreachable(cause: impl Into<Cause>) -> FormationError {
    FormationError::Unreachable(cause.into())
}

/// Heroku's own id of the call: a list, of which its support wants all. Five UUIDs are long enough.
fn request_id(headers: &HeaderMap) -> RequestId {
    Some(headers.get("request-id")?.to_str().ok()?.chars().take(EXCERPT_CHARS_MAX).collect())
}
