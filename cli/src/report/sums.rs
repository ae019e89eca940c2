//! What stretches of time add up to: hours, dynos, money, and the share of time under the threshold.
//!
//! What is unknown is left out of every sum, with its time. Must not know whose time it is.

use serde::Serialize;

use crate::price::Price;
use crate::records::Record;
use crate::stretches::lasted;

/// A cycle, and for how many hours the state that it left lasted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub(super) record: &'a Record,
    pub(super) hours: f64,
}

/// Cycles that decided nothing because another one did have no time of their own.
pub(super) fn stretches(records: &[Record]) -> Vec<Stretch<'_>> {
    let hours = lasted(records).into_iter().map(|lasted| lasted.as_secs_f64() / 3_600.0);
    records.iter().zip(hours).map(|(record, hours)| Stretch { record, hours }).collect()
}

/// The sums so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sum {
    hours: f64,
    known_hours: f64,
    dyno_hours: f64,
    cost: f64,
    /// Unknown once a cycle does not say its maximum.
    cost_at_max: Option<f64>,
    cost_at_peak: f64,
    most_dynos: Option<u32>,
    compared_hours: f64,
    above_hours: f64,
    counted_hours: f64,
    message_hours: f64,
    most_messages: Option<u64>,
}

/// Nothing yet.
const NOTHING: Sum = Sum {
    hours: 0.0,
    known_hours: 0.0,
    dyno_hours: 0.0,
    cost: 0.0,
    cost_at_max: Some(0.0),
    cost_at_peak: 0.0,
    most_dynos: None,
    compared_hours: 0.0,
    above_hours: 0.0,
    counted_hours: 0.0,
    message_hours: 0.0,
    most_messages: None,
};

impl Sum {
    pub(super) fn of<'a>(
        stretches: impl IntoIterator<Item = &'a Stretch<'a>>,
        price: &Price,
    ) -> Self {
        let with = |sum: Self, stretch| sum.with(stretch, price);
        let sum = stretches.into_iter().fold(NOTHING, with);
        let peak = f64::from(sum.most_dynos.unwrap_or_default());
        Self { cost_at_peak: peak * sum.known_hours * price.per_dyno_hour, ..sum }
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 is beyond any count")]
    fn with(mut self, stretch: &Stretch<'_>, price: &Price) -> Self {
        let Stretch { record, hours } = *stretch;
        self.hours += hours;
        if let Some(dynos) = record.dynos_after() {
            let cost = |dynos: u32| f64::from(dynos) * hours * price.per_dyno_hour;
            let at_max = record.max_dynos.map(cost);
            self.known_hours += hours;
            self.dyno_hours += f64::from(dynos) * hours;
            self.cost += cost(dynos);
            self.cost_at_max = self.cost_at_max.zip(at_max).map(|(sum, more)| sum + more);
            self.most_dynos = self.most_dynos.max(Some(dynos));
        }
        if let Some(is_above) = record.is_above() {
            self.compared_hours += hours;
            self.above_hours += if is_above { hours } else { 0.0 };
        }
        if let Some(messages) = record.sqs_messages {
            self.counted_hours += hours;
            self.message_hours += messages as f64 * hours;
            self.most_messages = self.most_messages.max(Some(messages));
        }
        self
    }

    /// The sum of several targets. Their peaks were not at the same time, and are added for their
    /// cost alone.
    pub(super) fn total(sums: impl IntoIterator<Item = Self>) -> Self {
        sums.into_iter().fold(NOTHING, |one, other| Self {
            hours: one.hours + other.hours,
            known_hours: one.known_hours + other.known_hours,
            dyno_hours: one.dyno_hours + other.dyno_hours,
            cost: one.cost + other.cost,
            cost_at_max: one.cost_at_max.zip(other.cost_at_max).map(|(a, b)| a + b),
            cost_at_peak: one.cost_at_peak + other.cost_at_peak,
            most_dynos: one.most_dynos.max(other.most_dynos),
            compared_hours: one.compared_hours + other.compared_hours,
            above_hours: one.above_hours + other.above_hours,
            counted_hours: one.counted_hours + other.counted_hours,
            message_hours: one.message_hours + other.message_hours,
            most_messages: one.most_messages.max(other.most_messages),
        })
    }

    pub(super) fn dynos_mean(&self) -> Option<f64> {
        share(self.dyno_hours, self.known_hours)
    }

    pub(super) fn messages_mean(&self) -> Option<f64> {
        share(self.message_hours, self.counted_hours)
    }

    pub(super) fn above_share(&self) -> Option<f64> {
        share(self.above_hours, self.compared_hours)
    }

    pub(super) fn numbers(&self) -> Numbers {
        let is_known = 0.0 < self.known_hours;
        let cost = is_known.then_some(self.cost);
        let cost_at_max = self.cost_at_max.filter(|_| is_known);
        Numbers {
            hours: self.hours,
            hours_unknown: self.hours - self.known_hours,
            dyno_hours: is_known.then_some(self.dyno_hours),
            dynos_mean: self.dynos_mean(),
            dynos_most: self.most_dynos,
            cost,
            cost_at_max,
            saved: cost_at_max.zip(cost).map(|(most, cost)| most - cost),
            cost_at_peak: is_known.then_some(self.cost_at_peak),
            under_share: self.above_share().map(|above| 1.0 - above),
            messages_mean: self.messages_mean(),
            messages_most: self.most_messages,
        }
    }
}

