//! The contenders of a comparison, their world, and the outcome of each.

use crate::plot::Place;
use dynoscaler_sim::queueing::{Contender, Outcome, Score, World};

/// A comparison that has been run.
#[derive(Debug, Clone, PartialEq)]
pub struct Contest {
    pub world: World,
    /// The contenders and their outcomes.
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub contender: Contender,
    pub outcome: Outcome,
}

impl Entry {
    fn score(&self) -> &Score {
        &self.outcome.score
    }

    /// Whether this one is no worse in dyno-hours and time above the threshold, and better in one.
    #[must_use]
    pub fn beats(&self, other: &Self) -> bool {
        let (mine, its) = (self.score(), other.score());
        let no_worse = mine.dyno_hours <= its.dyno_hours
            && mine.above_threshold_share <= its.above_threshold_share;
        let better = mine.dyno_hours < its.dyno_hours
            || mine.above_threshold_share < its.above_threshold_share;
        no_worse && better
    }
}

impl Contest {
    /// The dynos that the load keeps busy: on average, and in its busiest bucket.
    #[must_use]
    pub fn dynos_needed(&self) -> (f64, f64) {
        self.world.dynos_needed()
    }

    /// Where an entry is among all. A contender that knows the load takes no place from any other.
    #[must_use]
    pub fn place(&self, entry: &Entry) -> Place {
        let rivals = || self.entries.iter().filter(|rival| rival.beats(entry));
        if rivals().any(|rival| rival.contender.name == entry.contender.name) {
            Place::Behind
        } else if entry.contender.is_oracle() || rivals().any(|rival| !rival.contender.is_oracle())
        {
            Place::OwnBest
        } else {
            Place::Best
        }
    }

    /// The contenders' names, each once, in order of appearance.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for entry in &self.entries {
            if !names.contains(&entry.contender.name) {
                names.push(entry.contender.name);
            }
        }
        names
    }

    /// Of each name the entries that no other of that name beats, the cheapest first; of many a
    /// selection, evenly from the cheapest to the most expensive.
    #[must_use]
    pub fn best_of_each(&self) -> Self {
        let entries = self.names().into_iter().flat_map(|name| selected(self.own_front(name)));
        Self { world: self.world.clone(), entries: entries.cloned().collect() }
    }

    /// The entries of a name that no other of that name beats, the cheapest first. Of settings with
    /// the same outcome only the first is shown.
    #[must_use]
    pub fn own_front(&self, name: &str) -> Vec<&Entry> {
        let own = self.entries.iter().filter(|entry| entry.contender.name == name);
        let mut front: Vec<&Entry> =
            own.filter(|entry| self.place(entry) != Place::Behind).collect();
        front.sort_by(|a, b| a.score().dyno_hours.total_cmp(&b.score().dyno_hours));
        front.dedup_by(|a, b| a.score() == b.score());
        front
    }
}

/// The most entries that a table shows of one name.
const SHOWN_MAX: usize = 8;

fn selected(front: Vec<&Entry>) -> Vec<&Entry> {
    if front.len() <= SHOWN_MAX {
        return front;
    }
    let last = front.len() - 1;
    (0..SHOWN_MAX).map(|index| front[index * last / (SHOWN_MAX - 1)]).collect()
}
