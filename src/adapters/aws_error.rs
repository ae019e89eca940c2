//! Why a service of AWS did not do what was asked: its code and words once, and the region.
//!
//! The SDK's own errors show Rust's notation, and each cause twice. Must not know what was asked.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::answer::excerpt;
use crate::ports::Cause;

/// A call to a service of AWS that came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// Nothing was sent.
    #[error("no credentials to ask {service} with")]
    NoCredentials {
        /// The service's name.
        service: &'static str,
        /// Why there are none.
        #[source]
        cause: CredentialsError,
    },
    /// Nothing was sent.
    #[error("the request to {service} cannot be made")]
    NoRequest {
        /// The service's name.
        service: &'static str,
        /// What is wrong with it.
        #[source]
        cause: Cause,
    },
    /// No connection, a lost one, or nothing in time.
    #[error("no answer from {service} (asked in {region})")]
    Unreachable {
        /// The service's name.
        service: &'static str,
        /// The region.
        region: String,
        /// What the connection said.
        #[source]
        cause: Cause,
    },
    /// An error for an answer.
    #[error("{service} answered {status} {code}: {message} (asked in {region})")]
    Refused {
        /// The service's name.
        service: &'static str,
        /// The region.
        region: String,
        /// The HTTP status.
        status: u16,
        /// The service's name for the error.
        code: String,
        /// The service's words.
        message: String,
    },
    /// An answer that is none.
    #[error("cannot read {service}'s answer (asked in {region})")]
    Unreadable {
        /// The service's name.
        service: &'static str,
        /// The region.
        region: String,
        /// What is wrong with it.
        #[source]
        cause: Cause,
    },
}

/// A service, and the region in which it is asked.
#[derive(Debug, Clone)]
pub(super) struct Place {
    service: &'static str,
    region: String,
}

impl Place {
    pub(super) fn new(service: &'static str, region: &str) -> Self {
        Self { service, region: region.to_owned() }
    }

    #[cfg(feature = "cli")]
    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// What an error of the SDK says.
    pub(super) fn failed<E>(&self, error: SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let service = self.service;
        let source =
            |error: SdkError<E, HttpResponse>| error.into_source().unwrap_or_else(Into::into);
        match error {
            SdkError::ServiceError(context) => {
                let (answer, told) = (context.raw(), context.err().meta());
                let page = excerpt(answer.body().bytes().unwrap_or_default());
                let message = told.message().map_or(page, ToOwned::to_owned);
                self.refused(answer.status().as_u16(), told.code(), message)
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

    /// No answer, since nothing could be signed or nothing came.
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

/// The connector's own words, without the SDK's around them.
fn unwrapped(cause: Cause) -> Cause {
    match cause.downcast::<ConnectorError>() {
        Ok(error) => error.into_source(),
        Err(cause) => cause,
    }
}
