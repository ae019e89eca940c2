//! Whether the mapping of an index takes the fields of a record, as far as the mapping itself says.
//!
//! Must not know what a record means. Types that are not known here are not judged.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value};

use super::PATIENCE;
use crate::adapters::Elasticsearch;
use crate::adapters::elasticsearch::{self, Call, unreachable};
use crate::adapters::http::Resend;
use crate::ports::{Cause, DeliveryError};
use crate::report::{FIELDS, Kind};

/// What a mapping does with records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// There is no index yet: the first record creates it.
    NoIndex,
    /// Fields that it refuses, each with the mapping's own type; empty if all fit.
    Conflicts(Vec<String>),
}

const NUMBERS: &[&str] = &[
    "long",
    "integer",
    "short",
    "byte",
    "double",
    "float",
    "half_float",
    "scaled_float",
    "unsigned_long",
];

impl Elasticsearch {
    /// Reads the mapping of the index, which needs the permission to read it and no other.
    ///
    /// # Errors
    /// If there is no answer, or none with a mapping.
    pub async fn fit(&self) -> Result<Fit, DeliveryError> {
        let call = self.mapping().map_err(unreachable)?;
        let answer = self.call(&call).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(Fit::NoIndex),
            StatusCode::OK => {
                let indices: Map<String, Value> = serde_json::from_slice(&answer.body)
                    .map_err(|error| unreachable(error.into()))?;
                Ok(Fit::Conflicts(conflicts(&indices)))
            }
            _ => Err(elasticsearch::refused(&answer)),
        }
    }

    fn mapping(&self) -> Result<Call, Cause> {
        Ok(Call {
            method: Method::GET,
            url: self.url([self.config.index.as_str(), "_mapping"])?,
            body: Vec::new(),
            resend: Resend::Once,
            within: PATIENCE,
        })
    }
}

/// An alias has several indices; version 6 has mapping types in between.
fn conflicts(indices: &Map<String, Value>) -> Vec<String> {
    let mappings = indices.values().map(|index| &index["mappings"]);
    let typed = |mapping: &Value| {
        let types = mapping.as_object().filter(|_| mapping.get("properties").is_none());
        types.into_iter().flat_map(Map::values).cloned().collect::<Vec<_>>()
    };
    let all = mappings.flat_map(|mapping| [vec![mapping.clone()], typed(mapping)].concat());
    let found: BTreeSet<String> = all.flat_map(|mapping| in_mapping(&mapping)).collect();
    found.into_iter().collect()
}

fn in_mapping(mapping: &Value) -> Vec<String> {
    let properties = &mapping["properties"];
    let is_strict = mapping["dynamic"] == "strict";
    let judged = |(name, kind): &(&str, Kind)| match properties.get(name) {
        Some(field) => refused(*kind, field).map(|there| format!("{name} ({there})")),
        None if is_strict && *kind != Kind::Objects => {
            Some(format!("{name} (not there, and dynamic is strict)"))
        }
        None => None,
    };
    FIELDS.iter().filter_map(judged).collect()
}

/// The mapping's type of a field, if it takes no value of this kind.
fn refused(kind: Kind, field: &Value) -> Option<String> {
    let there = field["type"].as_str();
    let is_object = matches!(there, None | Some("object" | "nested" | "flattened"));
    let is_number = there.is_some_and(|there| NUMBERS.contains(&there));
    let is_refused = match (kind, there) {
        (Kind::Objects, _) => !is_object,
        _ if is_object => true,
        (Kind::Text, Some("boolean" | "date" | "date_nanos" | "ip")) => true,
        (Kind::Text, _) => is_number,
        (Kind::Time, Some("boolean" | "ip")) => true,
        (Kind::Time, _) => is_number,
        (Kind::Number, Some("boolean" | "ip")) => true,
        (Kind::Number, _) => false,
        (Kind::Flag, Some("date" | "date_nanos" | "ip")) => true,
        (Kind::Flag, _) => is_number,
    };
    is_refused.then(|| there.unwrap_or("object").to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(indices: &Value) -> Vec<String> {
        conflicts(indices.as_object().unwrap())
    }

    // case D5
    #[test]
    fn what_ecs_makes_an_object_takes_no_text() {
        let properties = json!({
            "process": { "properties": { "pid": { "type": "long" } } },
            "error": { "properties": { "message": { "type": "text" } } },
            "message": { "type": "match_only_text" },
            "@timestamp": { "type": "date" },
        });
        let mappings = json!({ "dynamic": "true", "properties": properties });
        let expected = ["error (object)", "process (object)"];
        assert_eq!(found(&json!({ "logs-1": { "mappings": mappings } })), expected);
        let typed = json!({ "_doc": mappings });
        assert_eq!(found(&json!({ "logs-1": { "mappings": typed } })), expected);
        let both = json!({ "logs-1": { "mappings": {} }, "logs-2": { "mappings": mappings } });
        assert_eq!(found(&both), expected);
    }

    #[test]
    fn a_field_is_refused_where_its_kind_does_not_fit_and_never_where_it_may() {
        for (kind, fits, refuses) in [
            (
                Kind::Text,
                &["text", "keyword", "wildcard"][..],
                &["long", "boolean", "date", "ip"][..],
            ),
            (Kind::Time, &["date", "keyword", "text"], &["long", "boolean", "nested"]),
            (Kind::Number, &["long", "double", "keyword", "date"], &["boolean", "object"]),
            (Kind::Flag, &["boolean", "keyword"], &["long", "date", "flattened"]),
            (Kind::Objects, &["object", "nested", "flattened"], &["keyword", "long", "boolean"]),
        ] {
            for there in fits {
                assert_eq!(refused(kind, &json!({ "type": there })), None, "{kind:?} {there}");
            }
            for there in refuses {
                let expected = Some((*there).to_owned());
                assert_eq!(refused(kind, &json!({ "type": there })), expected, "{kind:?} {there}");
            }
        }
    }

    #[test]
    fn a_strict_mapping_takes_nothing_that_it_does_not_name() {
        let strict = json!({ "mappings": { "dynamic": "strict", "properties": {} } });
        let objects = FIELDS.iter().filter(|(_, kind)| *kind == Kind::Objects).count();
        assert_eq!(found(&json!({ "logs": strict })).len(), FIELDS.len() - objects);
        assert!(found(&json!({ "logs": { "mappings": {} } })).is_empty());
    }
}
