//! The calls that are made with one Heroku authorization.
//!
//! Its token goes into no call that is not made here. Must not know what a call is for.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, RANGE, USER_AGENT};
use reqwest::{Method, RequestBuilder};
use url::Url;

use super::answers::{
    accepted, calls, change_refused, is_unauthorized, is_worth_another_try, no_token, refused,
    unreachable,
};
use crate::adapters::answer::Answer;
use crate::adapters::held_secret::HeldSecret;
use crate::adapters::http::{Http, HttpError, Resend};
use crate::adapters::parameter_store::ParameterStore;
use crate::config::HerokuConfig;
use crate::fleet::Account;
use crate::ports::{ACT_BUDGET, FormationError, OBSERVE_BUDGET};
use crate::secret::Secret;

/// Before the second and the third try to read.
const RETRY_PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

#[derive(Debug)]
pub(in crate::adapters) struct Authorization {
    http: Http,
    api_url: Url,
    token: HeldSecret,
    description: String,
    /// What is left of its calls.
    pub(in crate::adapters) account: Arc<Account>,
}

impl Authorization {
    pub(in crate::adapters) fn new(
        config: &HerokuConfig,
        store: &ParameterStore,
        http: Http,
    ) -> Self {
        let account = config.account.clone().map_or_else(Account::default, Account::named);
        Self {
            http,
            api_url: config.api_url.clone(),
            token: HeldSecret::new(&config.token, store),
            description: config.description.clone(),
            account: Arc::new(account),
        }
    }

    /// Each part is one segment, percent-encoded: no name can leave its place in the path.
    pub(in crate::adapters) fn url(&self, parts: &[&str]) -> Result<Url, FormationError> {
        let mut url = self.api_url.clone();
        url.path_segments_mut()
            .map_err(|()| unreachable("HEROKU_API_URL cannot have a path"))?
            .pop_if_empty()
            .extend(parts);
        Ok(url)
    }

    pub(super) async fn get(&self, url: Url) -> Result<Answer, FormationError> {
        self.get_part(url, None).await
    }

    /// The part of a list that a range names; without one the first.
    pub(in crate::adapters) async fn get_part(
        &self,
        url: Url,
        range: Option<&str>,
    ) -> Result<Answer, FormationError> {
        let read = |token| self.try_to_read(url.clone(), range, token);
        let answer = within(OBSERVE_BUDGET, self.authorized(read, refused)).await?;
        self.account.learn(calls(&answer.headers));
        Ok(answer)
    }

    pub(super) async fn patch(&self, url: Url, quantity: u32) -> Result<Answer, FormationError> {
        let change = |token| self.change(url.clone(), quantity, token);
        within(ACT_BUDGET, self.authorized(change, change_refused)).await
    }

    fn request(&self, method: Method, url: Url, token: &Secret) -> RequestBuilder {
        let agent = format!("dynoscaler/{} ({})", env!("CARGO_PKG_VERSION"), self.description);
        self.http
            .request(method, url)
            .bearer_auth(token.expose())
            .header(ACCEPT, "application/vnd.heroku+json; version=3")
            .header(USER_AGENT, agent)
    }

    async fn try_to_read(
        &self,
        url: Url,
        range: Option<&str>,
        token: Secret,
    ) -> Result<Answer, FormationError> {
        let mut pauses = RETRY_PAUSES.into_iter();
        loop {
            let request = self.request(Method::GET, url.clone(), &token);
            let request = range.into_iter().fold(request, |it, range| it.header(RANGE, range));
            let request = request.build().map_err(unreachable)?;
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

async fn within<T>(
    budget: Duration,
    request: impl Future<Output = Result<T, FormationError>>,
) -> Result<T, FormationError> {
    let late = |_| unreachable(HttpError::TimedOut { after: budget });
    tokio::time::timeout(budget, request).await.map_err(late)?
}
