//! Why a cycle ended as it did: the words that operators search the logs for.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// The name of the rule that decided, or of what kept a rule from deciding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)+
        }

        impl Reason {
            /// Every reason, in the order of the README.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name, as it stands in records, errors and the README.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}

reasons! {
    /// The load asked for more dynos for long enough.
    ScaleUp,
    /// The load asked for fewer dynos for long enough.
    ScaleDown,
    /// Fewer dynos than the minimum: back to it.
    BelowMin,
    /// More dynos than the maximum: back to it.
    AboveMax,
    /// The change of an earlier cycle never reached Heroku: sent again.
    LostChangeRepeated,
    /// The load asks for more dynos, not yet for long enough.
    CountingUp,
    /// The load asks for fewer dynos, not yet for long enough.
    CountingDown,
    /// One of the last cycles still asked for as many dynos as there are.
    RecentNeed,
    /// Fewer dynos would do, but busy ones would be stopped.
    BusyDynosKept,
    /// As many dynos as the load asks for.
    AtTarget,
    /// The load asks for more dynos than the maximum.
    AtMax,
    /// The load asks for fewer dynos than the minimum.
    AtMin,
    /// No message and no dyno.
    Idle,
    /// No dyno although the minimum asks for one: a person's stop switch.
    StoppedByHand,
    /// A person set another quantity, which is kept for a while.
    ChangedByHand,
    /// A person paused the target.
    Paused,
    /// Heroku allows no more dynos: the change went as far as its limit, which is remembered for
    /// an hour.
    HerokuLimit,
    /// A change was committed moments ago and may still arrive: another instance may be sending it,
    /// or Heroku did not confirm it.
    ChangeInFlight,
    /// This tick, or a later one, has already counted.
    DuplicateTick,
    /// The schedule's event is more than 15 minutes old: it says nothing of now.
    LateTick,
    /// Another instance committed first: this cycle changes nothing.
    LostRace,
    /// The app is in maintenance mode, which is respected.
    HerokuMaintenance,
    /// Heroku takes no change for the moment, as while a release goes on; it is sent again.
    HerokuBusy,
    /// The queue could not be read.
    BacklogUnavailable,
    /// The state could not be read.
    StateUnavailable,
    /// The state item is not one that this version can read.
    StateUnreadable,
    /// The formation could not be read.
    FormationUnavailable,
    /// Heroku does not know the token (401).
    HerokuUnauthorized,
    /// Heroku refuses the token or the account (402, 403).
    HerokuForbidden,
    /// Heroku knows no such app or process type (404).
    HerokuNotFound,
    /// Heroku refuses the request (any other 4xx).
    HerokuRejected,
    /// The account's pool of Heroku API calls is empty (429).
    HerokuRateLimited,
    /// The state could not be written: nothing was sent to Heroku.
    CommitUnavailable,
    /// Heroku did not confirm the change; the next cycle looks whether it arrived.
    ChangeUnconfirmed,
    /// The instance was suspended between commit and change, too long to send it still.
    ChangeTooLate,
    /// The environment variables are not valid; nothing was called.
    InvalidConfiguration,
}
