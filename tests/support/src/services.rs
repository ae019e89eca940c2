//! SQS, `DynamoDB`, Heroku and the rest, healthy and light, behind one address; each call can be
//! given another answer.

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};

use dynoscaler::adapters::SystemClock;
use dynoscaler::ports::Clock;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::server::{Reply, Request, Server};

/// The call that reads the formation.
pub const READ_FORMATION: &str = "GET /apps/my-app/formation";

/// The app's other name.
pub const UUID: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// The data of the services.
#[derive(Debug, Clone)]
pub struct Held {
    pub messages: u64,
    pub quantity: u32,
    pub item: Option<Map<String, Value>>,
    /// The only key under which the item is, if that matters.
    pub key: Option<&'static str>,
    /// The events of `CloudWatch` Logs, as it shows them.
    pub log: Vec<Value>,
    /// No service answers.
    pub is_lost: bool,
}

type Answer = Arc<dyn Fn() -> Reply + Send + Sync>;

#[derive(Clone)]
pub struct Services {
    pub server: Server,
    held: Arc<Mutex<Held>>,
    overrides: Arc<Mutex<HashMap<&'static str, Answer>>>,
}

impl Services {
    /// One worker dyno and so many messages.
    pub async fn start(messages: u64) -> Self {
        let held = Arc::new(Mutex::new(Held {
            messages,
            quantity: 1,
            item: None,
            key: None,
            log: Vec::new(),
            is_lost: false,
        }));
        let overrides: Arc<Mutex<HashMap<&'static str, Answer>>> = Arc::default();
        let (state, answers) = (held.clone(), overrides.clone());
        let server = Server::answering(move |_, request| {
            let name = name(request);
            let other = answers.lock().unwrap().get(name.as_str()).cloned();
            if state.lock().unwrap().is_lost {
                return Reply::Close;
            }
            other.map_or_else(
                || answer(&mut state.lock().unwrap(), &name, request),
                |answer| answer(),
            )
        });
        Self { server: server.await, held, overrides }
    }

    pub fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// Gives a call another answer from now on.
    pub fn set_answer(
        &self,
        call: &'static str,
        answer: impl Fn() -> Reply + Send + Sync + 'static,
    ) {
        self.overrides.lock().unwrap().insert(call, Arc::new(answer));
    }

    /// How often a call came.
    pub fn count(&self, call: &str) -> usize {
        self.server.requests().iter().filter(|request| name(request) == call).count()
    }

    /// The command line with the variables that lead here, and no other.
    pub fn dynoscaler(&self, binary: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary);
        command.args(arguments).env_clear().envs([
            ("MY_HEROKU_AUTH_TOKEN", "HRKU-token"),
            ("MY_HEROKU_AUTH_DES", "made for tests"),
            ("MY_HEROKU_AS_APP", "my-app"),
            ("MY_HEROKU_AS_PROCESS", "worker"),
            ("HEROKU_API_URL", &self.server.url),
            ("AWS_SQS_NAME", "jobs"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "very-secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", &self.server.url),
            ("DYNOSCALER_MIN_DYNOS", "1"),
            ("DYNOSCALER_MAX_DYNOS", "5"),
            ("DYNOSCALER_UP_CYCLES", "2"),
            ("DYNOSCALER_DOWN_CYCLES", "3"),
            ("DYNOSCALER_BACKLOG_THRESHOLD", "100"),
            ("DYNOSCALER_TABLE", "states"),
        ]);
        command
    }
}

/// The operation of AWS, or method and path.
fn name(request: &Request) -> String {
    let operation = request.header("x-amz-target").and_then(|target| target.split('.').nth(1));
    let form = request.body.strip_prefix("Action=").and_then(|form| form.split('&').next());
    let place = || request.line.rsplit_once(' ').unwrap().0.to_owned();
    operation.or(form).map_or_else(place, ToOwned::to_owned)
}

/// A deployed function with these variables, as Lambda reports it.
pub fn function(variables: &Value) -> Value {
    json!({
        "FunctionName": "scaler",
        "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:scaler",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Environment": { "Variables": variables },
        "LoggingConfig": { "LogFormat": "JSON", "LogGroup": "function-s-group" },
    })
}

/// A stack with these outputs and parameters, as `CloudFormation` reports it.
pub fn stack(outputs: &[(&str, &str)], parameters: &[(&str, &str)]) -> Reply {
    let list = |of: &str, pairs: &[(&str, &str)]| -> String {
        let member = |(name, value): &(&str, &str)| {
            format!("<member><{of}Key>{name}</{of}Key><{of}Value>{value}</{of}Value></member>")
        };
        format!("<{of}s>{}</{of}s>", pairs.iter().map(member).collect::<String>())
    };
    let (outputs, parameters) = (list("Output", outputs), list("Parameter", parameters));
    Reply::Answer(
        200,
        &[("content-type", "text/xml")],
        format!(
            "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
             <DescribeStacksResult><Stacks><member><StackName>dynoscaler</StackName>\
             <StackStatus>UPDATE_COMPLETE</StackStatus>{parameters}{outputs}</member></Stacks>\
             </DescribeStacksResult></DescribeStacksResponse>"
        ),
    )
}

/// The caller, as AWS reports it.
pub fn caller() -> Reply {
    let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
        <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn>\
        <UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult>\
        </GetCallerIdentityResponse>";
    Reply::Answer(200, &[("content-type", "text/xml")], body.to_owned())
}

