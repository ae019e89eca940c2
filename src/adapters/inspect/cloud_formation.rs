//! A deployed stack as `CloudFormation` reports it: its outputs and parameters.
//!
//! By one signed request: the SDK's own crate takes minutes to build. Must not know what an output
//! is for.

use std::collections::HashMap;

use roxmltree::{Document, Node};

use super::query::{Query, first, text_of};
use crate::adapters::{AwsError, Http};
use crate::config::ServiceConfig;
use crate::ports::Cause;

/// The stacks of an account and region.
#[derive(Debug)]
pub struct CloudFormation {
    query: Query,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackFacts {
    /// Such as `UPDATE_COMPLETE`.
    pub status: String,
    /// By name.
    pub outputs: HashMap<String, String>,
    /// By name; secrets are masked.
    pub parameters: HashMap<String, String>,
}

impl CloudFormation {
    /// Reached over `http`.
    #[must_use]
    pub fn new(config: &ServiceConfig, http: &Http) -> Self {
        Self { query: Query::new(["CloudFormation", "cloudformation", "2010-05-15"], config, http) }
    }

    /// Reads a stack, by name or ARN.
    ///
    /// # Errors
    /// If `CloudFormation` does not answer, or has no such stack.
    pub async fn stack(&self, name: &str) -> Result<StackFacts, AwsError> {
        self.query.call("DescribeStacks", &[("StackName", name)], facts).await
    }
}

fn facts(document: &Document<'_>) -> Result<StackFacts, Cause> {
    let stack = first(document, "Stacks")?.first_element_child().ok_or("it has no stack")?;
    Ok(StackFacts {
        status: text_of(stack, "StackStatus")?,
        outputs: pairs(stack, "Outputs", ["OutputKey", "OutputValue"])?,
        parameters: pairs(stack, "Parameters", ["ParameterKey", "ParameterValue"])?,
    })
}

/// The members of a list by name. A stack that is being created has no such list yet.
fn pairs(
    stack: Node<'_, '_>,
    list: &str,
    [name, value]: [&str; 2],
) -> Result<HashMap<String, String>, Cause> {
    let lists = stack.children().filter(|node| node.has_tag_name(list));
    let members = lists.flat_map(|list| list.children().filter(Node::is_element));
    members.map(|member| Ok((text_of(member, name)?, text_of(member, value)?))).collect()
}
