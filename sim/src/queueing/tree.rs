//! When each dyno finishes its message, and which is next: a tournament over a flat array, so that
//! the next one is known at once and a change costs one step per doubling of the fleet.

const NEVER_US: u64 = u64::MAX;

/// Finishing times by slot.
#[derive(Debug)]
pub(super) struct FinishTree {
    /// Node 1 is the root, node `i` has the children `2i` and `2i + 1`; the leaves are the slots.
    min_us: Vec<u64>,
    leaves: usize,
}

impl FinishTree {
    pub(super) fn new(slots: usize) -> Self {
        let leaves = slots.max(2).next_power_of_two();
        Self { min_us: vec![NEVER_US; 2 * leaves], leaves }
    }

    pub(super) fn grow(&mut self, slots: usize) {
        if slots <= self.leaves {
            return;
        }
        let mut grown = Self::new(slots);
        for slot in 0..self.leaves {
            grown.set(slot, self.min_us[self.leaves + slot]);
        }
        *self = grown;
    }

    pub(super) fn next_us(&self) -> u64 {
        self.min_us[1]
    }

    /// The slot of the earliest finish; any slot if none is at work.
    pub(super) fn next_slot(&self) -> usize {
        let mut node = 1;
        while node < self.leaves {
            node = 2 * node + usize::from(self.min_us[2 * node] != self.min_us[node]);
        }
        node - self.leaves
    }

    pub(super) fn set(&mut self, slot: usize, at_us: u64) {
        let mut node = self.leaves + slot;
        self.min_us[node] = at_us;
        while 1 < node {
            node /= 2;
            self.min_us[node] = self.min_us[2 * node].min(self.min_us[2 * node + 1]);
        }
    }

    pub(super) fn clear(&mut self, slot: usize) {
        self.set(slot, NEVER_US);
    }
}
