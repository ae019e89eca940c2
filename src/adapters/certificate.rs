//! Certificates: those that the operator trusts, and what is wrong with a server's.
//!
//! Must not know whose they are.

use std::error::Error;
use std::{fmt, io};

use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

/// A trusted certificate that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CertificateUnread {
    #[error("it is no PEM")]
    Pem(#[source] pem::Error),
    #[error("it has no certificate")]
    None,
    #[error("it is no certificate")]
    Root(#[source] rustls::Error),
}

/// What is wrong with a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateFault {
    /// Signed by itself, or by an issuer that is not trusted here.
    Issuer,
    Expired,
    /// Not valid yet; or the clock here is wrong.
    NotYetValid,
    Name,
    Other,
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issuer => "is self-signed, or its issuer is not known here",
            Self::Expired => "has expired",
            Self::NotYetValid => "is not valid yet",
            Self::Name => "is for another host",
            Self::Other => "is not valid",
        })
    }
}

impl CertificateFault {
    /// The certificate's fault that caused an error of the client, if one did.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let causes = std::iter::successors(Some(error), |&error| error.source());
        let invalid = |error: &rustls::Error| {
            let rustls::Error::InvalidCertificate(fault) = error else { return None };
            Some(Self::from(fault))
        };
        causes.filter_map(tls).find_map(invalid)
    }
}

/// The TLS error itself, or the one inside an error of input and output.
fn tls<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    match error.downcast_ref::<io::Error>() {
        Some(outer) => tls(outer.get_ref()?),
        None => error.downcast_ref(),
    }
}

impl From<&CertificateError> for CertificateFault {
    fn from(error: &CertificateError) -> Self {
        use CertificateError as E;
        let is = |fault: bool, kind| fault.then_some(kind);
        // Two authorities may share a name: then the signature is wrong and no issuer is missing.
        is(matches!(error, E::UnknownIssuer | E::BadSignature), Self::Issuer)
            .or(is(matches!(error, E::Expired | E::ExpiredContext { .. }), Self::Expired))
            .or(is(
                matches!(error, E::NotValidYet | E::NotValidYetContext { .. }),
                Self::NotYetValid,
            ))
            .or(is(
                matches!(error, E::NotValidForName | E::NotValidForNameContext { .. }),
                Self::Name,
            ))
            .unwrap_or(Self::Other)
    }
}

/// At least one certificate.
pub(super) fn read(pem: &str) -> Result<Vec<CertificateDer<'static>>, CertificateUnread> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let found = read.map_err(CertificateUnread::Pem)?;
    if found.is_empty() { Err(CertificateUnread::None) } else { Ok(found) }
}
