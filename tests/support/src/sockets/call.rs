//! The calls of one cycle: how each is recognised, a healthy service's answer, and the reason of a
//! failure.

use dynoscaler::ports::{ACT_BUDGET, COMMIT_BUDGET, OBSERVE_BUDGET, REPORT_BUDGET};
use serde_json::{Value, json};
use std::time::Duration;

use super::world::{AWS_SECRET, PASSWORD, TOKEN};

/// The version of the item in the table.
const VERSION: &str = "6";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    ReadSecret,
    FindQueue,
    CountQueue,
    ReadState,
    WriteState,
    ReadFormation,
    ChangeFormation,
    Deliver,
}

impl Call {
    pub const ALL: [Self; 8] = [
        Self::ReadSecret,
        Self::FindQueue,
        Self::CountQueue,
        Self::ReadState,
        Self::WriteState,
        Self::ReadFormation,
        Self::ChangeFormation,
        Self::Deliver,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::ReadSecret => "SSM GetParameter",
            Self::FindQueue => "SQS GetQueueUrl",
            Self::CountQueue => "SQS GetQueueAttributes",
            Self::ReadState => "DynamoDB GetItem",
            Self::WriteState => "DynamoDB UpdateItem",
            Self::ReadFormation => "Heroku GET",
            Self::ChangeFormation => "Heroku PATCH",
            Self::Deliver => "Elasticsearch PUT",
        }
    }

    pub fn of(head: &str) -> Self {
        let operation = head.lines().find_map(|line| line.strip_prefix("x-amz-target: "));
        let method = head.split(' ').next().unwrap_or_default();
        match operation.and_then(|operation| operation.rsplit('.').next()).unwrap_or(method) {
            "GetParameter" => Self::ReadSecret,
            "GetQueueUrl" => Self::FindQueue,
            "GetQueueAttributes" => Self::CountQueue,
            "GetItem" => Self::ReadState,
            "UpdateItem" => Self::WriteState,
            "GET" => Self::ReadFormation,
            "PATCH" => Self::ChangeFormation,
            "PUT" => Self::Deliver,
            other => panic!("no cycle calls {other}"),
        }
    }

    pub fn is_first_of_its_service(self) -> bool {
        !matches!(self, Self::CountQueue | Self::WriteState | Self::ChangeFormation)
    }

    /// 900 messages and 2 dynos: one more is due.
    pub fn healthy(self, request: &str) -> (u16, String) {
        let body = match self {
            Self::ReadSecret => json!({ "Parameter": { "Value": secret(request) } }),
            Self::FindQueue => json!({ "QueueUrl": "http://127.0.0.1/000000000000/jobs" }),
            Self::CountQueue => json!({ "Attributes": counts("900") }),
            Self::ReadState => json!({ "Item": item() }),
            Self::WriteState => match written(request) {
                Some(attributes) => json!({ "Attributes": attributes }),
                None => return (400, lost().to_string()),
            },
            Self::ReadFormation => json!([{ "type": "worker", "quantity": 2 }]),
            Self::ChangeFormation => json!({ "type": "worker", "quantity": 3 }),
            Self::Deliver => json!({ "result": "created" }),
        };
        (200, body.to_string())
    }

    /// For all stages that run when this call fails: the healthy ones keep to theirs on a busy
    /// machine.
    pub fn budget(self) -> Duration {
        let reached = match self {
            Self::ReadSecret
            | Self::FindQueue
            | Self::CountQueue
            | Self::ReadState
            | Self::ReadFormation => OBSERVE_BUDGET,
            Self::WriteState => OBSERVE_BUDGET + COMMIT_BUDGET,
            Self::ChangeFormation | Self::Deliver => OBSERVE_BUDGET + COMMIT_BUDGET + ACT_BUDGET,
        };
        reached + REPORT_BUDGET
    }

    /// Without a deliberate answer.
    pub fn failure(self) -> &'static str {
        match self {
            Self::ReadSecret | Self::FindQueue | Self::CountQueue => "BacklogUnavailable",
            Self::ReadState => "StateUnavailable",
            Self::WriteState => "CommitUnavailable",
            Self::ReadFormation => "FormationUnavailable",
            Self::ChangeFormation => "ChangeUnconfirmed",
            Self::Deliver => "ScaleUp",
        }
    }
}

/// The value of each parameter. The queue's is the first that is missed if none can be read.
fn secret(request: &str) -> &'static str {
    let request: Value = serde_json::from_str(request).unwrap();
    match request["Name"].as_str() {
        Some("/token") => TOKEN,
        Some("/password") => PASSWORD,
        _ => AWS_SECRET,
    }
}

pub fn counts(visible: &str) -> Value {
    json!({
        "ApproximateNumberOfMessages": visible,
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
    })
}

pub fn item() -> Value {
    json!({
        "target": { "S": "my-app/worker" },
        "version": { "N": VERSION },
        "scale_up_cnt": { "N": "0" },
        "scale_down_cnt": { "N": "0" },
    })
}

/// The table after a write. A write that expects another item has lost.
fn written(request: &str) -> Option<Value> {
    let request: Value = serde_json::from_str(request).unwrap();
    let values = &request["ExpressionAttributeValues"];
    let written = json!({ "version": values[":version"], "written_by": values[":written_by"] });
    (values[":expected"]["N"] == VERSION).then_some(written)
}

pub fn lost() -> Value {
    let name = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    json!({ "__type": name, "message": "The conditional request failed", "Item": item() })
}
