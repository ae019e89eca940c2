//! The targets of a file -> the policies that let a role read their queues and secrets.
//!
//! The statements are those of `template.yaml` for one target. Pure. Must not know who gets them.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use dynoscaler::adapters::aws_domain;
use dynoscaler::config::{Config, DynamoDbConfig, Queue, QueueKeys, SecretSource, SqsConfig};

/// What AWS takes of one managed policy, without white space.
const POLICY_CHARS_MAX: usize = 6_144;

/// SSM's names for the secrets of Secrets Manager begin so.
const IN_SECRETS_MANAGER: &str = "/aws/reference/secretsmanager/";

/// Where the stack is.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) account: String,
    pub(super) region: String,
}

/// A policy of IAM.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: &'static [&'static str],
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
}

/// One policy, or several if the queues are too many for one.
pub(super) fn policies(targets: &[&Config<Option<DynamoDbConfig>>], home: &Home) -> Vec<Policy> {
    let queues = targets.iter().flat_map(|target| target.sqs.iter());
    let queues: BTreeSet<_> = queues.filter_map(|queue| home.readable(queue)).collect();
    let secrets: BTreeSet<_> = targets.iter().flat_map(|target| secrets(target)).collect();
    let mut finished = Vec::new();
    let mut last = Policy::new(home.reading_of(&secrets));
    for queue in queues {
        let more = last.with(queue.clone());
        if more.chars() <= POLICY_CHARS_MAX {
            last = more;
        } else {
            finished.push(std::mem::replace(&mut last, Policy::new(Vec::new()).with(queue)));
        }
    }
    finished.push(last);
    finished
}

/// The names of the secrets that the file refers to. The environment's token is not among them.
fn secrets(target: &Config<Option<DynamoDbConfig>>) -> Vec<&str> {
    let token = target.heroku.account.as_ref().map(|_| &target.heroku.token);
    let keys = target.sqs.iter().filter_map(|queue| match &queue.keys {
        QueueKeys::Pair(pair) => Some(&pair.secret_access_key),
        QueueKeys::Own(_) => None,
    });
    token.into_iter().chain(keys).filter_map(name).collect()
}

fn name(source: &SecretSource) -> Option<&str> {
    match source {
        SecretSource::Parameter(parameter) => Some(parameter.name()),
        SecretSource::Given(_) => None,
    }
}

impl Policy {
    fn new(statement: Vec<Statement>) -> Self {
        Self { version: "2012-10-17", statement }
    }

    /// The same with one more queue.
    fn with(&self, queue: String) -> Self {
        let mut statement = self.statement.clone();
        match statement.iter_mut().find(|statement| statement.sid == BACKLOG) {
            Some(backlog) => backlog.resource.push(queue),
            None => {
                let actions = &["sqs:GetQueueAttributes", "sqs:GetQueueUrl"];
                statement.insert(0, Statement::new(BACKLOG, actions, vec![queue]));
            }
        }
        Self::new(statement)
    }

    /// As AWS counts them.
    fn chars(&self) -> usize {
        json!(self).to_string().chars().count()
    }
}

const BACKLOG: &str = "ReadBacklog";

impl Statement {
    const fn new(
        sid: &'static str,
        action: &'static [&'static str],
        resource: Vec<String>,
    ) -> Self {
        Self { sid, effect: "Allow", action, resource, condition: None }
    }
}

impl Home {
    /// The queue, unless a key of its own reads it.
    fn readable(&self, SqsConfig { queue, region, keys, .. }: &SqsConfig) -> Option<String> {
        let owner = match queue {
            Queue::Arn { account, .. } => Some(account.as_str()),
            Queue::Url { url, .. } => url.path_segments().and_then(|mut steps| steps.next()),
            Queue::Name(_) => None,
        };
        let owner = owner.unwrap_or(&self.account);
        let arn = || format!("arn:{}:sqs:{region}:{owner}:{}", partition(region), queue.name());
        matches!(keys, QueueKeys::Own(_)).then(arn)
    }

    fn reading_of(&self, secrets: &BTreeSet<&str>) -> Vec<Statement> {
        let parameter = |name: &&str| self.arn("ssm", &format!("parameter{name}"));
        // A secret's ARN ends in six characters that Secrets Manager chose.
        let secret = |name: &str| self.arn("secretsmanager", &format!("secret:{name}-??????"));
        let beyond = secrets.iter().filter_map(|name| name.strip_prefix(IN_SECRETS_MANAGER));
        let through_ssm = self.through_ssm(secrets.iter().map(parameter).collect());
        [through_ssm, self.through_secrets_manager(beyond.map(secret).collect())].concat()
    }

    fn through_ssm(&self, parameters: Vec<String>) -> Vec<Statement> {
        if parameters.is_empty() {
            return Vec::new();
        }
        let condition = json!({ "StringEquals": {
            "kms:ViaService": self.host("ssm"),
            "kms:EncryptionContext:PARAMETER_ARN": parameters,
        } });
        let read = Statement::new("ReadSecrets", &["ssm:GetParameter"], parameters);
        vec![read, self.decrypt("DecryptSecrets", condition)]
    }

    fn through_secrets_manager(&self, secrets: Vec<String>) -> Vec<Statement> {
        if secrets.is_empty() {
            return Vec::new();
        }
        let condition = json!({
            "StringEquals": { "kms:ViaService": self.host("secretsmanager") },
            "StringLike": { "kms:EncryptionContext:SecretARN": secrets },
        });
        let action = &["secretsmanager:GetSecretValue"];
        let read = Statement::new("ReadSecretsOfSecretsManager", action, secrets);
        vec![read, self.decrypt("DecryptSecretsOfSecretsManager", condition)]
    }

    /// With any key of the account: the condition says what.
    fn decrypt(&self, sid: &'static str, condition: Value) -> Statement {
        let keys = vec![self.arn("kms", "key/*")];
        let condition = Some(condition);
        Statement { condition, ..Statement::new(sid, &["kms:Decrypt"], keys) }
    }

    fn arn(&self, service: &str, what: &str) -> String {
        let Self { account, region } = self;
        format!("arn:{}:{service}:{region}:{account}:{what}", partition(region))
    }

    fn host(&self, service: &str) -> String {
        format!("{service}.{}.{}", self.region, aws_domain(&self.region))
    }
}

fn partition(region: &str) -> &'static str {
    match region.split_once('-') {
        Some(("cn", _)) => "aws-cn",
        Some(("eusc", _)) => "aws-eusc",
        Some(("us", rest)) if rest.starts_with("gov-") => "aws-us-gov",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_of_one_partition() {
        for (region, expected) in [
            ("eu-west-1", "aws"),
            ("us-east-1", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-north-1", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), expected, "{region}");
        }
    }
}
