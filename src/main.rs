//! The Lambda function: wires the adapters to the cycle, and nothing else.
//!
//! A faulty configuration does not stop it from starting: a crash at start-up explains nothing,
//! while an invocation that fails can name each fault.

use std::cell::{Cell, OnceCell};

use dynoscaler::adapters::{self, Deployed};
use dynoscaler::config::{Config, Environment};
use dynoscaler::cycle::{self, Instance, Invocation, Start};
use dynoscaler::policy::Reason;
use dynoscaler::ports::Clock;
use dynoscaler::report::{CycleReport, error_chain};
use dynoscaler::target::Target;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// One thread: a cycle is a handful of calls, and Lambda runs one invocation at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let function = Function::from_env();
    lambda_runtime::run(service_fn(|event| function.handle(event))).await
}

struct Function {
    wired: Result<(Deployed, Target), Diagnostic>,
    is_first: Cell<bool>,
    instance: OnceCell<Instance>,
}

impl Function {
    fn from_env() -> Self {
        let config = Config::in_function(&Environment::of_process());
        adapters::start_logging(config.as_ref().map_or(tracing::Level::INFO, |c| c.log_level));
        let wired = config.map_err(|error| diagnostic(&error)).and_then(|config| {
            let ports = adapters::deployed(&config).map_err(|error| diagnostic(&error))?;
            Ok((ports, config.target))
        });
        Self { wired, is_first: Cell::new(true), instance: OnceCell::new() }
    }

    async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
        // Lambda gives every execution environment a log stream of its own.
        let named = || Instance::new(event.context.env_config.log_stream.as_str());
        let instance = self.instance.get_or_init(named);
        let invocation = self.invocation(event);
        match &self.wired {
            Ok((ports, target)) => {
                let start = Start { instance, began: ports.process.now() };
                answer(Box::pin(cycle::run(ports, target, &invocation, start)).await)
            }
            Err(fault) => {
                tracing::error!(
                    reason = fault.error_type,
                    error_type = fault.error_type,
                    error = fault.error_message,
                    request_id = invocation.request_id,
                    "nothing was called"
                );
                Err(fault.clone())
            }
        }
    }

    fn invocation(&self, event: LambdaEvent<Value>) -> Invocation {
        let (event, context) = event.into_parts();
        Invocation {
            event,
            request_id: context.request_id,
            trace_id: context.xray_trace_id,
            cold_start: self.is_first.replace(false),
        }
    }
}

fn answer(report: CycleReport) -> Result<Value, Diagnostic> {
    match (report.error_type, &report.error) {
        (Some(error_type), Some(error)) => Err(Diagnostic {
            error_type: error_type.label().to_owned(),
            error_message: error.clone(),
        }),
        _ => Ok(json!({ "cycles": [report] })),
    }
}

fn diagnostic(error: &(dyn std::error::Error + 'static)) -> Diagnostic {
    Diagnostic {
        error_type: Reason::InvalidConfiguration.label().to_owned(),
        error_message: error_chain(error),
    }
}
