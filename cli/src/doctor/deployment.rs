//! The deployed function as the source of all settings.
//!
//! Must not know how AWS is called.

use super::Finding;
use crate::deployment::{Deployment, DeploymentError};
use dynoscaler::report::error_chain;

const DEPLOYMENT: &str = "deployment";

pub(super) fn unread(error: &DeploymentError) -> Finding {
    Finding::error(DEPLOYMENT, error_chain(error), error.remedy())
}

pub(super) fn uncalled() -> Finding {
    let remedy = "It is read, and all else is checked, once AWS accepts your credentials.";
    Finding::unchecked(DEPLOYMENT, "not called without credentials", remedy)
}

pub(super) fn read(deployment: &Deployment) -> Finding {
    match deployment.caution() {
        None => {
            let found = format!("function {}: its variables are read", deployment.name);
            Finding::ok(DEPLOYMENT, found)
        }
        Some(caution) => {
            let remedy = "The findings below may not be of what runs. Wait until it is ready, or check \
                the deployment that failed.";
            Finding::warning(DEPLOYMENT, caution, remedy)
        }
    }
}
