//! The addresses of services: which URLs are accepted, and which of them others can read on the
//! way.
//!
//! Must not know which service it is.

use url::{Host, Url};

use super::parse::{Bound, Parsed};

pub(super) fn base_url(text: &str) -> Parsed<Url> {
    let bound = "must be an http:// or https:// URL of an ASCII host, without user, password, \
        query or fragment";
    let is_base = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Url::parse(text).ok().filter(is_base).ok_or(Bound::Borrowed(bound))
}

/// A URL to which a secret is sent: no one on the way may read it.
pub(super) fn private_url(text: &str) -> Parsed<Url> {
    let bound = "must be an https:// URL of an ASCII host, without user, password, query or \
        fragment; http:// is for this machine alone, as http://localhost";
    let is_private = |url: &Url| url.scheme() == "https" || is_loopback(url);
    base_url(text).ok().filter(is_private).ok_or(Bound::Borrowed(bound))
}

/// Whether a URL leads to this machine and nowhere else.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
