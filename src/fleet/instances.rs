//! The instances of one running copy of the program: one for each target.
//!
//! Must not know what a target is but its key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cycle::Instance;

/// Outlives the fleet: after another reading of the targets file a target has the same instance.
#[derive(Debug)]
pub struct Instances {
    name: String,
    by_key: Mutex<BTreeMap<String, Arc<Instance>>>,
}

impl Instances {
    /// All of them have this name, which no other running copy of the program has.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), by_key: Mutex::default() }
    }

    /// The instance of a target, by the key of its state.
    #[must_use]
    pub fn of(&self, key: &str) -> Arc<Instance> {
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        let instance = || Arc::new(Instance::new(self.name.as_str()));
        Arc::clone(by_key.entry(key.to_owned()).or_insert_with(instance))
    }
}
