//! Certificates made for this run, each for one name, and a server that shows one.

use std::io;
use std::sync::{Arc, LazyLock};

use rcgen::{CertificateParams, CertifiedKey, KeyPair, date_time_ymd, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub type Accepted = TlsStream<TcpStream>;

pub const RIGHT_NAME: &str = "127.0.0.1";
pub const WRONG_NAME: &str = "elsewhere.example";

/// For the right name, until long ago.
pub const EXPIRED: &str = "expired";

static CERTIFICATES: LazyLock<[(&str, CertifiedKey<KeyPair>); 3]> = LazyLock::new(|| {
    let good = |name: &'static str| (name, generate_simple_self_signed([name.to_owned()]).unwrap());
    [good(RIGHT_NAME), good(WRONG_NAME), (EXPIRED, expired())]
});

fn expired() -> CertifiedKey<KeyPair> {
    let signing_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([RIGHT_NAME.to_owned()]).unwrap();
    params.not_after = date_time_ymd(2001, 1, 1);
    let cert = params.self_signed(&signing_key).unwrap();
    CertifiedKey { cert, signing_key }
}

/// Trusts all certificates: only the name or the time of one is wrong.
pub fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for (_, certified) in CERTIFICATES.iter() {
        roots.add(certified.cert.der().clone()).unwrap();
    }
    roots
}

/// A certificate in PEM, as an operator gives it.
pub fn pem(name: &str) -> String {
    let (_, certified) = CERTIFICATES.iter().find(|(of, _)| *of == name).unwrap();
    let base64 = aws_smithy_types::base64::encode(certified.cert.der());
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

pub async fn accept(stream: TcpStream, name: &str) -> io::Result<Accepted> {
    let (_, certified) = CERTIFICATES.iter().find(|(of, _)| *of == name).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
    TlsAcceptor::from(Arc::new(config)).accept(stream).await
}