fn share(part: f64, all: f64) -> Option<f64> {
    (0.0 < all).then(|| part / all)
}

/// What is shown of a sum. What is not known is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Numbers {
    /// The time in which cycles ran.
    pub(super) hours: f64,
    /// Of it the time in which the dynos could not be read, which is in no other number of dynos.
    pub(super) hours_unknown: f64,
    pub(super) dyno_hours: Option<f64>,
    pub(super) dynos_mean: Option<f64>,
    pub(super) dynos_most: Option<u32>,
    /// Dollars.
    pub(super) cost: Option<f64>,
    /// If always as many dynos had run as the maximum of that time allowed.
    pub(super) cost_at_max: Option<f64>,
    /// The difference of the two.
    pub(super) saved: Option<f64>,
    /// If always as many dynos had run as ran at most.
    pub(super) cost_at_peak: Option<f64>,
    /// The share of the time with no more messages per dyno than the threshold.
    pub(super) under_share: Option<f64>,
    pub(super) messages_mean: Option<f64>,
    pub(super) messages_most: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::a_dollar_an_hour;
    use crate::records::Found;

    /// Records of one minute after the other, each with these fields besides its names.
    fn records(fields: &[&str]) -> Vec<Record> {
        let lines = fields.iter().enumerate().map(|(minute, fields)| {
            format!(
                "{{\"tick\":\"2026-11-23T00:{minute:02}:00Z\",\"app\":\"shop\",\
                 \"process\":\"worker\",\"max_dynos\":10{fields}}}"
            )
        });
        Found::among(lines).records
    }

    fn numbers(fields: &[&str]) -> Numbers {
        Sum::of(&stretches(&records(fields)), &a_dollar_an_hour()).numbers()
    }

    const MINUTE: f64 = 1.0 / 60.0;

    fn near(value: Option<f64>, expected: f64) -> bool {
        value.is_some_and(|value| (value - expected).abs() < 1e-9)
    }

    #[test]
    fn a_change_counts_from_its_own_cycle_on_and_that_of_a_dry_run_never() {
        let live = [
            ",\"active_dynos\":2,\"required_dynos\":5,\"action\":\"scale-up\"",
            ",\"active_dynos\":5",
        ];
        assert!(near(numbers(&live).dyno_hours, 10.0 * MINUTE));
        let dry =
            live.map(|fields| format!("{fields},\"dry_run\":true").replace(":5,\"dry", ":2,\"dry"));
        assert!(near(numbers(&dry.each_ref().map(|fields| &**fields)).dyno_hours, 4.0 * MINUTE));
    }

    #[test]
    fn what_is_unknown_is_in_no_sum_and_its_time_is_named() {
        let numbers =
            numbers(&[",\"active_dynos\":4", ",\"active_dynos\":null", ",\"active_dynos\":6"]);
        assert!(near(numbers.cost, 10.0 * MINUTE) && near(numbers.cost_at_max, 20.0 * MINUTE));
        assert!(near(numbers.saved, 10.0 * MINUTE) && near(numbers.cost_at_peak, 12.0 * MINUTE));
        assert!(near(Some(numbers.hours_unknown), MINUTE));
        assert_eq!((numbers.dynos_most, numbers.under_share), (Some(6), None));
    }

    #[test]
    fn of_nothing_known_nothing_is_zero() {
        let numbers = numbers(&[",\"active_dynos\":null", ""]);
        let all = [numbers.dyno_hours, numbers.cost, numbers.cost_at_max, numbers.saved];
        assert_eq!(all, [None; 4]);
        assert_eq!((numbers.cost_at_peak, numbers.messages_mean), (None, None));
    }

    #[test]
    fn any_message_at_no_dyno_is_above_the_threshold_and_as_many_as_it_are_not() {
        let share = |fields: &[&str]| numbers(fields).under_share;
        let at = ",\"active_dynos\":1,\"backlog_per_instance\":50.0,\"backlog_threshold\":50.0";
        let above = ",\"active_dynos\":1,\"backlog_per_instance\":50.1,\"backlog_threshold\":50.0";
        let none = ",\"active_dynos\":0,\"sqs_messages\":0";
        let waits = ",\"active_dynos\":0,\"sqs_messages\":1";
        assert!(near(share(&[at, none]), 1.0) && near(share(&[above, waits]), 0.0));
        assert!(near(share(&[at, above, none, waits]), 0.5));
    }
}
