//! Whether the traffic to a service can be read by others.
//!
//! Must not know what a service is called for.

use url::Url;

use super::Finding;
use dynoscaler::config::AtTerminal;
use dynoscaler::config::address::is_loopback;

const ENDPOINTS: &str = "endpoints";

/// Heroku's and Elasticsearch's are refused by the configuration itself.
pub(super) fn check(config: &AtTerminal) -> Vec<Finding> {
    let table = config.process.dynamodb.as_ref().and_then(|table| table.endpoint_url.as_ref());
    let all = [
        ("SQS", config.sqs.head.endpoint_url.as_ref()),
        ("DynamoDB", table),
        ("SSM", config.process.parameter_store.endpoint_url.as_ref()),
    ];
    all.into_iter()
        .filter_map(|(service, url)| Some((service, url?)))
        .filter_map(without_tls)
        .collect()
}

fn without_tls((service, url): (&str, &Url)) -> Option<Finding> {
    let is_clear = url.scheme() == "http" && !is_loopback(url);
    is_clear.then(|| {
        let found =
            format!("{service} is called without TLS at {url}: others may read the traffic");
        Finding::warning(ENDPOINTS, found, "Give AWS_ENDPOINT_URL an https:// URL, or none.")
    })
}
