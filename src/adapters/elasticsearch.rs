//! Creates one document for each cycle in Elasticsearch 6 to 9 or `OpenSearch`.
//!
//! Each has an id of our own and is created, not written, so that it may arrive twice. One alone is
//! a `PUT` with `op_type=create`, which all of them support; several are one `_bulk` request. None
//! is retried in a later cycle: the record is in the log as well. Must not know what a record says.

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use tokio::sync::OnceCell;
use url::Url;

use super::answer::Answer;
use super::bulk;
use super::held_secret::HeldSecret;
use super::http::{Http, HttpError, Resend};
use super::parameter_store::ParameterStore;
use crate::config::ElasticsearchConfig;
use crate::ports::{
    Cause, DeliveryError, DeliveryErrorKind, REPORT_BUDGET, ReportSink, Undelivered,
};
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

impl<'a> Document<'a> {
    fn of(report: &'a CycleReport) -> Self {
        Self { timestamp: report.timestamp.to_string(), report }
    }
}

/// Documents that are created at the same time, each by a request.
const AT_ONCE: usize = 16;

impl Elasticsearch {
    /// The index of `config`, reached over `http`. A password that is only referred to is in
    /// `store`.
    #[must_use]
    pub fn new(config: ElasticsearchConfig, store: &ParameterStore, http: Http) -> Self {
        let password = HeldSecret::new(&config.password, store);
        let authority = config.ca.as_ref().map(|ca| HeldSecret::new(ca, store));
        Self { config, http, password, authority, own_http: OnceCell::new() }
    }

    /// Creates the document of one record.
    ///
    /// # Errors
    /// If it is refused, or there is no answer.
    pub async fn create(&self, report: &CycleReport) -> Result<(), DeliveryError> {
        let call = self.creation(report).map_err(unreachable)?;
        delivered(&self.call(&call).await?)
    }

    /// Creates the documents of several records by one request.
    async fn create_all(&self, reports: &[CycleReport]) -> Result<Vec<Undelivered>, DeliveryError> {
        let call = self.creations(reports).map_err(unreachable)?;
        let answer = self.call(&call).await?;
        match answer.status {
            StatusCode::OK => outcomes(&answer, reports),
            StatusCode::BAD_REQUEST => Ok(self.create_each(reports).await),
            _ => Err(refused(&answer)),
        }
    }

    /// Where the form of the request is refused, as by version 6, which needs a type that version 8
    /// does not take.
    async fn create_each(&self, reports: &[CycleReport]) -> Vec<Undelivered> {
        let created = (0..reports.len()).map(|place| async move {
            let error = self.create(&reports[place]).await.err()?;
            Some(Undelivered { place, error })
        });
        let refused: Vec<_> = stream::iter(created).buffered(AT_ONCE).collect().await;
        refused.into_iter().flatten().collect()
    }

    fn creation(&self, report: &CycleReport) -> Result<Call, Cause> {
        let ElasticsearchConfig { index, doc_type, .. } = &self.config;
        let mut url = self.url([index, doc_type, &id(report)])?;
        url.set_query(Some("op_type=create"));
        Ok(Call {
            method: Method::PUT,
            url,
            body: serde_json::to_vec(&Document::of(report))?,
            resend: Resend::Once,
            within: REPORT_BUDGET,
        })
    }

    fn creations(&self, reports: &[CycleReport]) -> Result<Call, Cause> {
        let ElasticsearchConfig { index, doc_type, .. } = &self.config;
        let mut url = self.url([index, "_bulk"])?;
        url.query_pairs_mut().append_pair("filter_path", bulk::READ);
        let doc_type = Some(doc_type.as_str()).filter(|name| *name != "_doc");
        let documents = reports.iter().map(|report| (id(report), Document::of(report)));
        Ok(Call {
            method: Method::POST,
            url,
            body: bulk::body(documents, doc_type)?,
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

/// A document that is there already is that of the same cycle.
fn delivered(answer: &Answer) -> Result<(), DeliveryError> {
    if answer.status.is_success() || answer.status == StatusCode::CONFLICT {
        return Ok(());
    }
    Err(refused(answer))
}

/// The records that were refused, each with the part of the answer that is its own.
fn outcomes(answer: &Answer, reports: &[CycleReport]) -> Result<Vec<Undelivered>, DeliveryError> {
    let ids: Vec<_> = reports.iter().map(id).collect();
    let outcomes = bulk::outcomes(&answer.body, &ids).map_err(|error| unreachable(error.into()))?;
    let refused = outcomes.into_iter().enumerate().filter_map(|(place, outcome)| {
        let own = Answer {
            status: outcome.status,
            headers: HeaderMap::new(),
            body: outcome.error.to_string().into_bytes(),
        };
        Some(Undelivered { place, error: delivered(&own).err()? })
    });
    Ok(refused.collect())
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
    async fn deliver(&self, reports: &[CycleReport]) -> Result<Vec<Undelivered>, DeliveryError> {
        if let [report] = reports {
            let error = self.create(report).await.err();
            return Ok(error.into_iter().map(|error| Undelivered { place: 0, error }).collect());
        }
        let late = |_| unreachable(HttpError::TimedOut { after: REPORT_BUDGET }.into());
        tokio::time::timeout(REPORT_BUDGET, self.create_all(reports)).await.map_err(late)?
    }
}
