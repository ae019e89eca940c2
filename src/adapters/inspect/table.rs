//! How the state's table is set up, and whether it may be written.
//!
//! Must not know what an item says.

use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, TableDescription};

use crate::adapters::state_item::TARGET;
use crate::adapters::{AwsError, DynamoDb};
use crate::ports::Cause;

/// No item meets it: a caller without permission is refused before the condition is checked.
const IMPOSSIBLE: &str = "attribute_exists(#target) AND attribute_not_exists(#target)";

/// How a table is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFacts {
    /// `ACTIVE` once it can be used.
    pub status: String,
    pub key: Vec<KeyPart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    pub name: String,
    /// `HASH` or `RANGE`.
    pub role: String,
    /// `S`, `N` or `B`.
    pub kind: String,
}

impl DynamoDb {
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    #[must_use]
    pub fn region(&self) -> &str {
        self.place.region()
    }

    /// Reads the table's set-up, if there is one.
    ///
    /// # Errors
    /// If `DynamoDB` does not answer: a cycle does without this permission.
    pub async fn inspect(&self) -> Result<Option<TableFacts>, AwsError> {
        match self.client.describe_table().table_name(&self.table).send().await {
            Ok(answer) => Ok(answer.table().map(facts)),
            Err(error) => match error.as_service_error() {
                Some(DescribeTableError::ResourceNotFoundException(_)) => Ok(None),
                _ => Err(self.place.failed(error)),
            },
        }
    }

    /// Tries a write whose condition cannot hold.
    ///
    /// # Errors
    /// If `DynamoDB` refuses it for any other reason.
    pub async fn try_to_write(&self) -> Result<(), Cause> {
        let write = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(TARGET, AttributeValue::S(self.key.clone()))
            .condition_expression(IMPOSSIBLE)
            .expression_attribute_names("#target", TARGET);
        match write.send().await {
            Ok(_) => Err("the condition that cannot hold did hold".into()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(self.place.failed(error).into()),
            },
        }
    }
}

fn facts(table: &TableDescription) -> TableFacts {
    let kind = |name: &str| {
        let all = table.attribute_definitions();
        let found = all.iter().find(|definition| definition.attribute_name() == name);
        found.map(|definition| definition.attribute_type().as_str().to_owned()).unwrap_or_default()
    };
    let parts = table.key_schema().iter().map(|part| KeyPart {
        name: part.attribute_name().to_owned(),
        role: part.key_type().as_str().to_owned(),
        kind: kind(part.attribute_name()),
    });
    let status = table.table_status().map(|status| status.as_str().to_owned());
    TableFacts { status: status.unwrap_or_default(), key: parts.collect() }
}
