//! The input of a run: the policy, the load, the ticks, and how much may go wrong.

use super::law::Law;
use dynoscaler::policy::{Backlog, Bounds, LANDING_WINDOW, Policy, Rule, Schedule};
use dynoscaler::target::{Mode, Target, TargetId};

/// The input of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its subject.
    pub name: &'static str,
    pub policy: Policy,
    /// At the start.
    pub quantity: u32,
    /// Messages waiting in each minute; the last value stays.
    pub load: Vec<u64>,
    /// The minute of each tick that is delivered; a repeated minute is a duplicate. In any order: a
    /// tick is delivered once its minute has come, and may be as late as the run is long.
    pub ticks: Vec<u32>,
    /// The second of each tick that waited in a queue since the beginning of its minute; as `ticks`.
    pub delayed: Vec<u32>,
    /// Minutes before the start of scheduled events that are delivered during the run, at any time.
    pub late: Vec<i64>,
    /// Messages in flight in each minute; the last value stays.
    pub in_flight: Vec<u64>,
    /// The seconds of each minute at which something may happen, the first at 0.
    pub instants: Vec<u32>,
    /// How long after the beginning of its cycle a change may arrive after its caller gave up.
    pub arrives_within_secs: i64,
    /// Instances that may run at once.
    pub instances: usize,
    /// Failures that may happen in one run.
    pub faults: u32,
    /// The most dynos that Heroku allows, to an operator as well.
    pub limit: Option<u32>,
    /// Dynos that count against that limit and that no formation shows.
    pub one_off: u32,
    /// Quantities of which an operator may set one, once.
    pub by_hand: Vec<u32>,
    /// A planted mistake.
    pub defect: Option<Defect>,
    /// Laws that are not checked.
    pub waived: Vec<Law>,
}

/// Mistakes that the laws must catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Heroku is changed before the conditional write has been won.
    ActBeforeCommit,
    /// The intent is not stored with the decision.
    IntentNotStored,
    /// A duplicate tick is not detected.
    WatermarkNotChecked,
    /// The write is made whatever version is stored.
    VersionNotChecked,
    /// Heroku gets a difference, not a quantity.
    RelativeQuantity,
    /// A change is taken to be over a second too early.
    WindowASecondShort,
    /// A change is still sent a second after it is too late.
    SentASecondLate,
    /// An instance takes its own unanswered change to be over.
    OwnChangeForgotten,
    /// A late scheduled event is taken for an operator's.
    LateTickCounted,
    /// A delayed tick takes the time of the event rule's, without its delay.
    DelayIgnored,
    /// The last dyno is stopped although a message is in flight.
    BusyDynoStopped,
}

impl Defect {
    pub const ALL: [Self; 11] = [
        Self::ActBeforeCommit,
        Self::IntentNotStored,
        Self::WatermarkNotChecked,
        Self::VersionNotChecked,
        Self::RelativeQuantity,
        Self::WindowASecondShort,
        Self::SentASecondLate,
        Self::OwnChangeForgotten,
        Self::LateTickCounted,
        Self::DelayIgnored,
        Self::BusyDynoStopped,
    ];
}

/// Cycles until a search for a limit has refused all that it can refuse.
const SEARCH_MINUTES: u32 = 4;

/// After so long `rate` keeps no dyno of an empty queue for what was usual: that is a mean over half
/// a day, of which a seventh is left.
const FADED_MINUTES: u32 = 2 * 720;

impl Scenario {
    /// Two dynos of 1 to 4, 100 messages for each; every cycle off the threshold decides a change,
    /// so that no state is spent on counting.
    #[must_use]
    pub fn new(name: &'static str, load: &[u64], ticks: &[u32]) -> Self {
        Self {
            name,
            policy: Policy {
                up_cycles: 1,
                down_cycles: 1,
                ..Policy::new(Bounds { min: 1, max: 4 }, 100.0)
            },
            quantity: 2,
            load: load.to_vec(),
            ticks: ticks.to_vec(),
            delayed: Vec::new(),
            late: Vec::new(),
            in_flight: Vec::new(),
            instants: vec![0],
            arrives_within_secs: LANDING_WINDOW.as_secs() - 1,
            instances: 2,
            faults: 1,
            limit: None,
            one_off: 0,
            by_hand: Vec::new(),
            defect: None,
            waived: Vec::new(),
        }
    }

    /// A run that shows a mistake: with an operator and a doubled tick, the seconds that matter, a
    /// late or a delayed tick, or a message in flight.
    #[must_use]
    pub fn planted(defect: Defect) -> Self {
        let usual = Self::new("planted", &[900, 900, 0], &[0, 0, 1]).with_defect(defect);
        match defect {
            Defect::WindowASecondShort | Defect::SentASecondLate | Defect::OwnChangeForgotten => {
                Self { ticks: vec![0, 1], ..usual }.at_seconds(&[0, 13, 14, 22, 23])
            }
            Defect::LateTickCounted => usual.with_late_ticks(&[16]),
            Defect::DelayIgnored => usual.with_delayed_ticks(&[30]),
            Defect::BusyDynoStopped => Self { load: vec![0], ..usual }.in_flight(0, &[1, 1, 0]),
            Defect::ActBeforeCommit
            | Defect::IntentNotStored
            | Defect::WatermarkNotChecked
            | Defect::VersionNotChecked
            | Defect::RelativeQuantity => usual.by_hand(&[1]),
        }
    }

    /// The same with so many instances and failures.
    #[must_use]
    pub fn with(self, instances: usize, faults: u32) -> Self {
        Self { instances, faults, ..self }
    }

