//! An item as text, in the notation that `DynamoDB` and its command line use.
//!
//! Must not know which attributes there are.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value, json};

use super::state_item::Item;
use crate::ports::Cause;

/// The kinds of value that a state item has.
const KINDS: &str = "S, N, BOOL, L or M";

pub(super) fn text(item: &Item) -> Result<String, Cause> {
    Ok(members(item)?.to_string())
}

pub(super) fn item(text: &str) -> Result<Item, Cause> {
    read_members(&serde_json::from_str(text)?)
}

fn members(item: &Item) -> Result<Value, Cause> {
    let members = item.iter().map(|(name, member)| Ok((name.clone(), value(member)?)));
    members.collect::<Result<Map<_, _>, Cause>>().map(Value::Object)
}

fn value(attribute: &AttributeValue) -> Result<Value, Cause> {
    if let Ok(text) = attribute.as_s() {
        Ok(json!({ "S": text }))
    } else if let Ok(number) = attribute.as_n() {
        Ok(json!({ "N": number }))
    } else if let Ok(holds) = attribute.as_bool() {
        Ok(json!({ "BOOL": holds }))
    } else if let Ok(list) = attribute.as_l() {
        let list: Result<Vec<_>, _> = list.iter().map(value).collect();
        Ok(json!({ "L": list? }))
    } else if let Ok(map) = attribute.as_m() {
        Ok(json!({ "M": members(map)? }))
    } else {
        Err(format!("an attribute is not of the kind {KINDS}").into())
    }
}

fn read_members(members: &Map<String, Value>) -> Result<Item, Cause> {
    members.iter().map(|(name, member)| Ok((name.clone(), read_value(member)?))).collect()
}

fn read_value(member: &Value) -> Result<AttributeValue, Cause> {
    let kind = member.as_object().and_then(|kind| kind.iter().next());
    match kind.map(|(kind, value)| (kind.as_str(), value)) {
        Some(("S", Value::String(text))) => Ok(AttributeValue::S(text.clone())),
        Some(("N", Value::String(number))) => Ok(AttributeValue::N(number.clone())),
        Some(("BOOL", Value::Bool(holds))) => Ok(AttributeValue::Bool(*holds)),
        Some(("L", Value::Array(list))) => {
            let list: Result<_, _> = list.iter().map(read_value).collect();
            Ok(AttributeValue::L(list?))
        }
        Some(("M", Value::Object(map))) => Ok(AttributeValue::M(read_members(map)?)),
        _ => Err(format!("{member} is not of the kind {KINDS}").into()),
    }
}
