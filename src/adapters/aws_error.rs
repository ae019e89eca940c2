//! Why a service of AWS failed: its code and message, and the region.
//!
//! The SDK's own errors show Rust's notation, and repeat each cause. Must not know what was called.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::answer::excerpt;
use crate::ports::Cause;

/// A call to a service of AWS that failed.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    #[error("no credentials for {service}")]
    NoCredentials {
        service: &'static str,
        #[source]
        cause: CredentialsError,
    },
    /// Nothing was sent.
    #[error("the request to {service} cannot be made")]
    NoRequest {
        service: &'static str,
        #[source]
        cause: Cause,
    },
    /// No connection, a lost one, or nothing in time.
    #[error("no answer from {service} (region {region})")]
    Unreachable {
        service: &'static str,
        region: String,
        #[source]
        cause: Cause,
    },
    /// The service answered with an error.
    #[error("{service} answered {status} {code}: {message} (region {region})")]
    Refused { service: &'static str, region: String, status: u16, code: String, message: String },
    #[error("cannot read {service}'s answer (region {region})")]
    Unreadable {
        service: &'static str,
        region: String,
        #[source]
        cause: Cause,
    },
}

#[cfg(feature = "terminal")]
impl AwsError {
    /// Whether a service answered so.
    pub(super) fn has_code(&self, expected: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == expected)
    }
}

/// A service and its region.
#[derive(Debug, Clone)]
pub(super) struct Place {
    service: &'static str,
    region: String,
}

impl Place {
    pub(super) fn new(service: &'static str, region: &str) -> Self {
        Self { service, region: region.to_owned() }
    }

    #[cfg(feature = "terminal")]
    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) fn failed<E>(&self, error: SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let service = self.service;
        let source =
            |error: SdkError<E, HttpResponse>| error.into_source().unwrap_or_else(Into::into);
        match error {
            SdkError::ServiceError(context) => {
                let (answer, details) = (context.raw(), context.err().meta());
                let page = excerpt(answer.body().bytes().unwrap_or_default());
                let message = details.message().map_or(page, ToOwned::to_owned);
                self.refused(answer.status().as_u16(), details.code(), message)
            }
            SdkError::ConstructionFailure(_) => {
                AwsError::NoRequest { service, cause: source(error) }
            }
            SdkError::ResponseError(_) => self.unreadable(source(error)),
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | _ => {
                self.unanswered(unwrapped(source(error)))
            }
        }
    }

    /// No answer: the request could not be signed, or no reply arrived.
    pub(super) fn unanswered(&self, cause: Cause) -> AwsError {
        let (service, region) = (self.service, self.region.clone());
        match cause.downcast::<CredentialsError>() {
            Ok(cause) => AwsError::NoCredentials { service, cause: *cause },
            Err(cause) => AwsError::Unreachable { service, region, cause },
        }
    }

    pub(super) fn not_made(&self, cause: Cause) -> AwsError {
        AwsError::NoRequest { service: self.service, cause }
    }

    pub(super) fn refused(&self, status: u16, code: Option<&str>, message: String) -> AwsError {
        let code = code.unwrap_or("without id").to_owned();
        AwsError::Refused {
            service: self.service,
            region: self.region.clone(),
            status,
            code,
            message,
        }
    }

    pub(super) fn unreadable(&self, cause: impl Into<Cause>) -> AwsError {
        let (service, region) = (self.service, self.region.clone());
        AwsError::Unreadable { service, region, cause: cause.into() }
    }
}

/// The connector's own message, without the SDK's around it.
fn unwrapped(cause: Cause) -> Cause {
    match cause.downcast::<ConnectorError>() {
        Ok(error) => error.into_source(),
        Err(cause) => cause,
    }
}