    /// The same with an operator who may set one of these quantities.
    #[must_use]
    pub fn by_hand(self, quantities: &[u32]) -> Self {
        Self { by_hand: quantities.to_vec(), ..self }
    }

    /// The same with this limit of Heroku's.
    #[must_use]
    pub fn limited_to(self, dynos: u32) -> Self {
        Self { limit: Some(dynos), ..self }
    }

    /// The same with so many dynos that count against Heroku's limit and are in no formation.
    #[must_use]
    pub fn with_one_off_dynos(self, one_off: u32) -> Self {
        Self { one_off, ..self }
    }

    /// The same with scheduled events of so many minutes before the start.
    #[must_use]
    pub fn with_late_ticks(self, late: &[i64]) -> Self {
        Self { late: late.to_vec(), ..self }
    }

    /// The same with ticks that a queue delays until these seconds.
    #[must_use]
    pub fn with_delayed_ticks(self, delayed: &[u32]) -> Self {
        Self { delayed: delayed.to_vec(), ..self }
    }

    /// The same with at least this minimum, and messages in flight in each minute.
    #[must_use]
    pub fn in_flight(self, min: u32, in_flight: &[u64]) -> Self {
        let bounds = Bounds { min, ..self.policy.bounds };
        let policy = Policy { bounds, ..self.policy };
        Self { policy, in_flight: in_flight.to_vec(), ..self }
    }

    /// The same with these seconds of a minute at which something may happen.
    #[must_use]
    pub fn at_seconds(self, instants: &[u32]) -> Self {
        Self { instants: instants.to_vec(), ..self }
    }

    /// The same with so long a time in which a change may arrive after its cycle began.
    #[must_use]
    pub fn arriving_within_secs(self, arrives_within_secs: i64) -> Self {
        Self { arrives_within_secs, ..self }
    }

    /// The same without these laws.
    #[must_use]
    pub fn without(self, laws: &[Law]) -> Self {
        Self { waived: laws.to_vec(), ..self }
    }

    /// The same with a mistake in it.
    #[must_use]
    pub fn with_defect(self, defect: Defect) -> Self {
        Self { defect: Some(defect), ..self }
    }

    /// Undisturbed cycles after which a run with a constant load no longer changes: one reports the
    /// outcome of the last change, each dyno between the bounds takes the longer count of cycles,
    /// as does the way back to a bound, and in the last nothing changes.
    #[must_use]
    pub fn settles_within_minutes(&self) -> u32 {
        let bounds = self.policy.bounds;
        let search = if self.limit.is_some() { SEARCH_MINUTES } else { 0 };
        (bounds.max - bounds.min + 1) * self.longer_count() + 2 + search
    }

    /// Cycles after a hold, or after a limit was met again, until the counters no longer change.
    pub(super) fn counts_anew_within_minutes(&self) -> u32 {
        SEARCH_MINUTES + self.longer_count()
    }

    fn longer_count(&self) -> u32 {
        self.policy.up_cycles.max(self.policy.down_cycles)
    }

    /// Cycles after which the policy no longer goes by what was before the load was constant.
    pub(super) const fn remembers_for_minutes(&self) -> u32 {
        if matches!(self.policy.rule, Rule::Rate(_)) { FADED_MINUTES } else { 0 }
    }

    /// Whether the queue is empty in the end.
    pub(super) fn ends_idle(&self) -> bool {
        self.load.last().copied().unwrap_or(0) == 0
    }

    /// The dynos that are needed in the end and allowed.
    pub(super) fn ends_at(&self) -> u32 {
        let Bounds { min, max } = self.policy.bounds;
        let needed = if self.ends_idle() { min } else { max };
        needed.min(self.allowed())
    }

    /// Whether more dynos are needed in the end than Heroku allows.
    pub(super) fn ends_at_a_limit(&self) -> bool {
        !self.ends_idle() && self.allowed() < self.policy.bounds.max
    }

    fn allowed(&self) -> u32 {
        self.limit.map_or(u32::MAX, |limit| limit.saturating_sub(self.one_off))
    }

    /// The second of every tick that is delivered; before the start it is negative.
    pub(super) fn due_secs(&self) -> Vec<i64> {
        let of_the_rule = self.ticks.iter().map(|minute| i64::from(*minute) * 60);
        let delayed = self.delayed.iter().map(|second| i64::from(*second));
        let late = self.late.iter().map(|minutes| -minutes * 60);
        of_the_rule.chain(delayed).chain(late).collect()
    }

    /// The target and policy of the cycles.
    pub(super) fn target(&self) -> Target {
        Target {
            id: TargetId { app: "my-app".to_owned(), process: "worker".to_owned() },
            queues: "jobs".into(),
            policy: self.policy,
            schedule: Schedule::default(),
            mode: Mode::Live,
        }
    }

    /// The next instant at which something may happen.
    pub(super) fn next_secs(&self, now_secs: u32) -> u32 {
        let (minute, second) = (now_secs / 60, now_secs % 60);
        let later = self.instants.iter().copied().find(|instant| second < *instant);
        minute * 60 + later.unwrap_or(60)
    }

    /// The queue in a minute.
    pub(super) fn backlog(&self, minute: u32) -> Backlog {
        let at = usize::try_from(minute).unwrap_or(usize::MAX);
        let of = |counts: &[u64]| counts.get(at).or(counts.last()).copied().unwrap_or(0);
        Backlog { visible: of(&self.load), in_flight: of(&self.in_flight), delayed: 0 }
    }
}
