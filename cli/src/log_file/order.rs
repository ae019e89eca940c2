//! Which records are of the same cycle, and in which order cycles ran.
//!
//! Must not know where records come from.

use jiff::Timestamp;

use dynoscaler::policy::Reason;
use dynoscaler::target::Mode;

/// What distinguishes a record from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity<'a> {
    /// App and process type, and whether it was a dry run, which is another target.
    pub(crate) target: (&'a str, &'a str, bool),
    pub(crate) tick: Timestamp,
    pub(crate) written: Option<Timestamp>,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) reason: Option<Reason>,
    pub(crate) has_failed: bool,
}

/// A record of a log.
pub(crate) trait Logged: PartialEq {
    fn identity(&self) -> Identity<'_>;

    /// The target as an operator names it.
    fn target(&self) -> String {
        match self.identity().target {
            ("", "", false) => "a target without a name".to_owned(),
            (app, process, false) => format!("{app}/{process}"),
            (app, process, true) => format!("{app}/{process}{}", Mode::DryRun.mark()),
        }
    }
}

/// The oldest first, each cycle once. A log that was exported twice repeats its records, and an
/// invocation that Lambda repeated has one for each attempt: the one that decided is kept.
pub(crate) fn in_order<T: Logged>(mut records: Vec<T>) -> Vec<T> {
    records.sort_by_key(|record| (record.identity().tick, record.identity().written));
    let mut kept: Vec<T> = Vec::with_capacity(records.len());
    for record in records {
        let tick = record.identity().tick;
        let same_tick = kept.iter_mut().rev().take_while(|one| one.identity().tick == tick);
        match same_tick.into_iter().find(|one| is_same(*one, &record)) {
            Some(one) if weight(&record) < weight(one) => {}
            Some(one) => *one = record,
            None => kept.push(record),
        }
    }
    kept
}

/// Whether two records of one tick are of the same cycle.
fn is_same<T: Logged>(one: &T, other: &T) -> bool {
    let (a, b) = (one.identity(), other.identity());
    match (a.request_id, b.request_id) {
        (Some(a_id), Some(b_id)) => a_id == b_id && a.target == b.target,
        _ => one == other,
    }
}

/// How much the record of one attempt contains of its cycle.
fn weight(record: &impl Logged) -> u8 {
    let Identity { reason, has_failed, .. } = record.identity();
    match (reason == Some(Reason::DuplicateTick), has_failed) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynoscaler::policy::ReasonKind;

    #[derive(Debug, Clone, PartialEq)]
    struct Kept(i64, &'static str, Option<&'static str>, Reason);

    impl Logged for Kept {
        fn identity(&self) -> Identity<'_> {
            Identity {
                target: (self.1, "worker", false),
                tick: Timestamp::from_second(self.0).unwrap(),
                written: None,
                request_id: self.2,
                reason: Some(self.3),
                has_failed: self.3.kind() == ReasonKind::Unread,
            }
        }
    }

    #[test]
    fn records_come_the_oldest_first_and_once_for_each_target() {
        let one = Kept(0, "shop", Some("a"), Reason::CountingUp);
        let next = Kept(60, "shop", Some("b"), Reason::ScaleUp);
        let other = Kept(0, "blog", Some("a"), Reason::Idle);
        let by_hand = Kept(60, "shop", None, Reason::ScaleUp);
        let shuffled = [&next, &one, &by_hand, &other, &next, &by_hand, &one, &other];
        let shuffled = shuffled.into_iter().cloned().collect();
        assert_eq!(in_order(shuffled), [one, other, next, by_hand]);
    }

    #[test]
    fn of_the_attempts_of_one_invocation_the_one_that_decided_is_kept() {
        let attempt = |reason| Kept(0, "shop", Some("a"), reason);
        let decided = attempt(Reason::ScaleUp);
        for other in [Reason::FormationUnavailable, Reason::DuplicateTick] {
            let attempts = vec![attempt(other), decided.clone()];
            let reversed = attempts.iter().rev().cloned().collect();
            for kept in [in_order(attempts), in_order(reversed)] {
                assert!(kept.iter().eq([&decided]), "{kept:?}");
            }
        }
    }
}
