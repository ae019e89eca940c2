//! Several documents in one request of Elasticsearch, and the outcome of each in its answer.
//!
//! Must not know how a request is sent, what a document says.

use reqwest::StatusCode;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The parts of an answer that are read: without the others that of a thousand documents is short.
pub(super) const READ: &str = "items.*._id,items.*.status,items.*.error";

/// What is done with the document on the next line.
#[derive(Serialize)]
struct Action<'a> {
    create: Place<'a>,
}

#[derive(Serialize)]
struct Place<'a> {
    #[serde(rename = "_id")]
    id: &'a str,
    /// Version 8 refuses any, and earlier ones need it for a type of their own.
    #[serde(rename = "_type", skip_serializing_if = "Option::is_none")]
    doc_type: Option<&'a str>,
}

/// The body of a request that creates documents, each under its id.
pub(super) fn body<D: Serialize>(
    documents: impl IntoIterator<Item = (String, D)>,
    doc_type: Option<&str>,
) -> serde_json::Result<Vec<u8>> {
    let mut body = Vec::new();
    for (id, document) in documents {
        let create = Place { id: &id, doc_type };
        serde_json::to_writer(&mut body, &Action { create })?;
        body.push(b'\n');
        serde_json::to_writer(&mut body, &document)?;
        body.push(b'\n');
    }
    Ok(body)
}

#[derive(Deserialize)]
struct Items {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    create: Outcome,
}

/// What became of one document.
#[derive(Debug, Deserialize)]
pub(super) struct Outcome {
    #[serde(rename = "_id")]
    id: String,
    #[serde(deserialize_with = "status")]
    pub(super) status: StatusCode,
    #[serde(default)]
    pub(super) error: Value,
}

fn status<'de, D: Deserializer<'de>>(number: D) -> Result<StatusCode, D::Error> {
    StatusCode::from_u16(u16::deserialize(number)?).map_err(D::Error::custom)
}

/// An answer that does not have the outcome of each document.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("the answer is not the one to a bulk request")]
    Json(#[source] serde_json::Error),
    #[error("the answer does not say what became of document {id}")]
    Missing { id: String },
}

/// The outcomes of an answer, in the order of the documents with these ids.
pub(super) fn outcomes(answer: &[u8], ids: &[String]) -> Result<Vec<Outcome>, Unreadable> {
    let Items { items } = serde_json::from_slice(answer).map_err(Unreadable::Json)?;
    let mut items = items.into_iter().map(|item| item.create);
    let of = |id: &String| {
        let outcome = items.next().filter(|outcome| outcome.id == *id);
        outcome.ok_or_else(|| Unreadable::Missing { id: id.clone() })
    };
    ids.iter().map(of).collect()
}
