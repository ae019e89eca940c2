//! A Heroku authorization, and what is left of its calls.
//!
//! Must not know how a call is made.

use std::sync::{Mutex, PoisonError};

use crate::ports::CallPool;

/// One Heroku authorization. All apps that are reached with it share its pool of calls.
#[derive(Debug, Default)]
pub struct Account {
    /// Its name in the targets file; none for the one of the environment.
    name: Option<String>,
    pool: Mutex<Option<CallPool>>,
}

impl Account {
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), pool: Mutex::default() }
    }

    /// What is left of its calls, as an answer reported it.
    pub fn learn(&self, pool: Option<CallPool>) {
        if pool.is_some() {
            *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = pool;
        }
    }

    /// What was left of its calls after the last answer that reported it.
    #[must_use]
    pub fn pool(&self) -> Option<CallPool> {
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn warn_of_few_calls(&self) {
        if let Some(CallPool { remaining, size }) = self.pool().filter(|pool| pool.is_scarce()) {
            tracing::warn!(
                error_type = "HerokuCallsScarce",
                account = self.name,
                heroku_calls_left = remaining,
                heroku_calls_max = size,
                "something uses up the account's calls of Heroku's API",
            );
        }
    }
}
