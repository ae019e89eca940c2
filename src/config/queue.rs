//! The name, URL or ARN of each queue: which queue it is, and in which region.
//!
//! Must not know how a queue is reached.

use nonempty::NonEmpty;
use url::{Host, Url};

use super::Queue;
use super::address::{base_url, is_loopback};
use super::parse;

/// AWS's own domains, in each of its partitions; those with `api` for IPv6 as well.
const DOMAINS: [&str; 14] = [
    "amazonaws.com",
    "api.aws",
    "amazonaws.com.cn",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "api.aws.ic.gov",
    "sc2s.sgov.gov",
    "api.aws.scloud",
    "cloud.adc-e.uk",
    "api.cloud-aws.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws.hci.ic.gov",
];

/// The domain under which a local AWS names its services.
const LOCAL_DOMAIN: &str = "localhost.localstack.cloud";

/// The region of the one host that names none.
const FIRST_REGION: &str = "us-east-1";

/// Each is a call in every cycle, and all are read at the same time.
const QUEUES_MAX: usize = 20;

const QUEUE: &str = "must be the name, URL or ARN of an SQS queue";
const URL: &str = "must be the name, URL or ARN of an SQS queue: its URL begins with https:// and \
    has no user, password, query or fragment";
const HOST: &str = "must be the name, URL or ARN of an SQS queue: the host of this URL is none of \
    SQS's, such as sqs.eu-west-1.amazonaws.com, nor where AWS_ENDPOINT_URL_SQS points";
const ACCOUNT: &str = "must be the name, URL or ARN of an SQS queue: this URL lacks the account, \
    12 digits before the queue's name";
const NAME: &str = "must be the name, URL or ARN of an SQS queue: this URL lacks the queue's name \
    at its end, 1 to 80 of A-Z, a-z, 0-9, - and _";
const PATH: &str = "must be the name, URL or ARN of an SQS queue: the path of its URL has the \
    account, the queue's name and no more";
const ARN: &str = "must be the name, URL or ARN of an SQS queue: its ARN is \
    arn:PARTITION:sqs:REGION:ACCOUNT:NAME, and a part of this one is missing or none";

/// The region in the text that names a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Region {
    /// This one.
    Named(String),
    /// None, and another setting must name it.
    Unnamed,
    /// None: the function's, unless another setting names it.
    Open,
}

/// The queue that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A queue, and the region in the text.
    Queue(Queue, Region),
    /// A URL whose host is none of AWS's.
    Elsewhere(Url),
}

/// The fault, as "must be ...".
type Parsed<T> = Result<T, &'static str>;

/// The queues that a text names, as far as the text alone shows it.
pub(super) fn named(text: &str) -> parse::Parsed<NonEmpty<Named>> {
    let mut parts = text.split(',');
    let parts = NonEmpty { head: parts.next().unwrap_or(text), tail: parts.collect() };
    match parts.len() {
        many if QUEUES_MAX < many => {
            Err(format!("must name at most {QUEUES_MAX} queues, and names {many}").into())
        }
        _ => each(parts, one),
    }
}

/// Each of several, or the fault of the first that has one.
pub(super) fn each<T, U>(
    parts: NonEmpty<T>,
    read: impl Fn(T) -> Parsed<U>,
) -> parse::Parsed<NonEmpty<U>> {
    let (count, mut place) = (parts.len(), 0);
    parts.try_map(|part| {
        place += 1;
        read(part).map_err(|bound| match count {
            1 => bound.into(),
            _ => format!("{bound} (queue {place} of {count})").into(),
        })
    })
}

/// A queue that was counted twice would pass for twice the load. In a record it is its name that
/// distinguishes it.
pub(super) fn each_once(queues: &NonEmpty<(Queue, Region)>) -> parse::Parsed<()> {
    let names: Vec<&str> = queues.iter().map(|(queue, _)| queue.name()).collect();
    let twice = (1..names.len()).find(|at| names[..*at].contains(&names[*at]));
    twice.map_or(Ok(()), |at| {
        Err(format!("must name each queue once, and names {} twice", names[at]).into())
    })
}

fn one(text: &str) -> Parsed<Named> {
    if text.starts_with("arn:") {
        by_arn(text)
    } else if text.contains("://") {
        by_url(text)
    } else if is_name(text) {
        Ok(Named::Queue(Queue::Name(text.to_owned()), Region::Open))
    } else {
        Err(QUEUE)
    }
}

impl Named {
    /// The queue and its region. Where another endpoint is called, that endpoint's URLs are queues
    /// too.
    pub(super) fn at(self, endpoint: Option<&Url>) -> Parsed<(Queue, Region)> {
        match self {
            Self::Queue(queue, region) => Ok((queue, region)),
            Self::Elsewhere(url) if endpoint.is_some_and(|endpoint| is_at(&url, endpoint)) => {
                let name = name_behind_owner(&url)?.to_owned();
                let region = local_region(&url);
                Ok((Queue::Url { url, name }, region))
            }
            Self::Elsewhere(_) => Err(HOST),
        }
    }
}

