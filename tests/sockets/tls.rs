//! Certificates made for this run, each good for one name, and a server that shows one.

use std::io;
use std::sync::{Arc, LazyLock};

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub type Accepted = TlsStream<TcpStream>;

pub const RIGHT_NAME: &str = "127.0.0.1";
pub const WRONG_NAME: &str = "elsewhere.example";

static CERTIFICATES: LazyLock<[(&str, CertifiedKey<KeyPair>); 2]> = LazyLock::new(|| {
    [RIGHT_NAME, WRONG_NAME]
        .map(|name| (name, generate_simple_self_signed([name.to_owned()]).unwrap()))
});

/// Trusts both certificates: what is wrong with one is its name alone.
pub fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for (_, certified) in CERTIFICATES.iter() {
        roots.add(certified.cert.der().clone()).unwrap();
    }
    roots
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
