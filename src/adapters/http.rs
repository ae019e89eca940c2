//! One HTTP client and one TLS stack for AWS, Heroku and Elasticsearch.
//!
//! TLS 1.2 or 1.3 with Mozilla's roots compiled in: reading the system's at start-up costs more
//! than the rest of the start. Redirects are not followed, so that a token reaches no other host.
//! Must not know whose requests it carries.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use reqwest::{Client, ClientBuilder, Method, Request, RequestBuilder, Response};
use rustls::RootCertStore;
use url::Url;

use super::answer::Answer;
use super::certificate::{self, CertificateFault, CertificateUnread};
use super::credentials::Credentials;

/// For the TCP and the TLS handshake together.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The largest answer that is read. A formation of 200 process types is a tenth of it.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// As many as a target may have queues, and more than apps are looked at: all of them at the same
/// time.
const IDLE_PER_HOST_MAX: usize = 20;

/// A function sleeps a minute between two cycles; a connection that survived is reused.
const IDLE_TIMEOUT: Duration = Duration::from_secs(300);

/// All adapters share it.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
}

/// A request without a complete answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
    #[error("cannot build the HTTP client")]
    Client(#[source] reqwest::Error),
    #[error("cannot read the certificate to trust")]
    Authority(#[source] CertificateUnread),
    #[error("cannot connect")]
    Connect(#[source] reqwest::Error),
    /// The server does not prove its identity.
    #[error("cannot connect: the server's certificate {fault}")]
    Untrusted {
        fault: CertificateFault,
        #[source]
        cause: reqwest::Error,
    },
    #[error("no answer within {} ms", after.as_millis())]
    TimedOut { after: Duration },
    /// The connection ended before the answer did.
    #[error("the connection was lost")]
    Lost(#[source] reqwest::Error),
    /// More than any caller needs.
    #[error("the answer has more than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
}

/// What to do when a connection ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resend {
    /// Send once more, at once: a server may have dropped the connection while the function slept,
    /// which shows only now. For requests that may safely arrive twice.
    Once,
    Never,
}

impl Http {
    /// Builds the client, which trusts Mozilla's roots; connects to nothing.
    ///
    /// # Errors
    /// If the TLS stack refuses its own defaults.
    pub fn new() -> Result<Self, HttpError> {
        Self::trusting(mozilla())
    }

    /// Builds a client that trusts Mozilla's roots, and the certificates of `pem`.
    ///
    /// # Errors
    /// If a certificate cannot be read, or the TLS stack refuses its own defaults.
    pub(super) fn trusting_also(pem: &str) -> Result<Self, HttpError> {
        let own = certificate::read(pem).map_err(HttpError::Authority)?;
        let mut roots = mozilla();
        for certificate in own {
            roots.add(certificate).map_err(|e| HttpError::Authority(CertificateUnread::Root(e)))?;
        }
        Self::trusting(roots)
    }

    /// Builds a client that trusts `roots` and no other.
    ///
    /// # Errors
    /// If the TLS stack refuses its own defaults.
    pub fn trusting(roots: RootCertStore) -> Result<Self, HttpError> {
        Self::built(roots, None)
    }

    /// Builds the client of a terminal, which reaches the Internet through a proxy if there is one.
    ///
    /// # Errors
    /// If the TLS stack refuses its own defaults, or the client its proxy.
    #[cfg(feature = "terminal")]
    pub fn through(proxy: Option<&crate::config::Proxy>) -> Result<Self, HttpError> {
        let Some(proxy) = proxy else { return Self::new() };
        let except = proxy.except.as_deref().and_then(reqwest::NoProxy::from_string);
        let https = reqwest::Proxy::https(proxy.https.clone()).map_err(HttpError::Client)?;
        Self::built(mozilla(), Some(https.no_proxy(except)))
    }

    /// Without a proxy that is given here, none is used: the machine's proxy variables are not
    /// meant for a function.
    fn built(roots: RootCertStore, proxy: Option<reqwest::Proxy>) -> Result<Self, HttpError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(HttpError::Tls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder().no_proxy();
        let client = proxy.into_iter().fold(client, ClientBuilder::proxy);
        let client = client
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
            .build()
            .map_err(HttpError::Client)?;
        Ok(Self { client })
    }

    pub(super) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request and reads the complete answer.
    pub(super) async fn send(
        &self,
        request: Request,
        resend: Resend,
        within: Duration,
    ) -> Result<Answer, HttpError> {
        let late = HttpError::TimedOut { after: within };
        tokio::time::timeout(within, self.exchange(request, resend)).await.unwrap_or(Err(late))
    }

    async fn exchange(&self, request: Request, resend: Resend) -> Result<Answer, HttpError> {
        let credentials = Credentials::of(&request);
        let answer = read(self.head(request, resend).await?).await?;
        Ok(credentials.hide(answer))
    }

    async fn head(&self, request: Request, resend: Resend) -> Result<Response, HttpError> {
        let again = request.try_clone().filter(|_| resend == Resend::Once);
        match (self.client.execute(request).await.map_err(classify), again) {
            (Err(HttpError::Lost(_)), Some(again)) => {
                self.client.execute(again).await.map_err(classify)
            }
            (outcome, _) => outcome,
        }
    }
}

fn mozilla() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

async fn read(mut response: Response) -> Result<Answer, HttpError> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(classify)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

/// The URL is left out: the adapters name the request, and nothing else belongs in a log.
fn classify(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    match CertificateFault::of(&error) {
        Some(fault) => HttpError::Untrusted { fault, cause: error },
        None if error.is_connect() => HttpError::Connect(error),
        None => HttpError::Lost(error),
    }
}

/// The AWS SDK sends through the same client. Its own time-outs and retries stay with it.
impl HttpClient for Http {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.clone();
        HttpConnectorFuture::new(async move { http.call_aws(request).await })
    }
}

impl Http {
    /// Every call to AWS may arrive twice: reads are reads, and the one write is conditional.
    async fn call_aws(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = to_reqwest(request)?;
        let answer = self.exchange(request, Resend::Once).await.map_err(to_connector_error)?;
        let status = answer.status.as_u16().try_into().map_err(|e| user_error(Box::new(e)))?;
        let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
        for (name, value) in &answer.headers {
            if let Ok(value) = value.to_str() {
                response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }
}

fn to_reqwest(request: HttpRequest) -> Result<Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| user_error(Box::new(error)))?;
    let (parts, body) = request.into_parts();
    let bytes = body.bytes().map(<[u8]>::to_vec).unwrap_or_default();
    let request = http::Request::from_parts(parts, bytes);
    Request::try_from(request).map_err(|error| user_error(Box::new(error)))
}

fn user_error(error: Box<dyn std::error::Error + Send + Sync>) -> ConnectorError {
    ConnectorError::user(error)
}

/// The kind says to the SDK whether another try may help.
fn to_connector_error(error: HttpError) -> ConnectorError {
    match error {
        HttpError::TimedOut { .. } => ConnectorError::timeout(error.into()),
        HttpError::Connect(_) | HttpError::Lost(_) => ConnectorError::io(error.into()),
        HttpError::Tls(_)
        | HttpError::Client(_)
        | HttpError::Authority(_)
        | HttpError::Untrusted { .. }
        | HttpError::TooLarge => ConnectorError::other(error.into(), None),
    }
}
