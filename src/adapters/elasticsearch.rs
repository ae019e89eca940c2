//! Creates one document for each cycle in Elasticsearch 6 to 9 or `OpenSearch`.
//!
//! Uses the one call that all of them support: a `PUT` with an id of our own and
//! `op_type=create`, which may arrive twice. It is never retried in a later cycle: the record is in
//! the log as well. Must not know what a record says.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use tokio::sync::OnceCell;
use url::Url;

use super::answer::Answer;
use super::held_secret::HeldSecret;
use super::http::{Http, HttpError, Resend};
use super::parameter_store::ParameterStore;
use crate::config::ElasticsearchConfig;
use crate::ports::{Cause, DeliveryError, DeliveryErrorKind, REPORT_BUDGET, ReportSink};
use crate::report::CycleReport;
use crate::secret::Secret;

#[derive(Debug)]
pub struct Elasticsearch {
    pub(super) config: ElasticsearchConfig,
    http: Http,
    password: HeldSecret,
    authority: Option<HeldSecret>,
    /// Also trusts the configured authority.
    own_http: OnceCell<Http>,
}

/// One call, not yet with a password.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Vec<u8>,
    pub(super) resend: Resend,
    pub(super) within: Duration,
}

#[derive(Serialize)]
struct Document<'a> {
    /// Data streams and Kibana require this name.
    #[serde(rename = "@timestamp")]
    timestamp: String,
    #[serde(flatten)]
    report: &'a CycleReport,
}

impl Elasticsearch {
    /// The index of `config`, reached over `http`. A password that is only referred to is in
    /// `store`.
    #[must_use]
    pub fn new(config: ElasticsearchConfig, store: &ParameterStore, http: Http) -> Self {
        let password = HeldSecret::new(&config.password, store);
        let authority = config.ca.as_ref().map(|ca| HeldSecret::new(ca, store));
        Self { config, http, password, authority, own_http: OnceCell::new() }
    }

    fn create(&self, report: &CycleReport) -> Result<Call, Cause> {
        let ElasticsearchConfig { index, doc_type, .. } = &self.config;
        let mut url = self.url([index, doc_type, &id(report)])?;
        url.set_query(Some("op_type=create"));
        let document = Document { timestamp: report.timestamp.to_string(), report };
        Ok(Call {
            method: Method::PUT,
            url,
            body: serde_json::to_vec(&document)?,
            resend: Resend::Once,
            within: REPORT_BUDGET,
        })
    }

    /// Each part is one segment, percent-encoded: no name can leave its place in the path.
    pub(super) fn url<const N: usize>(&self, parts: [&str; N]) -> Result<Url, Cause> {
        let mut url = self.config.url.clone();
        url.path_segments_mut()
            .map_err(|()| "ELK_ELASTIC_URL cannot have a path")?
            .pop_if_empty()
            .extend(parts);
        Ok(url)
    }

    /// Makes a call, within its time. A call that the server did not authorize did nothing, and may
    /// be repeated.
    pub(super) async fn call(&self, call: &Call) -> Result<Answer, DeliveryError> {
        let late = |_| unreachable(HttpError::TimedOut { after: call.within }.into());
        tokio::time::timeout(call.within, self.answer(call)).await.map_err(late)?
    }

    async fn answer(&self, call: &Call) -> Result<Answer, DeliveryError> {
        let http = self.trusting().await.map_err(no_authority)?;
        let sent = |password| self.send(http, call, password);
        let answer = self.password.call(sent, is_unauthorized).await;
        let answer = answer.map_err(|error| no_password(error.into()))?;
        answer.map_err(unreachable)
    }

    /// The client of all services, or its own one that trusts one more authority.
    async fn trusting(&self) -> Result<&Http, Cause> {
        match &self.authority {
            None => Ok(&self.http),
            Some(authority) => {
                let build = || async {
                    let pem = authority.get().await?;
                    Ok(Http::trusting_also(pem.expose())?)
                };
                self.own_http.get_or_try_init(build).await
            }
        }
    }

    async fn send(&self, http: &Http, call: &Call, password: Secret) -> Result<Answer, Cause> {
        let Call { method, url, body, resend, within } = call;
        let request = http
            .request(method.clone(), url.clone())
            .basic_auth(&self.config.user, Some(password.expose()))
            .header(CONTENT_TYPE, "application/json")
            .body(body.clone())
            .build()?;
        Ok(http.send(request, *resend, *within).await?)
    }
}

pub(super) fn refused(answer: &Answer) -> DeliveryError {
    let kind = if REFUSALS.contains(&answer.status) {
        DeliveryErrorKind::Unauthorized
    } else {
        DeliveryErrorKind::Rejected
    };
    let words = format!("Elasticsearch answered {}: {}", answer.status.as_u16(), answer.excerpt());
    DeliveryError { kind, words, cause: None }
}

pub(super) fn unreachable(cause: Cause) -> DeliveryError {
    unanswered(DeliveryErrorKind::Unavailable, "no answer from Elasticsearch", cause)
}

fn no_password(cause: Cause) -> DeliveryError {
    unanswered(DeliveryErrorKind::NoPassword, "no password for Elasticsearch", cause)
}

fn no_authority(cause: Cause) -> DeliveryError {
    let words = "no ELK_ELASTIC_CA to trust Elasticsearch by";
    unanswered(DeliveryErrorKind::NoAuthority, words, cause)
}

fn unanswered(kind: DeliveryErrorKind, words: &str, cause: Cause) -> DeliveryError {
    DeliveryError { kind, words: words.to_owned(), cause: Some(cause) }
}

/// Some proxies answer 403 where the server itself would answer 401.
const REFUSALS: [StatusCode; 2] = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];

fn is_unauthorized(answer: &Result<Answer, Cause>) -> bool {
    answer.as_ref().is_ok_and(|answer| REFUSALS.contains(&answer.status))
}

/// The same for every run of the same cycle, and for no other target: neither name has a dot.
fn id(report: &CycleReport) -> String {
    let CycleReport { app, process, tick, .. } = report;
    let dry_run = if report.dry_run { ".dry-run" } else { "" };
    format!("{app}.{process}.{tick}{dry_run}")
}

impl ReportSink for Elasticsearch {
    async fn deliver(&self, report: &CycleReport) -> Result<(), DeliveryError> {
        let call = self.create(report).map_err(unreachable)?;
        let answer = self.call(&call).await?;
        if answer.status.is_success() || answer.status == StatusCode::CONFLICT {
            return Ok(());
        }
        Err(refused(&answer))
    }
}
