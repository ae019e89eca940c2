//! How the apps of each account share its calls of Heroku's API: how often each is looked at.
//!
//! Must not know how Heroku is called.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::Finding;
use crate::text::{grouped, plural};
use dynoscaler::config::AtTerminal;
use dynoscaler::fleet::{POOL_SIZE, period, rounds_a_minute};

const ACCOUNTS: &str = "accounts";

const HOUR_SECS: u64 = 3_600;
const HOUR_MINUTES: u32 = 60;

/// How often the process has a round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) every: SignedDuration,
    /// The rounds of a minute that the process reckons with.
    pub(super) a_minute: u32,
}

/// The apps of one account.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Looks {
    apps: u32,
    /// The calls that one look at each of them takes.
    calls: u32,
}

/// All accounts; none is the name of the environment's.
#[derive(Debug)]
pub(super) struct Accounts {
    by_name: BTreeMap<Option<String>, Looks>,
    pace: Pace,
}

impl Accounts {
    pub(super) fn of(targets: &[&AtTerminal], pace: Pace) -> Self {
        let mut apps: BTreeMap<(Option<&str>, &str), u32> = BTreeMap::new();
        for AtTerminal { target, heroku, .. } in targets {
            let calls = heroku.maintenance.calls_of_look();
            let app = apps.entry((heroku.account.as_deref(), &target.id.app)).or_default();
            *app = calls.max(*app);
        }
        let mut by_name: BTreeMap<Option<String>, Looks> = BTreeMap::new();
        for ((account, _), calls) in apps {
            let looks = by_name.entry(account.map(ToOwned::to_owned)).or_default();
            *looks = Looks { apps: looks.apps + 1, calls: looks.calls.saturating_add(calls) };
        }
        Self { by_name, pace }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let judged =
            |(name, looks): (&Option<String>, &Looks)| judged(name.as_deref(), *looks, self.pace);
        self.by_name.iter().map(judged).collect()
    }

    /// The time from one cycle of a target to the next, with the turns of its account.
    pub(super) fn every(&self, config: &AtTerminal) -> SignedDuration {
        let looks = self.by_name.get(&config.heroku.account).copied().unwrap_or_default();
        let turn = match looks.period(self.pace) {
            1 => SignedDuration::ZERO,
            minutes => SignedDuration::from_mins(minutes.into()),
        };
        self.pace.every.max(turn)
    }
}

impl Looks {
    fn period(self, pace: Pace) -> u32 {
        period(self.calls.saturating_mul(pace.a_minute), None)
    }
}

fn judged(account: Option<&str>, looks: Looks, pace: Pace) -> Finding {
    let Looks { apps, calls } = looks;
    let period = looks.period(pace);
    let an_hour = calls_an_hour(calls, period, pace.every);
    let turn =
        if period == 1 { "every minute".to_owned() } else { format!("every {period} minutes") };
    let of_environment = || "the environment's account".to_owned();
    let name = account.map_or_else(of_environment, |name| format!("account {name}"));
    let found = format!(
        "{name}: {}, each with a turn {turn} (k = {period}), {} of {} calls an hour",
        plural(apps.into(), "app"),
        grouped(an_hour),
        grouped(POOL_SIZE.into()),
    );
    if period == 1 && an_hour <= u64::from(POOL_SIZE) {
        return Finding::ok(ACCOUNTS, found);
    }
    let remedy = "If that is too rarely, give some of the apps another account: an [account.NAME] \
        of the file, with the token of another Heroku user.";
    Finding::warning(ACCOUNTS, found, remedy)
}

/// Of the minutes of an hour those with a turn, with each of their rounds; of rounds that are rarer
/// than a turn all.
fn calls_an_hour(calls: u32, period: u32, every: SignedDuration) -> u64 {
    let all = HOUR_SECS.div_ceil(every.unsigned_abs().as_secs().max(1));
    let minutes = u64::from(HOUR_MINUTES / period.max(1));
    let in_turns = u64::from(rounds_a_minute(every)) * minutes;
    u64::from(calls).saturating_mul(in_turns.min(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(apps: u32, every_secs: i64) -> String {
        let pace = Pace { every: SignedDuration::from_secs(every_secs), a_minute: 1 };
        judged(Some("a"), Looks { apps, calls: apps }, pace).to_string()
    }

    #[test]
    fn apps_take_turns_where_an_account_has_too_few_calls_for_all() {
        for (apps, every_secs, expected) in [
            (1, 60, "1 app, each with a turn every minute (k = 1), 60 of 4,500 calls an hour"),
            (60, 60, "60 apps, each with a turn every minute (k = 1), 3,600 of 4,500 calls"),
            (61, 60, "61 apps, each with a turn every 2 minutes (k = 2), 1,830 of 4,500 calls"),
            (240, 60, "240 apps, each with a turn every 4 minutes (k = 4), 3,600 of 4,500 calls"),
            (2, 15, "2 apps, each with a turn every minute (k = 1), 480 of 4,500 calls"),
            (2, 300, "2 apps, each with a turn every minute (k = 1), 24 of 4,500 calls"),
        ] {
            let found = found(apps, every_secs);
            assert!(found.contains(expected), "{apps} apps: {found}");
        }
    }
}
