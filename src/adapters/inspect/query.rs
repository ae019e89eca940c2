//! The services of AWS that take a form and answer in XML, by signed requests.
//!
//! Must not know which operation is called.

use reqwest::header::CONTENT_TYPE;
use roxmltree::{Document, Node};
use url::form_urlencoded::Serializer;

use super::{PATIENCE, signed};
use crate::adapters::answer::Answer;
use crate::adapters::signed::Signed;
use crate::adapters::{AwsError, Http};
use crate::config::ServiceConfig;
use crate::ports::Cause;

#[derive(Debug)]
pub(super) struct Query {
    calls: Signed,
    version: &'static str,
}

impl Query {
    pub(super) fn new(
        [service, name, version]: [&'static str; 3],
        config: &ServiceConfig,
        http: &Http,
    ) -> Self {
        Self { calls: signed(service, name, config, http), version }
    }

    /// Calls, and reads the needed part of the answer.
    pub(super) async fn call<T>(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
        read: fn(&Document<'_>) -> Result<T, Cause>,
    ) -> Result<T, AwsError> {
        let request = [("Action", action), ("Version", self.version)];
        let request = request.iter().chain(parameters).copied();
        let form = Serializer::new(String::new()).extend_pairs(request).finish();
        let request = http::Request::post(self.calls.url(""))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
            .body(form.into_bytes());
        let request = request.map_err(|error| self.calls.place.not_made(error.into()))?;
        let answer = self.calls.send(request, PATIENCE).await?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer));
        }
        read_in(&answer, read).map_err(|cause| self.calls.place.unreadable(cause))
    }

    fn refused(&self, answer: &Answer) -> AwsError {
        let status = answer.status.as_u16();
        match read_in(answer, error) {
            Ok((code, message)) => self.calls.place.refused(status, Some(&code), message),
            Err(_) => self.calls.place.refused(status, None, answer.excerpt()),
        }
    }
}

fn read_in<T>(answer: &Answer, read: fn(&Document<'_>) -> Result<T, Cause>) -> Result<T, Cause> {
    read(&Document::parse(std::str::from_utf8(&answer.body)?)?)
}

fn error(document: &Document<'_>) -> Result<(String, String), Cause> {
    let error = first(document, "Error")?;
    Ok((text_of(error, "Code")?, text_of(error, "Message")?))
}

/// The first element of a name, wherever it is.
pub(super) fn first<'a, 'input>(
    document: &'a Document<'input>,
    name: &str,
) -> Result<Node<'a, 'input>, Cause> {
    let found = document.descendants().find(|node| node.has_tag_name(name));
    found.ok_or_else(|| format!("it has no {name}").into())
}

/// The text of a child.
pub(super) fn text_of(node: Node<'_, '_>, child: &str) -> Result<String, Cause> {
    let found = node.children().find(|node| node.has_tag_name(child));
    let found = found.ok_or_else(|| format!("it has no {child}"))?;
    Ok(found.text().unwrap_or_default().to_owned())
}
