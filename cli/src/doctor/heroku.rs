//! Heroku: the token and its scope, the app, the process type, and what its dyno size allows.
//!
//! Must not know how Heroku is called.

use jiff::Timestamp;

use super::{Finding, SECRET_READ};
use dynoscaler::adapters::{Heroku, HerokuFacts, ProcessType};
use dynoscaler::policy::Bounds;
use dynoscaler::ports::{FormationError, FormationErrorKind};
use dynoscaler::report::error_chain;
use dynoscaler::target::Target;

const TOKEN: &str = "heroku-token";
const APP: &str = "heroku-app";
const DYNOS: &str = "dynos";

const AUTHORIZE: &str = "Make a new authorization and use its token: \
    heroku authorizations:create --scope write --description dynoscaler --short";

/// The scopes that may change a formation.
const WRITING: [&str; 3] = ["write", "write-protected", "global"];

pub(super) async fn check(heroku: &Heroku, target: &Target, now: Timestamp) -> Vec<Finding> {
    match heroku.inspect().await {
        Err(error) => vec![unread(&error)],
        Ok(facts) => {
            let mut findings = vec![token(facts.scopes.as_deref())];
            findings.extend(app(&facts, target, now));
            findings
        }
    }
}

/// Why Heroku gave no answer, and the remedy.
pub(crate) fn unread(error: &FormationError) -> Finding {
    let found = error_chain(error);
    match error.kind {
        FormationErrorKind::Unauthorized => Finding::error(TOKEN, found, AUTHORIZE),
        FormationErrorKind::Forbidden => Finding::error(
            TOKEN,
            found,
            "Let the token's user collaborate on the app (heroku access:add), check the \
             account's billing, or make a new authorization with the scope write.",
        ),
        FormationErrorKind::NotFound => {
            Finding::error(APP, found, "Check MY_HEROKU_AS_APP: heroku apps lists the names.")
        }
        FormationErrorKind::RateLimited => Finding::warning(
            TOKEN,
            found,
            "Something uses up the account's 75 calls a minute; find it, and try again.",
        ),
        FormationErrorKind::NoToken => Finding::error(TOKEN, found, SECRET_READ),
        FormationErrorKind::AboveLimit { .. }
        | FormationErrorKind::Busy
        | FormationErrorKind::Rejected
        | FormationErrorKind::Unavailable => {
            Finding::error(APP, found, "Check status.heroku.com and HEROKU_API_URL.")
        }
    }
}

/// Whether a token that Heroku accepted may scale.
pub(crate) fn token(scopes: Option<&[String]>) -> Finding {
    let Some(scopes) = scopes else {
        let remedy = "Heroku usually reports it with each answer; heroku authorizations shows it.";
        return Finding::unchecked(TOKEN, "accepted; Heroku did not report its scope", remedy);
    };
    let found = format!("accepted; its scope is {}", scopes.join(" "));
    if scopes.iter().any(|scope| scope == "global") {
        let found = format!("{found}, which may do everything in the account");
        Finding::warning(TOKEN, found, AUTHORIZE)
    } else if scopes.iter().any(|scope| WRITING.contains(&scope.as_str())) {
        Finding::ok(TOKEN, found)
    } else {
        Finding::error(TOKEN, format!("{found}, which may not scale"), AUTHORIZE)
    }
}

fn app(facts: &HerokuFacts, target: &Target, now: Timestamp) -> Vec<Finding> {
    let id = &target.id;
    let types = &facts.process_types;
    match types.iter().find(|entry| entry.name == id.process) {
        Some(entry) => vec![
            process(entry, target),
            quantity(entry, target.policy_at(now).bounds),
            limit(entry, types, target.schedule.highest_max(target.policy.bounds)),
        ],
        None => {
            let names: Vec<&str> = types.iter().map(|entry| entry.name.as_str()).collect();
            let found = format!(
                "app {} has no process type {}; it has {}",
                id.app,
                id.process,
                if names.is_empty() { "none".to_owned() } else { names.join(", ") },
            );
            let remedy = "Check MY_HEROKU_AS_PROCESS. A process type exists once a release declares \
                it in its Procfile.";
            vec![Finding::error(APP, found, remedy)]
        }
    }
}

fn process(entry: &ProcessType, target: &Target) -> Finding {
    if entry.name == "web" {
        let remedy = "Scale workers with DynoScaler, and web dynos with Heroku's own autoscaling, \
            which a change from outside switches off.";
        return Finding::warning(APP, format!("{} is scaled", target.id), remedy);
    }
    Finding::ok(APP, format!("{} is there", target.id))
}

fn quantity(entry: &ProcessType, Bounds { min, max }: Bounds) -> Finding {
    let ProcessType { name, quantity, .. } = entry;
    if *quantity == 0 && 0 < min {
        let remedy = format!("To begin, start one by hand: heroku ps:scale {name}=1.");
        let found = format!("0 dynos where the minimum is {min}: an operator's stop");
        Finding::warning(DYNOS, found, remedy)
    } else if *quantity < min || max < *quantity {
        let found = format!("{quantity} dynos, outside {min} to {max}: the next cycle changes it");
        let remedy = "If that is not wanted, change DYNOSCALER_MIN_DYNOS or DYNOSCALER_MAX_DYNOS.";
        Finding::warning(DYNOS, found, remedy)
    } else {
        Finding::ok(DYNOS, format!("{quantity} dynos, of {min} to {max}"))
    }
}

/// Heroku's default. It raises all but the first on request.
enum Limit {
    /// So many dynos of one process type.
    OfType(u32),
    /// So many dynos of the app.
    OfApp(u32),
}

fn limit(entry: &ProcessType, types: &[ProcessType], max: u32) -> Finding {
    let Some((size, limit)) = entry.size.as_deref().and_then(|size| Some((size, allowed(size)?)))
    else {
        let size = entry.size.as_deref().unwrap_or("not reported");
        let found = format!("the dyno size is {size}, whose limit is not known here");
        return Finding::unchecked(DYNOS, found, "See Heroku's table of dyno sizes.");
    };
    let others = types.iter().filter(|other| other.name != entry.name);
    let others = others.fold(0_u32, |sum, other| sum.saturating_add(other.quantity));
    let (room, of) = match limit {
        Limit::OfType(most) => (most, format!("{most} for each process type")),
        Limit::OfApp(most) => {
            let of = format!("{most} in the app, where other process types have {others}");
            (most.saturating_sub(others), of)
        }
    };
    if max <= room {
        return Finding::ok(DYNOS, format!("{size} allows {of}"));
    }
    let found = format!("{size} allows {of}, and DYNOSCALER_MAX_DYNOS is {max}");
    if room <= 1 && matches!(limit, Limit::OfType(1)) {
        let remedy = format!("Choose a larger size: heroku ps:type {}=standard-1x.", entry.name);
        return Finding::error(DYNOS, found, remedy);
    }
    let remedy = "Lower DYNOSCALER_MAX_DYNOS, unless Heroku has raised the app's limit: a change \
        above it is refused completely.";
    Finding::warning(DYNOS, found, remedy)
}

fn allowed(size: &str) -> Option<Limit> {
    let size = size.to_ascii_lowercase();
    let tier = size.split('-').next().unwrap_or(&size);
    match tier {
        "eco" | "basic" => Some(Limit::OfType(1)),
        "performance" | "private" | "shield" => Some(Limit::OfType(10)),
        "standard" => Some(Limit::OfApp(100)),
        "dyno" => Some(Limit::OfApp(255)),
        _ => None,
    }
}
