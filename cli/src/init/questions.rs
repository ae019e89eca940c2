//! The six questions: each is answered by a flag, by what is there, or at the terminal, and its
//! answer is checked at once.
//!
//! Must not know what becomes of the answers.

use std::future::Future;

use super::ask::{Answered, Asking, Question};
use super::choice;
use super::plan::{TokenPlace, TokenStep};
use super::services::{Account, App, ChosenQueue, Offered, Services, Worker};
use super::unfinished::{Unfinished, show};
use crate::doctor::Finding;
use dynoscaler::config::{Parameter, variable};
use dynoscaler::policy::Bounds;
use dynoscaler::secret::Secret;

const TOKEN: Question = Question {
    text: "Token of a Heroku authorization:",
    help: "not shown; another terminal makes one: \
        heroku authorizations:create --scope write --description dynoscaler --short",
    answered_by: Answered::Token(variable::TOKEN),
};

const APP: Question =
    Question { text: "Heroku app:", help: "type to search", answered_by: Answered::Flag("--app") };

const PROCESS: Question = Question {
    text: "Process type to scale:",
    help: "type to search",
    answered_by: Answered::Flag("--process"),
};

const QUEUE: Question = Question {
    text: "Queues that it consumes:",
    help: "space chooses or takes away, type to search, Enter when all are chosen",
    answered_by: Answered::Flag("--queue"),
};

const THRESHOLD: Question = Question {
    text: "How long may a message wait, and how long does a dyno work on one:",
    help: "such as 5m/3s, or messages per dyno, such as 100; a dyno that works on 10 at once takes a \
        tenth for each",
    answered_by: Answered::Flag("--threshold"),
};

const BOUNDS: Question = Question {
    text: "Fewest and most dynos:",
    help: "such as 1..5, or 0..5 for none while nothing waits; what runs above the most is stopped \
        at once; it bounds the bill of Heroku",
    answered_by: Answered::Flag("--dynos"),
};

/// Asks until an answer passes its check. An answer that was given, or found, is checked first.
async fn settled<A, T, Checked: Future<Output = Result<T, Finding>>>(
    asking: Asking,
    given: Option<A>,
    ask: impl AsyncFn() -> Result<A, Unfinished>,
    check: impl Fn(A) -> Checked,
) -> Result<T, Unfinished> {
    let mut answer = match given {
        Some(given) => given,
        None => ask().await?,
    };
    loop {
        match check(answer).await {
            Ok(settled) => return Ok(settled),
            Err(fault) if asking == Asking::AtTerminal => show(fault)?,
            Err(fault) => return Err(Unfinished::Fault(fault)),
        }
        answer = ask().await?;
    }
}

/// The token of this shell, or else the stored one, or else it is asked for.
pub(super) async fn account(
    asking: Asking,
    services: &Services,
    parameter: Parameter,
    given: Option<Secret>,
) -> Result<(Account, TokenPlace), Unfinished> {
    let stored = services.stored(&parameter).await.map_err(Unfinished::Fault)?;
    let given = given.map(|token| (token, Some(variable::TOKEN.to_owned())));
    let known = given.or_else(|| Some((stored.clone()?, Some(parameter.to_string()))));
    let ask = async || Ok((asking.hidden(TOKEN)?, None));
    let check = async |(token, place): (Secret, Option<String>)| {
        let checked = services.account(token).await;
        // Of a token that was not typed the operator does not know which one it is.
        checked.map_err(|fault| match place {
            Some(place) => fault.about(&place),
            None => fault,
        })
    };
    let (account, accepted) = settled(asking, known, ask, check).await?;
    show(accepted)?;
    let step = match stored {
        None => TokenStep::Store,
        Some(stored) if stored == account.token => TokenStep::Keep,
        Some(_) => TokenStep::Replace,
    };
    Ok((account, TokenPlace { parameter, step }))
}

pub(super) async fn app(
    asking: Asking,
    account: &Account,
    given: Option<String>,
) -> Result<App, Unfinished> {
    let ask = async || asking.one_of(APP, account.apps.names.clone());
    settled(asking, given, ask, async |name: String| account.app(&name).await).await
}

/// The only one is taken without a question.
pub(super) async fn worker(
    asking: Asking,
    app: &App,
    given: Option<&str>,
) -> Result<Worker, Unfinished> {
    match (given, &app.workers[..]) {
        (Some(name), _) => app.worker(name).map_err(Unfinished::Fault),
        (None, [only]) => Ok(only.clone()),
        (None, several) if asking == Asking::AtTerminal => asking.one_of(PROCESS, several.to_vec()),
        (None, _) => Err(Unfinished::Fault(app.has_several())),
    }
}

/// Those of the flags, or those chosen from the account's, of which the known ones are chosen
/// already. A silent run takes these.
pub(super) async fn queues(
    asking: Asking,
    services: &Services,
    given: &[String],
    known: Option<Vec<String>>,
    process: &str,
) -> Result<Vec<ChosenQueue>, Unfinished> {
    let named = (!given.is_empty()).then(|| given.to_vec());
    let silent = known.clone().filter(|_| asking != Asking::AtTerminal);
    let ask = async || chosen_queues(asking, services, known.as_deref(), process).await;
    let queues = settled(asking, named.or(silent), ask, async |names: Vec<String>| {
        let mut queues = Vec::new();
        for name in names {
            queues.push(services.queue(&name).await?);
        }
        Ok(queues)
    });
    let queues = queues.await?;
    queues.iter().try_for_each(|queue| show(queue.finding()))?;
    Ok(queues)
}

async fn chosen_queues(
    asking: Asking,
    services: &Services,
    known: Option<&[String]>,
    process: &str,
) -> Result<Vec<String>, Unfinished> {
    asking.possible(QUEUE)?;
    let mut offered = services.offered().await.map_err(Unfinished::Fault)?;
    let names = |offered: &[Offered]| -> Vec<String> {
        offered.iter().map(|queue| queue.name.clone()).collect()
    };
    let elsewhere = choice::elsewhere(&names(&offered), known.unwrap_or_default());
    offered.extend(elsewhere.into_iter().map(Offered::uncounted));
    let preselected = choice::preselected(&names(&offered), known, process);
    let chosen = asking.some_of(QUEUE, offered, &preselected)?;
    Ok(names(&chosen))
}

/// The ARNs of queues that are deployed already.
pub(super) async fn readable(
    services: &Services,
    names: &[String],
) -> Result<Vec<String>, Unfinished> {
    let mut arns = Vec::new();
    for name in names {
        let arn = match name.starts_with("arn:") {
            true => name.clone(),
            false => services.queue(name).await.map_err(Unfinished::Fault)?.facts.arn,
        };
        arns.push(arn);
    }
    Ok(arns)
}

pub(super) fn threshold(
    asking: Asking,
    given: Option<f64>,
    default: &str,
) -> Result<f64, Unfinished> {
    let threshold = given.map_or_else(|| asking.text(THRESHOLD, default, choice::threshold), Ok)?;
    show(Finding::ok("threshold", format!("up to {threshold} messages may wait for each dyno")))?;
    Ok(threshold)
}

pub(super) fn bounds(
    asking: Asking,
    given: Option<Bounds>,
    default: &str,
) -> Result<Bounds, Unfinished> {
    given.map_or_else(|| asking.text(BOUNDS, default, choice::bounds), Ok)
}
