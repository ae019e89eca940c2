//! The Lambda function: wires the adapters to the rounds, and nothing else.
//!
//! A faulty configuration does not stop it from starting: a crash at start-up explains nothing,
//! while an invocation that fails can name each fault.

use std::cell::Cell;
use std::error::Error;
use std::sync::Arc;

use dynoscaler::adapters::{self, ConnectedFile, DynamoDb, Process, StdoutLog};
use dynoscaler::config::{DynamoDbConfig, Environment, Targets};
use dynoscaler::cycle::Invocation;
use dynoscaler::fleet::{Instances, Round, RoundError, Scaler, Terms, ends_at, rounds_a_minute};
use dynoscaler::policy::Reason;
use dynoscaler::ports::Clock as _;
use dynoscaler::report::{CycleReport, error_chain};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;

/// One thread: a cycle is a handful of calls, and Lambda runs one invocation at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let function = Function::from_env();
    lambda_runtime::run(service_fn(|event| function.handle(event))).await
}

struct Function {
    wired: Result<Wired, Diagnostic>,
    is_first: Cell<bool>,
}

struct Wired {
    scaler: Scaler<ConnectedFile<DynamoDbConfig, DynamoDb, StdoutLog>>,
    process: Arc<Process<StdoutLog>>,
    rounds_a_minute: u32,
}

/// What an invocation answers.
#[derive(Serialize)]
struct Answer {
    cycles: Vec<CycleReport>,
}

impl Function {
    fn from_env() -> Self {
        let environment = Environment::of_process();
        let targets = Targets::in_function(&environment);
        let level = targets.as_ref().map_or(tracing::Level::INFO, |it| it.process().log_level);
        adapters::start_logging(level);
        let wired = targets
            .map_err(|error| invalid(&error))
            .and_then(|targets| Wired::new(environment, targets));
        Self { wired, is_first: Cell::new(true) }
    }

    async fn handle(&self, event: LambdaEvent<Value>) -> Result<Answer, Diagnostic> {
        let (event, context) = event.into_parts();
        let ends_at = written_end(&context);
        let invocation = Invocation {
            event,
            request_id: context.request_id,
            trace_id: context.xray_trace_id,
            cold_start: self.is_first.replace(false),
        };
        let round = match &self.wired {
            Ok(wired) => Box::pin(wired.round(&invocation, ends_at)).await,
            Err(fault) => Err(fault.clone()),
        };
        let round = round.inspect_err(|fault| {
            tracing::error!(
                reason = fault.error_type,
                error_type = fault.error_type,
                error = fault.error_message,
                request_id = invocation.request_id,
                "nothing was called"
            );
        });
        let cycles = round?.succeeded().map_err(without_success)?;
        Ok(Answer { cycles })
    }
}

impl Wired {
    fn new(environment: Environment, targets: Targets) -> Result<Self, Diagnostic> {
        let services = adapters::services(targets.process()).map_err(|error| invalid(&error))?;
        let process = Arc::clone(&services.process);
        let every = SignedDuration::from_secs(targets.process().cycle_seconds.into());
        // Lambda gives every execution environment a log stream of its own.
        let instances = Instances::named(lambda_runtime::Config::from_env().log_stream);
        let scaler = adapters::scaler(environment, targets, services, instances);
        Ok(Self { scaler, process, rounds_a_minute: rounds_a_minute(every) })
    }

    async fn round(
        &self,
        invocation: &Invocation,
        written_end: Option<Timestamp>,
    ) -> Result<Round, Diagnostic> {
        let ends_at = written_end.map(|written| ends_at(self.process.now(), written));
        let terms = Terms { ends_at, a_minute: self.rounds_a_minute };
        let round = self.scaler.round(&*self.process, invocation, terms).await;
        round.map_err(|error| invalid(&error))
    }
}

/// When Lambda stops the invocation, in its own time.
fn written_end(context: &Context) -> Option<Timestamp> {
    let deadline = i64::try_from(context.deadline).ok()?;
    Timestamp::from_millisecond(deadline).ok()
}

fn without_success(error: RoundError) -> Diagnostic {
    Diagnostic { error_type: error.error_type.to_owned(), error_message: error.to_string() }
}

fn invalid(error: &(dyn Error + 'static)) -> Diagnostic {
    Diagnostic {
        error_type: Reason::InvalidConfiguration.label().to_owned(),
        error_message: error_chain(error),
    }
}
