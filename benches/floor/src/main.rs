//! A Lambda function that does nothing: no Rust function starts sooner or is smaller.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let nothing = |_: LambdaEvent<Value>| async { Ok::<_, Error>(json!({})) };
    lambda_runtime::run(service_fn(nothing)).await
}
