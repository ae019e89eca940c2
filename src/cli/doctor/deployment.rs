//! The deployed function from which everything else is taken.
//!
//! Must not know how AWS is asked.

use super::Finding;
use crate::cli::deployment::{Deployment, DeploymentError};
use crate::report::error_chain;

const DEPLOYMENT: &str = "deployment";

pub(super) fn unread(error: &DeploymentError) -> Finding {
    Finding::error(DEPLOYMENT, error_chain(error), error.remedy())
}

pub(super) fn unasked() -> Finding {
    let mend = "It is read, and everything else is asked, once AWS takes your credentials.";
    Finding::unchecked(DEPLOYMENT, "not asked without credentials", mend)
}

pub(super) fn read(deployment: &Deployment) -> Finding {
    match deployment.caution() {
        None => {
            let found = format!("function {}: its variables are read", deployment.name);
            Finding::ok(DEPLOYMENT, found)
        }
        Some(caution) => {
            let mend = "What is found below may not be what runs. Wait until it is ready, or look \
                at the deployment that failed.";
            Finding::warning(DEPLOYMENT, caution, mend)
        }
    }
}
