//! Why a cycle ended as it did: the one table of the names that operators search the logs for.
//!
//! Each reason has its kind, its meaning and, where an operator can act, its remedy.
//! `docs/REASONS.md` is written from it. Must not know which code gives a reason.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($kind:ident: $kind_means:literal {
        $($name:ident: $means:literal $(=> $remedy:literal)?;)+
    })+) => {
        /// The name of what decided, or of what kept a cycle from deciding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($(#[doc = $means] $name,)+)+
        }

        /// Groups the reasons that are handled alike.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ReasonKind {
            $(#[doc = $kind_means] $kind,)+
        }

        impl Reason {
            /// Every reason, by kind.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)+)+];

            /// The name in records, errors and documents.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $($(Self::$name => stringify!($name),)+)+ }
            }

            /// Its kind.
            #[must_use]
            pub const fn kind(self) -> ReasonKind {
                match self { $($(Self::$name)|+ => ReasonKind::$kind,)+ }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $($(Self::$name => $means,)+)+ }
            }

            /// What an operator can do about it, in one sentence, if there is something to do.
            #[must_use]
            pub const fn remedy(self) -> Option<&'static str> {
                match self { $($(Self::$name => reasons!(@remedy $($remedy)?),)+)+ }
            }
        }

        impl ReasonKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// Its name in documents.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind),)+ }
            }

            /// What its reasons have in common, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$kind => $kind_means,)+ }
            }
        }
    };
    (@remedy) => { None };
    (@remedy $remedy:literal) => { Some($remedy) };
}