/// An error of a service that answers in XML.
pub fn xml_refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error></ErrorResponse>"
    );
    Reply::Answer(status, &[("content-type", "text/xml")], body)
}

pub fn formation(quantity: u32, size: &str) -> Reply {
    let app = json!({ "id": UUID, "name": "my-app" });
    let list = json!([
        { "type": "web", "quantity": 2, "size": "Standard-1X", "app": app },
        { "type": "worker", "quantity": quantity, "size": size, "app": app },
    ]);
    let headers = &[("Oauth-Scope", "write"), ("Request-Id", "one,two")];
    Reply::Answer(200, headers, list.to_string())
}

fn answer(held: &mut Held, name: &str, request: &Request) -> Reply {
    match name {
        "GetQueueUrl" => ok(&json!({ "QueueUrl": "http://127.0.0.1/000000000000/jobs" })),
        "GetQueueAttributes" => queue(held.messages, 30),
        "GetItem" => {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            let is_there = held.key.is_none_or(|key| body["Key"]["target"]["S"] == key);
            let item = held.item.clone().filter(|_| is_there);
            ok(&item.map_or_else(|| json!({}), |item| json!({ "Item": item })))
        }
        "UpdateItem" => update(held, &serde_json::from_str(&request.body).unwrap()),
        "DescribeTable" => table("target", "S"),
        "DescribeRule" => {
            ok(&json!({ "State": "ENABLED", "ScheduleExpression": "rate(1 minute)" }))
        }
        "FilterLogEvents" => local_log(&held.log, &serde_json::from_str(&request.body).unwrap()),
        "ListTargetsByRule" => {
            let arn = "arn:aws:lambda:eu-west-1:123456789012:function:scaler";
            ok(&json!({ "Targets": [{ "Id": "tick", "Arn": arn }] }))
        }
        "GetCallerIdentity" => caller(),
        READ_FORMATION => formation(held.quantity, "Standard-1X"),
        "PATCH /apps/my-app/formation/worker" => {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            held.quantity = u32::try_from(body["quantity"].as_u64().unwrap()).unwrap();
            ok(&json!({ "type": "worker", "quantity": held.quantity }))
        }
        _ => Reply::json(404, json!({ "id": "not_found", "message": name }).to_string()),
    }
}

pub fn queue(messages: u64, visibility_timeout_secs: u64) -> Reply {
    ok(&json!({ "Attributes": {
        "ApproximateNumberOfMessages": messages.to_string(),
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "VisibilityTimeout": visibility_timeout_secs.to_string(),
    }}))
}

pub fn ok(body: &Value) -> Reply {
    Reply::json(200, body.to_string())
}

/// The one expression that the state's adapter sends.
fn update(held: &mut Held, request: &Value) -> Reply {
    let item = held.item.clone().unwrap_or_default();
    let condition = request["ConditionExpression"].as_str().unwrap();
    let expected = request["ExpressionAttributeValues"].get(":expected");
    if condition.contains(" AND ") || item.get("version") != expected {
        let error = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
        return Reply::json(400, json!({ "__type": error, "Item": item }).to_string());
    }
    let mut item = item;
    for (name, value) in request["ExpressionAttributeValues"].as_object().unwrap() {
        item.insert(name.trim_start_matches(':').to_owned(), value.clone());
    }
    item.remove("expected");
    let expression = request["UpdateExpression"].as_str().unwrap();
    if let Some((_, removed)) = expression.split_once(" REMOVE ") {
        removed.split(", ").for_each(|name| drop(item.remove(name.trim_start_matches('#'))));
    }
    held.item = Some(item.clone());
    ok(&json!({ "Attributes": item }))
}

/// A table whose key is one attribute of one kind.
pub fn table(key: &str, kind: &str) -> Reply {
    ok(&json!({ "Table": {
        "TableStatus": "ACTIVE",
        "AttributeDefinitions": [{ "AttributeName": key, "AttributeType": kind }],
        "KeySchema": [{ "AttributeName": key, "KeyType": "HASH" }],
    }}))
}

/// An error in AWS's form.
pub fn refusal(name: &str) -> Reply {
    Reply::json(400, json!({ "__type": name, "message": "refused" }).to_string())
}

/// The record of a cycle in the log, at its tick; now if its tick cannot be read.
pub fn logged(record: &Value) -> Value {
    let tick = record["tick"].as_str().and_then(|tick| tick.parse().ok());
    let at: Timestamp = tick.unwrap_or_else(|| SystemClock.now());
    json!({ "timestamp": at.as_millisecond(), "message": record.to_string() })
}

/// `FilterLogEvents` as the local AWS answers it: whatever the filter, cut at the limit without a
/// token.
pub fn local_log(log: &[Value], request: &Value) -> Reply {
    let from = request["startTime"].as_i64().unwrap_or(i64::MIN);
    let until = request["endTime"].as_i64().unwrap_or(i64::MAX);
    let limit = request["limit"].as_u64().unwrap_or(10_000);
    let at = |event: &Value| event["timestamp"].as_i64().unwrap();
    let mut events: Vec<_> =
        log.iter().filter(|event| (from..=until).contains(&at(event))).collect();
    events.sort_by_key(|event| at(event));
    events.truncate(usize::try_from(limit).unwrap());
    ok(&json!({ "events": events, "searchedLogStreams": [] }))
}
