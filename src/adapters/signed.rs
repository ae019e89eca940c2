//! Signed requests to services of AWS whose SDK is too large for the one call that is made of them.
//!
//! Must not know what is requested, nor read an answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use jiff::Timestamp;
use reqwest::Request;
use url::Url;

use super::answer::Answer;
use super::aws::credentials;
use super::aws_error::{AwsError, Place};
use super::http::{Http, Resend};
use crate::config::KeySource;
use crate::ports::{Cause, Clock};

/// Where a service is, by both of its names, and the keys of its caller.
pub(super) struct Endpoint<'a> {
    /// Its usual name.
    pub(super) service: &'static str,
    /// Its name in the host and in a signature.
    pub(super) name: &'static str,
    pub(super) region: &'a str,
    pub(super) keys: &'a KeySource,
    /// Another endpoint than AWS's.
    pub(super) endpoint_url: Option<&'a Url>,
}

/// A service of one region, and the credentials of its caller.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) place: Place,
    name: &'static str,
    region: String,
    endpoint: String,
    credentials: SharedCredentialsProvider,
    http: Http,
    clock: Arc<dyn Clock + Send>,
}

impl Signed {
    /// Reached over `http`; requests are signed with the time of `clock`.
    pub(super) fn new(
        endpoint: &Endpoint<'_>,
        http: &Http,
        clock: impl Clock + Send + 'static,
    ) -> Self {
        let Endpoint { service, name, region, keys, endpoint_url } = *endpoint;
        let of_aws = || format!("https://{name}.{region}.{}/", aws_domain(region));
        Self {
            place: Place::new(service, region),
            name,
            region: region.to_owned(),
            endpoint: endpoint_url.map_or_else(of_aws, ToString::to_string),
            credentials: credentials(keys, region, http),
            http: http.clone(),
            clock: Arc::new(clock),
        }
    }

    /// The address of a path, which begins without a slash and is percent-encoded already.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.endpoint)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Signs a request and gives its answer, whatever its status. It may arrive twice.
    pub(super) async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        within: Duration,
    ) -> Result<Answer, AwsError> {
        let found = self.credentials.provide_credentials().await;
        let identity = found.map_err(|error| self.place.unanswered(error.into()))?.into();
        let request =
            self.signed(request, &identity).map_err(|cause| self.place.not_made(cause))?;
        let answer = self.http.send(request, Resend::Once, within).await;
        answer.map_err(|error| self.place.unanswered(error.into()))
    }

    fn signed(
        &self,
        mut request: http::Request<Vec<u8>>,
        identity: &Identity,
    ) -> Result<Request, Cause> {
        let (method, url) = (request.method().to_string(), request.uri().to_string());
        let headers = request.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(&method, url, headers, body)?;
        let params = self.signing_params(identity)?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.try_into()?)
    }

    fn signing_params<'a>(&'a self, identity: &'a Identity) -> Result<SigningParams<'a>, Cause> {
        let params = v4::SigningParams::builder()
            .identity(identity)
            .region(&self.region)
            .name(self.name)
            .time(self.now().try_into()?)
            .settings(SigningSettings::default());
        Ok(params.build()?.into())
    }
}

/// The domain of AWS's services in a region: of the partitions that are open to the public, since
/// `AWS_ENDPOINT_URL` names any other.
#[must_use]
pub fn aws_domain(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

/// A clock has nothing to show.
impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, endpoint, .. } = self;
        f.debug_struct("Signed")
            .field("place", place)
            .field("endpoint", endpoint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_public_partition_of_aws_has_its_domain() {
        for (region, expected) in [
            ("eu-west-1", "amazonaws.com"),
            ("us-gov-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"),
            ("eusc-de-east-1", "amazonaws.eu"),
        ] {
            assert_eq!(aws_domain(region), expected, "{region}");
        }
    }
}