reasons! {
    Change: "The cycle changes the number of dynos, or would in a dry run." {
        ScaleUp: "The load needed more dynos for long enough.";
        ScaleDown: "The load needed fewer dynos for long enough.";
        BelowMin: "Fewer dynos ran than the minimum: back to it at once.";
        AboveMax: "More dynos ran than the maximum: back to it, by `DYNOSCALER_MAX_STEP_DOWN` a cycle if that is set, and not below the busy dynos."
            => "If you wanted them, raise `DYNOSCALER_MAX_DYNOS`.";
        LostChangeRepeated: "The change of an earlier cycle never reached Heroku: sent again."
            => "If it happens often, look at Heroku's status.";
    }
    Count: "The load was counted, and the number of dynos stays." {
        CountingUp: "The load needs more dynos, not yet for long enough.";
        CountingDown: "The load needs fewer dynos, not yet for long enough.";
        RecentNeed: "With `target` and `rate`: fewer dynos would do, but one of the last `DYNOSCALER_DOWN_CYCLES` cycles that counted still needed these.";
        BusyDynosKept: "Fewer dynos would do, or are allowed, but busy ones would be stopped: those that hold messages in flight by `DYNOSCALER_IN_FLIGHT_PER_DYNO`, or the last one, until `hold_until` if the messages in flight do not change."
            => "If no worker works on the messages in flight, lower `DYNOSCALER_BUSY_MINUTES`.";
        AtTarget: "As many dynos run as the load needs.";
        AtMax: "The load needs more dynos than the maximum."
            => "If the backlog keeps growing, raise `DYNOSCALER_MAX_DYNOS` or speed up the workers.";
        AtMin: "The load needs fewer dynos than the minimum.";
        MoreDynosDoNotHelp: "With `rate`: the load needs more dynos, but those added last had time to boot and too few of them hold messages, so that `messages_per_minute` is little more than `messages_per_minute_before`: none are added until `hold_until`."
            => "Look for workers that crash or never begin, and for a FIFO queue with too few groups.";
        Idle: "There is no message and no dyno.";
    }
    Limit: "Heroku allows no more, neither dynos nor calls." {
        HerokuLimit: "Heroku allows no more dynos: the change goes as far as Heroku takes it, and for an hour no more than `heroku_limit` is requested, or a search for the limit begins if dynos count that no formation shows, such as one-off dynos."
            => "Ask Heroku for a higher limit, take a larger dyno size, or lower `DYNOSCALER_MAX_DYNOS`.";
        HerokuRateLimited: "429: the account's pool of Heroku API calls is empty."
            => "Find out what else uses it up; DynoScaler needs at most 4 calls a cycle, of 75 a minute.";
    }
    Hold: "An operator decides, not the load." {
        StoppedByHand: "No dyno runs although the minimum is higher, and no change of DynoScaler's caused it: an operator stopped them."
            => "To go on: `heroku ps:scale worker=1`.";
        ChangedByHand: "An operator set another quantity, which is kept for `DYNOSCALER_MANUAL_HOLD_MINUTES`, until `hold_until`.";
        Paused: "An operator paused the target, until `hold_until` if the pause ends by itself."
            => "To go on: `dynoscaler resume`.";
        HerokuMaintenance: "The app is in maintenance mode, which `DYNOSCALER_RESPECT_MAINTENANCE` says to respect: nothing is counted."
            => "To go on: `heroku maintenance:off`.";
    }
    Silent: "Another cycle decided instead: this one changes nothing, and its record goes to the log alone." {
        DuplicateTick: "This tick, or a later one, has already counted.";
        LostRace: "Another instance stored its decision first.";
    }
    Unread: "The cycle lacked a reading to decide: nothing is counted, stored or changed." {
        LateTick: "The schedule's event is more than 15 minutes old, as after an outage of the scheduler: nothing is read.";
        UndatedTick: "A queue delivered a message that has no time of the schedule: nothing is read."
            => "Find out who sends to the queues of the stack: its event rule alone should.";
        BacklogUnavailable: "A queue could not be read."
            => "Check `AWS_SQS_NAME`, the region and the function's permissions.";
        StateUnavailable: "The table could not be read."
            => "Check that the table exists, and the function's permissions.";
        StateUnreadable: "The state item is not one that this version wrote, and is left as it is."
            => "Look at the attribute that `error` names; deleting the item starts afresh.";
        FormationUnavailable: "Heroku did not answer, or not with a formation, or its token could not be read where it is kept."
            => "Look at Heroku's status, or at the parameter that `error` names; the next cycle tries again.";
        InvalidConfiguration: "Settings are not valid, or the targets file could not be read: nothing was called."
            => "Correct each setting that `error` names, within its bound.";
    }
    Refusal: "Heroku refuses the request, and will again until an operator acts." {
        HerokuUnauthorized: "401: Heroku does not know the token."
            => "Make a new authorization, and keep its token where the old one is, or deploy it.";
        HerokuForbidden: "402 or 403: the token or the account may not do this."
            => "Check the token's scope (`write`), access to the app, and billing.";
        HerokuNotFound: "404: Heroku knows no such app or process type."
            => "Check both names; a process type exists once a release declares it.";
        HerokuRejected: "Another 4xx, such as 422: Heroku understood and refused."
            => "Read Heroku's message in `error`.";
        HerokuBusy: "Heroku takes no change for the moment, as during a release phase or preboot: it is sent again, and after 15 minutes of the same change the cycle fails."
            => "If it stays, look at the app's releases.";
    }
    Unconfirmed: "It is not known whether a change was stored or reached Heroku, or it did not: the next cycle reads the formation and continues from there." {
        ChangeInFlight: "A change may still arrive: its cycle began within the last 23 seconds, and another instance runs it, or Heroku did not confirm it.";
        CommitUnavailable: "The state could not be written: nothing was sent to Heroku."
            => "Look at DynamoDB's status, and at the function's permissions.";
        ChangeUnconfirmed: "Heroku did not confirm a change.";
        Panicked: "The cycle ended in the middle, by a defect of DynoScaler's."
            => "Report the defect, with `error`; the next cycle continues.";
        ChangeTooLate: "The process was suspended between reading and sending: nothing was sent.";
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
