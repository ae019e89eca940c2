//! Creates one document for each cycle in Elasticsearch 6 to 9 or `OpenSearch`.
//!
//! By the one call that all of them know: a `PUT` with an id of our own and `op_type=create`. One
//! try: the record is in the log as well. Must not know what a record says.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Request, StatusCode};
use serde::Serialize;
use url::Url;

use super::heroku::excerpt;
use super::http::{Http, Resend};
use crate::config::ElasticsearchConfig;
use crate::ports::{Cause, DeliveryError, REPORT_BUDGET, ReportSink};
use crate::report::CycleReport;

/// One index.
#[derive(Debug)]
pub struct Elasticsearch {
    pub(super) config: ElasticsearchConfig,
    pub(super) http: Http,
}

#[derive(Serialize)]
struct Document<'a> {
    /// The name that data streams and Kibana insist on.
    #[serde(rename = "@timestamp")]
    timestamp: String,
    #[serde(flatten)]
    report: &'a CycleReport,
}

impl Elasticsearch {
    /// The index of `config`, reached over `http`.
    #[must_use]
    pub const fn new(config: ElasticsearchConfig, http: Http) -> Self {
        Self { config, http }
    }

    fn create(&self, report: &CycleReport) -> Result<Request, Cause> {
        let ElasticsearchConfig { index, doc_type, .. } = &self.config;
        let mut url = self.url([index, doc_type, &id(report)])?;
        url.set_query(Some("op_type=create"));
        let document = Document { timestamp: report.timestamp.to_string(), report };
        self.request(Method::PUT, url, &document)
    }

    /// Each part is one segment, percent-encoded: no name can leave its place in the path.
    pub(super) fn url(&self, parts: [&str; 3]) -> Result<Url, Cause> {
        let mut url = self.config.url.clone();
        url.path_segments_mut()
            .map_err(|()| "ELK_ELASTIC_URL cannot have a path")?
            .pop_if_empty()
            .extend(parts);
        Ok(url)
    }

    pub(super) fn request(
        &self,
        method: Method,
        url: Url,
        body: &impl Serialize,
    ) -> Result<Request, Cause> {
        let ElasticsearchConfig { user, password, .. } = &self.config;
        let request = self
            .http
            .request(method, url)
            .basic_auth(user, Some(password.expose()))
            .header(CONTENT_TYPE, "application/json")
            .body(serde_json::to_vec(body)?);
        Ok(request.build()?)
    }
}

/// The same for every run of the same cycle.
fn id(report: &CycleReport) -> String {
    let CycleReport { app, process, tick, .. } = report;
    let dry_run = if report.dry_run { "-dry-run" } else { "" };
    format!("{app}-{process}-{tick}{dry_run}")
}

impl ReportSink for Elasticsearch {
    async fn deliver(&self, report: &CycleReport) -> Result<(), DeliveryError> {
        let request = self.create(report).map_err(DeliveryError::Unreachable)?;
        let answer = self.http.send(request, Resend::Never, REPORT_BUDGET).await;
        let answer = answer.map_err(|error| DeliveryError::Unreachable(error.into()))?;
        if answer.status.is_success() || answer.status == StatusCode::CONFLICT {
            return Ok(());
        }
        let (status, message) = (answer.status.as_u16(), excerpt(&answer.body));
        Err(DeliveryError::Refused { status, message })
    }
}