fn by_arn(text: &str) -> Parsed<Named> {
    let parts: Vec<&str> = text.split(':').collect();
    let ["arn", partition, "sqs", region, account, name] = parts[..] else { return Err(ARN) };
    let holds = partition.starts_with("aws") && is_account(account) && is_name(name);
    let region = parse::aws_region(region).ok().filter(|_| holds).ok_or(ARN)?;
    let queue = Queue::Arn { account: account.to_owned(), name: name.to_owned() };
    Ok(Named::Queue(queue, Region::Named(region)))
}

fn by_url(text: &str) -> Parsed<Named> {
    let url = base_url(text).map_err(|_| URL)?;
    let Some(region) = of_aws(&url)? else { return Ok(Named::Elsewhere(url)) };
    let name = name_behind_account(&url)?.to_owned();
    Ok(Named::Queue(Queue::Url { url, name }, region))
}

/// The region in a host of AWS: `sqs.eu-west-1.amazonaws.com`, with `sqs-fips` in its
/// place, that of a VPC's endpoint, and for old clients `eu-west-1.queue.amazonaws.com` or
/// `queue.amazonaws.com`.
fn of_aws(url: &Url) -> Parsed<Option<Region>> {
    let Some((host, domain)) = DOMAINS.iter().find_map(|domain| below(url, domain)) else {
        return Ok(None);
    };
    if (host, domain) == ("queue", DOMAINS[0]) {
        return Ok(Some(Region::Named(FIRST_REGION.to_owned())));
    }
    region_in(host).map(Some).ok_or(HOST)
}

/// The region in the labels of a host before its domain, if they are SQS's.
fn region_in(host: &str) -> Option<Region> {
    let labels: Vec<&str> = host.split('.').collect();
    let region = match labels[..] {
        ["sqs" | "sqs-fips", region]
        | [region, "queue"]
        | [_, "sqs" | "sqs-fips", region, "vpce"] => Some(region).filter(|text| is_region(text)),
        _ => None,
    };
    let is_sqs = labels.iter().any(|label| matches!(*label, "sqs" | "sqs-fips" | "queue"));
    let unnamed = is_sqs.then_some(Region::Unnamed);
    region.map(|region| Region::Named(region.to_owned())).or(unnamed)
}

/// The part of the URL's host before a domain.
fn below<'u, 'd>(url: &'u Url, domain: &'d str) -> Option<(&'u str, &'d str)> {
    let host = url.host_str()?.trim_end_matches('.');
    Some((host.strip_suffix(domain)?.strip_suffix('.')?, domain))
}

/// A server may give its queues another name of the same machine than the one it is called by.
fn is_at(url: &Url, endpoint: &Url) -> bool {
    url.host() == endpoint.host() || is_on_this_machine(url)
}

/// A host that is this machine, or the one on which this container runs.
fn is_on_this_machine(url: &Url) -> bool {
    is_loopback(url)
        || url.host_str() == Some("host.docker.internal")
        || url.host() == Some(Host::Domain(LOCAL_DOMAIN))
        || below(url, LOCAL_DOMAIN).is_some()
}

fn local_region(url: &Url) -> Region {
    match below(url, LOCAL_DOMAIN).and_then(|(host, _)| region_in(host)) {
        Some(Region::Named(region)) => Region::Named(region),
        Some(Region::Unnamed | Region::Open) | None => Region::Open,
    }
}

fn name_behind_account(url: &Url) -> Parsed<&str> {
    match segments(url)[..] {
        [account, name] if is_account(account) && is_name(name) => Ok(name),
        [account] | [account, _] if is_account(account) => Err(NAME),
        [_] | [_, _] => Err(ACCOUNT),
        _ => Err(PATH),
    }
}

/// Servers in AWS's place have other paths before the name, and never none.
fn name_behind_owner(url: &Url) -> Parsed<&str> {
    match segments(url)[..] {
        [.., owner, name] if !owner.is_empty() && is_name(name) => Ok(name),
        [name] if is_name(name) => Err(ACCOUNT),
        _ => Err(NAME),
    }
}

fn segments(url: &Url) -> Vec<&str> {
    url.path_segments().into_iter().flatten().collect()
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = parts.last().and_then(|number| number.parse::<u8>().ok());
    parts.len() >= 3 && number.is_some() && parse::aws_region(text).is_ok()
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    let stem = text.strip_suffix(".fifo").unwrap_or(text);
    !stem.is_empty() && text.len() <= 80 && parse::is_word(stem, "-_")
}
