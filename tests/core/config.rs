//! The environment: what is valid, and every fault named with its settings, variable, value and bound.

use std::collections::HashMap;

use dynoscaler::config::{
    AwsKeys, Config, Environment, KeyPair, KeySource, Metrics, Queue, QueueKeys, SecretSource,
    settings, variable,
};
use dynoscaler::policy::{BacklogIncludes, Bounds, Part, Policy, RateSettings, Rule, RuleName};
use dynoscaler::target::Mode;

pub(crate) type Variables = HashMap<&'static str, String>;

fn valid() -> Variables {
    let set = [
        (variable::TOKEN, "HRKU-token"),
        (variable::DESCRIPTION, "dynoscaler"),
        (variable::APP, "my-app"),
        (variable::PROCESS, "worker"),
        (variable::SQS_NAME, "jobs"),
        (variable::MIN_DYNOS, "0"),
        (variable::MAX_DYNOS, "5"),
        (variable::UP_CYCLES, "2"),
        (variable::DOWN_CYCLES, "3"),
        (variable::BACKLOG_THRESHOLD, "0.5"),
        (variable::TABLE, "state"),
        (variable::REGION, "eu-west-1"),
        (variable::ROLE_KEY_ID, "ROLEKEY"),
        (variable::ROLE_SECRET, "rolesecret"),
        (variable::ROLE_SESSION, "session"),
    ];
    set.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

pub(crate) fn with(changes: &[(&'static str, &str)]) -> Variables {
    let mut variables = valid();
    variables.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
    variables
}

pub(crate) fn environment(variables: &Variables) -> Environment {
    variables.iter().map(|(name, value)| (*name, value.clone())).collect()
}

fn parse(variables: &Variables) -> Result<Config, String> {
    Config::in_function(&environment(variables)).map_err(|error| error.to_string())
}

fn given(keys: &KeySource) -> &AwsKeys {
    match keys {
        KeySource::Given(keys) => keys,
        #[cfg(feature = "terminal")]
        KeySource::Chain => panic!("the function has its keys in the environment"),
    }
}

fn pair(keys: &QueueKeys) -> &KeyPair {
    match keys {
        QueueKeys::Pair(pair) => pair,
        QueueKeys::Own(_) => panic!("the queue has a pair of its own"),
    }
}

fn exposed(source: &SecretSource) -> &str {
    match source {
        SecretSource::Given(secret) => secret.expose(),
        SecretSource::Parameter(parameter) => parameter.name(),
    }
}

fn fault(changes: &[(&'static str, &str)]) -> String {
    parse(&with(changes)).unwrap_err()
}

#[test]
fn the_fewest_variables_are_a_configuration() {
    let config = parse(&valid()).unwrap();
    assert_eq!(config.target.state_key(), "my-app/worker");
    assert_eq!(
        config.target.policy,
        Policy { up_cycles: 2, down_cycles: 3, ..Policy::new(Bounds { min: 0, max: 5 }, 0.5) }
    );
    assert_eq!(config.heroku.api_url.as_str(), "https://api.heroku.com/");
    assert_eq!((config.target.mode, config.process.log_level), (Mode::Live, tracing::Level::INFO));
    assert_eq!((&config.process.elasticsearch, &config.sqs.head.endpoint_url), (&None, &None));
    assert_eq!(config.sqs.head.keys, QueueKeys::Own(config.process.dynamodb.keys.clone()));
}

#[test]
fn an_empty_string_counts_as_unset() {
    for name in variable::ALL {
        let mut variables = valid();
        let unset = parse(&{
            let mut variables = valid();
            variables.remove(name);
            variables
        });
        variables.insert(name, String::new());
        assert_eq!(parse(&variables), unset, "{name}");
    }
}

#[test]
fn every_fault_is_reported_at_once() {
    let error = Config::in_function(&Environment::default()).unwrap_err();
    let named: Vec<_> = error.faults().iter().map(dynoscaler::config::Fault::variable).collect();
    for name in [
        variable::APP,
        variable::PROCESS,
        variable::MIN_DYNOS,
        variable::MAX_DYNOS,
        variable::UP_CYCLES,
        variable::DOWN_CYCLES,
        variable::BACKLOG_THRESHOLD,
        variable::TOKEN,
        variable::DESCRIPTION,
        variable::REGION,
        variable::ROLE_KEY_ID,
        variable::ROLE_SECRET,
        variable::SQS_NAME,
        variable::TABLE,
    ] {
        assert!(named.contains(&name), "{name}");
    }
    assert_eq!(named.len(), 14, "{named:?}");
    assert!(error.to_string().starts_with("14 environment variables are not valid; "));
}

#[test]
fn a_fault_names_the_variable_the_value_and_the_bound() {
    for (changes, expected) in [
        (
            &[(variable::MAX_DYNOS, "0")][..],
            r#"1 environment variable is not valid; DYNOSCALER_MAX_DYNOS = "0" must be a whole number from 1 to 9999"#,
        ),
        (
            &[(variable::MIN_DYNOS, "6")],
            r#"1 environment variable is not valid; DYNOSCALER_MIN_DYNOS = "6" must be at most DYNOSCALER_MAX_DYNOS"#,
        ),
        (
            &[(variable::TABLE, "")],
            "1 environment variable is not valid; DYNOSCALER_TABLE is not set: it must be a DynamoDB table's name (3 to 255 of A-Z, a-z, 0-9, -, _ and .)",
        ),
        (
            &[(variable::TOKEN, "two words")],
            "1 environment variable is not valid; MY_HEROKU_AUTH_TOKEN (value not shown) must be visible ASCII characters without spaces",
        ),
    ] {
        assert_eq!(fault(changes), expected);
    }
}

#[test]
fn a_value_beyond_its_bound_is_refused_by_name() {
    for (name, values) in [
        (variable::APP, &["My-App", "-app", "app-", "a", "../apps", "app/formation", "app?x"][..]),
        (variable::PROCESS, &["web worker", "..", "worker/", "worker%2f", "wörker"]),
        (variable::TOKEN, &["two words", "line\nbreak", "tökén"]),
        (variable::DESCRIPTION, &["line\r\nInjected: header", "ünïcode"]),
        (variable::MIN_DYNOS, &["-1", "1.5", "one", "10000", " 1"]),
        (variable::MAX_DYNOS, &["-1", "0", "five", "10000"]),
        (variable::UP_CYCLES, &["0", "-3", "2.0", "10000000"]),
        (variable::DOWN_CYCLES, &["0", "∞"]),
        (variable::BACKLOG_THRESHOLD, &["0", "-1", "NaN", "inf", "1e999", "ten", "1e9", "1e-10"]),
        (
            variable::SQS_NAME,
            &[
                "jobs!",
                "arn:aws:sns:eu-west-1:123456789012:jobs",
                "ftp://x/jobs",
                "jobs.fifo.fifo",
                "arn:gcp:sqs:eu-west-1:123456789012:jobs",
                "arn:aws:sqs:eu-west-1:12345:jobs",
                "arn:aws:sqs:eu-west-1:12345678901x:jobs",
                "arn:aws:sqs:eu-west-1:123456789012:jo!bs",
                "https://sqs.eu-west-1.amazonaws.com/",
            ],
        ),
        (variable::POLICY, &["steps", "Step", "pid"]),
        (variable::BACKLOG_INCLUDES, &["inflight", "visible;delayed", ","]),
        (variable::MAX_STEP_UP, &["0", "-1", "1.5"]),
        (variable::MAX_STEP_DOWN, &["0", "none"]),
        (variable::IN_FLIGHT_PER_DYNO, &["0", "-10", "NaN"]),
        (variable::TOLERANCE, &["-0.1", "1", "10%"]),
        (variable::SERVICE_LEVEL, &["0.5", "1", "99%", "NaN"]),
        (variable::MANUAL_HOLD_MINUTES, &["-1", "10081", "1h", "0.5"]),
        (variable::RESPECT_MAINTENANCE, &["yes", "1"]),
        (variable::SQS_REGION, &["Ireland", "eu west 1"]),
        (variable::TABLE, &["ab", "state table"]),
        (variable::DRY_RUN, &["yes", "1", "TRUE"]),
        (variable::ALLOW_WEB, &["yes", "1"]),
        (variable::CYCLE_SECONDS, &["0", "3601", "-1", "60s", "1.5"]),
        (variable::METRICS, &["true", "On", "emf"]),
        (variable::LOG_LEVEL, &["verbose", "3"]),
        (
            variable::HEROKU_URL,
            &["api.heroku.com", "ftp://api.heroku.com", "https://api.heroku.com?x=1"],
        ),
        (variable::ENDPOINT_URL, &["localhost:4566"]),
        (variable::ENDPOINT_URL_SQS, &["localhost:4566"]),
        (variable::ENDPOINT_URL_SSM, &["localhost:4566"]),
    ] {
        for value in values {
            let error = fault(&[(name, value)]);
            let says = format!("{name} ");
            assert!(error.contains(&says), "{name} = {value:?}: {error}");
        }
    }
}

#[test]
fn no_secret_is_ever_shown() {
    let secret = "s3cr3t";
    let long = "s3cr3t-s3cr3t";
    let error = fault(&[
        (variable::TOKEN, "s3cr3t s3cr3t"),
        (variable::AWS_KEY, "s3cr3t s3cr3t"),
        (variable::AWS_SECRET, "s3cr3t s3cr3t"),
        (variable::ROLE_SECRET, "s3cr3t s3cr3t"),
        (variable::HEROKU_URL, "https://user:s3cr3t@example.com"),
        (variable::ELK_URL, "https://user:s3cr3t@example.com"),
        (variable::ELK_PASS, "s3cr3t\n"),
        (variable::ELK_USER, "elastic"),
        (variable::ELK_INDEX, "dynoscaler"),
    ]);
    assert!(!error.contains(secret), "{error}");
    let config = parse(&with(&[
        (variable::TOKEN, long),
        (variable::AWS_KEY, long),
        (variable::AWS_SECRET, long),
        (variable::ELK_URL, "https://example.com"),
        (variable::ELK_USER, "elastic"),
        (variable::ELK_PASS, long),
        (variable::ELK_INDEX, "dynoscaler"),
    ]));
    assert!(!format!("{:?}", config.unwrap()).contains(secret));
}

#[test]
fn several_queues_are_named_between_commas_in_any_form() {
    let arn = "arn:aws:sqs:us-east-2:123456789012:jobs.fifo";
    let url = "https://sqs.eu-west-3.amazonaws.com/123456789012/other";
    let text = format!("mailers,{arn},{url}");
    let config = parse(&with(&[(variable::SQS_NAME, &text)])).unwrap();
    let named: Vec<_> = config.sqs.iter().map(|it| (it.queue.name(), it.region.as_str())).collect();
    let expected = [("mailers", "eu-west-1"), ("jobs.fifo", "us-east-2"), ("other", "eu-west-3")];
    assert_eq!(named, expected);
    assert_eq!(config.target.queues.to_string(), "mailers,jobs.fifo,other");
}

#[test]
fn a_fault_of_one_of_several_queues_says_which() {
    let many = |count: usize| {
        let names: Vec<_> = (1..=count).map(|number| format!("q{number}")).collect();
        names.join(",")
    };
    let twice = "jobs,mailers,arn:aws:sqs:us-east-2:123456789012:jobs";
    for (text, says) in [
        ("jobs,,mailers", "must be the name, URL or ARN of an SQS queue (queue 2 of 3)"),
        ("jobs,", "must be the name, URL or ARN of an SQS queue (queue 2 of 2)"),
        ("jobs, mailers", "must be the name, URL or ARN of an SQS queue (queue 2 of 2)"),
        ("jobs,https://example.com/1/mailers", "the host of this URL is none of SQS's"),
        (twice, "must name each queue once, and names jobs twice"),
        (&many(21), "must name at most 20 queues, and names 21"),
    ] {
        let error = fault(&[(variable::SQS_NAME, text)]);
        assert!(error.contains(says), "{text}: {error}");
    }
    let most = parse(&with(&[(variable::SQS_NAME, &many(20))])).unwrap();
    assert_eq!(most.sqs.len(), 20);
}

#[test]
fn a_region_that_one_of_several_queues_contradicts_is_a_fault() {
    let queues = "jobs,arn:aws:sqs:us-east-2:123456789012:mailers";
    let error = fault(&[(variable::SQS_NAME, queues), (variable::SQS_REGION, "eu-west-1")]);
    assert!(error.contains("must be us-east-2, the region in AWS_SQS_NAME"), "{error}");
}

#[test]
fn a_queue_has_three_names() {
    let url = "https://sqs.us-east-2.amazonaws.com/123456789012/jobs.fifo";
    for (text, name, region) in [
        ("jobs", "jobs", "eu-west-1"),
        ("arn:aws:sqs:us-east-2:123456789012:jobs", "jobs", "us-east-2"),
        ("arn:aws-cn:sqs:cn-north-1:123456789012:jobs", "jobs", "cn-north-1"),
        (url, "jobs.fifo", "us-east-2"),
    ] {
        let config = parse(&with(&[(variable::SQS_NAME, text)])).unwrap();
        assert_eq!(
            (config.sqs.head.queue.name(), config.sqs.head.region.as_str()),
            (name, region),
            "{text}"
        );
    }
    let config = parse(&with(&[(variable::SQS_NAME, url)])).unwrap();
    assert!(
        matches!(config.sqs.head.queue, Queue::Url { url: ref kept, .. } if kept.as_str() == url)
    );
}

// case E1
#[test]
fn every_host_of_sqs_names_its_region() {
    for (host, region) in [
        ("sqs.us-east-2.amazonaws.com", "us-east-2"),
        ("SQS.us-east-2.amazonaws.com:443", "us-east-2"),
        ("queue.amazonaws.com", "us-east-1"),
        ("us-east-2.queue.amazonaws.com", "us-east-2"),
        ("sqs-fips.us-west-2.amazonaws.com", "us-west-2"),
        ("sqs.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("sqs.us-east-2.api.aws", "us-east-2"),
        ("sqs-fips.us-east-2.api.aws", "us-east-2"),
        ("vpce-0a1b2c3d4e5f6a7b8-0a1b2c3d.sqs.us-east-2.vpce.amazonaws.com", "us-east-2"),
        ("vpce-0a1b-0a1b-us-east-2a.sqs-fips.us-east-2.vpce.amazonaws.com", "us-east-2"),
        ("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("cn-north-1.queue.amazonaws.com.cn", "cn-north-1"),
        ("vpce-0a1b-0a1b.sqs.cn-north-1.vpce.amazonaws.com.cn", "cn-north-1"),
        ("sqs.cn-northwest-1.api.amazonwebservices.com.cn", "cn-northwest-1"),
        ("sqs.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("sqs.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ("sqs.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        ("sqs.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
        ("sqs.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
    ] {
        let text = format!("https://{host}/123456789012/jobs");
        let config = parse(&with(&[(variable::SQS_NAME, &text)])).unwrap();
        assert_eq!(
            (config.sqs.head.queue.name(), config.sqs.head.region.as_str()),
            ("jobs", region),
            "{text}"
        );
    }
}

// case E1
#[test]
fn a_host_of_sqs_without_a_region_needs_another_setting_to_name_it() {
    for host in ["sqs.amazonaws.com", "eu-west-1.sqs.amazonaws.com", "queue.amazonaws.com.cn"] {
        let text = format!("https://{host}/123456789012/jobs");
        let error = fault(&[(variable::SQS_NAME, &text)]);
        assert!(error.contains("; AWS_SQS_REGION is not set: it must name the region"), "{error}");
        let set = [(variable::SQS_NAME, &*text), (variable::SQS_REGION, "us-east-2")];
        assert_eq!(parse(&with(&set)).unwrap().sqs.head.region, "us-east-2");
    }
}

// case E7
#[test]
fn a_url_that_is_no_queues_is_refused_by_the_part_that_is_missing() {
    for (text, says) in [
        ("https://sqs.eu-west-1.amazonaws.com/jobs", "this URL lacks the account"),
        ("https://sqs.eu-west-1.amazonaws.com/12345/jobs", "this URL lacks the account"),
        ("https://sqs.eu-west-1.amazonaws.com//jobs", "this URL lacks the account"),
        ("https://sqs.eu-west-1.amazonaws.com/123456789012", "this URL lacks the queue's name"),
        ("https://sqs.eu-west-1.amazonaws.com/123456789012/", "this URL lacks the queue's name"),
        (
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jo!bs",
            "this URL lacks the queue's name",
        ),
        ("https://sqs.eu-west-1.amazonaws.com/queue/123456789012/jobs", "and no more"),
        ("https://example.com/000000000000/jobs", "the host of this URL is none of SQS's"),
        ("https://sns.eu-west-1.amazonaws.com/123456789012/jobs", "the host of this URL is none"),
        ("https://evil-amazonaws.com/123456789012/jobs", "the host of this URL is none of SQS's"),
        ("http://127.0.0.1:4566/000000000000/jobs", "the host of this URL is none of SQS's"),
        ("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs?a=b", "no user, password, query"),
        ("arn:aws:sqs:eu-west-1:jobs", "arn:PARTITION:sqs:REGION:ACCOUNT:NAME"),
    ] {
        let error = fault(&[(variable::SQS_NAME, text)]);
        assert!(error.contains("must be the name, URL or ARN of an SQS queue"), "{text}: {error}");
        assert!(error.contains(says), "{text}: {error}");
    }
}

// case E7
#[test]
fn a_queue_is_where_an_endpoint_variable_points() {
    for (endpoint, text, region) in [
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/000000000000/jobs", "eu-west-1"),
        ("http://127.0.0.1:4566", "http://localhost:4566/000000000000/jobs", "eu-west-1"),
        ("http://localstack:4566", "http://localhost:4566/000000000000/jobs", "eu-west-1"),
        ("http://localstack:4566", "http://localstack:4566/000000000000/jobs", "eu-west-1"),
        ("http://localhost:9324", "http://localhost:9324/queue/jobs", "eu-west-1"),
        (
            "http://localhost:4566",
            "http://sqs.us-east-2.localhost.localstack.cloud:4566/000000000000/jobs",
            "us-east-2",
        ),
        (
            "http://localhost:4566",
            "http://us-east-2.queue.localhost.localstack.cloud:4566/000000000000/jobs",
            "us-east-2",
        ),
        ("https://sqs.example.com", "https://sqs.example.com/000000000000/jobs", "eu-west-1"),
    ] {
        for variable in [variable::ENDPOINT_URL, variable::ENDPOINT_URL_SQS] {
            let config = parse(&with(&[(variable::SQS_NAME, text), (variable, endpoint)])).unwrap();
            let found = (config.sqs.head.queue.name(), config.sqs.head.region.as_str());
            assert_eq!(found, ("jobs", region), "{text}");
        }
    }
    let elsewhere = [
        (variable::SQS_NAME, "https://example.com/000000000000/jobs"),
        (variable::ENDPOINT_URL, "http://127.0.0.1:4566"),
    ];
    assert!(fault(&elsewhere).contains("the host of this URL is none of SQS's"));
    let short = [
        (variable::SQS_NAME, "http://127.0.0.1:4566/jobs"),
        (variable::ENDPOINT_URL, "http://127.0.0.1:4566"),
    ];
    assert!(fault(&short).contains("this URL lacks the account"));
}

#[test]
fn a_region_that_contradicts_the_queue_is_a_fault() {
    let arn = (variable::SQS_NAME, "arn:aws:sqs:us-east-2:123456789012:jobs");
    let error = fault(&[arn, (variable::SQS_REGION, "eu-west-1")]);
    assert!(error.contains(r#"AWS_SQS_REGION = "eu-west-1" must be us-east-2"#), "{error}");
    parse(&with(&[arn, (variable::SQS_REGION, "us-east-2")])).unwrap();
}

#[test]
fn the_pair_is_for_the_queue_alone() {
    let pair = [(variable::AWS_KEY, "OTHER"), (variable::AWS_SECRET, "othersecret")];
    let config = parse(&with(&pair)).unwrap();
    let queue = self::pair(&config.sqs.head.keys);
    assert_eq!(queue.access_key_id.expose(), "OTHER");
    assert_eq!(exposed(&queue.secret_access_key), "othersecret");
    assert_eq!(given(&config.process.dynamodb.keys).access_key_id.expose(), "ROLEKEY");
    for half in pair {
        let error = fault(&[half]);
        assert!(error.contains(&format!("must be set together with {}", half.0)), "{error}");
    }
}

/// All that is needed for every secret, with each in turn given as shown.
fn with_secret(variable: &'static str, text: &str) -> Variables {
    with(&[
        (variable::AWS_KEY, "OTHER"),
        (variable::AWS_SECRET, "othersecret"),
        (variable::ELK_URL, "https://example.com"),
        (variable::ELK_USER, "elastic"),
        (variable::ELK_PASS, "changeme"),
        (variable::ELK_INDEX, "dynoscaler"),
        (variable, text),
    ])
}

fn source(config: &Config, variable: &str) -> SecretSource {
    match variable {
        variable::TOKEN => config.heroku.token.clone(),
        variable::AWS_SECRET => pair(&config.sqs.head.keys).secret_access_key.clone(),
        _ => config.process.elasticsearch.as_ref().unwrap().password.clone(),
    }
}

const SECRETS: [&str; 3] = [variable::TOKEN, variable::AWS_SECRET, variable::ELK_PASS];

#[test]
fn a_secret_is_in_its_variable_or_in_a_parameter_of_ssm() {
    for variable in SECRETS {
        let config = parse(&with_secret(variable, "s3cr3t-s3cr3t")).unwrap();
        assert!(matches!(source(&config, variable), SecretSource::Given(_)), "{variable}");
        for name in ["/dynoscaler/token", "/aws/reference/secretsmanager/prod/a+b=c@d_e.f-1"] {
            let config = parse(&with_secret(variable, &format!("ssm:{name}"))).unwrap();
            let SecretSource::Parameter(parameter) = source(&config, variable) else {
                panic!("{variable} is a reference")
            };
            assert_eq!(parameter.name(), name);
            assert_eq!(parameter.to_string(), format!("ssm:{name}"));
        }
    }
}

#[test]
fn a_malformed_reference_is_a_fault_that_names_its_variable_and_bound() {
    let long = format!("ssm:/{}", "a".repeat(1011));
    for variable in SECRETS {
        for text in
            ["ssm:", "ssm:token", "ssm:/", "ssm:/a/", "ssm://a", "ssm:/a b", "ssm:/a:3", &long]
        {
            let error = parse(&with_secret(variable, text)).unwrap_err();
            let says = format!("{variable} (value not shown) must be ssm: and an SSM parameter's");
            assert!(error.contains(&says), "{text}: {error}");
        }
    }
}

#[test]
fn the_value_of_a_parameter_is_bounded_like_the_variable_itself() {
    for (variable, accepted, refused) in [
        (variable::TOKEN, "HRKU-1234", "HRKU 1234"),
        (variable::AWS_SECRET, "a/b+c=d/e", "a b c d e"),
        (variable::ELK_PASS, "pass word", "line\nbreak"),
    ] {
        let config = parse(&with_secret(variable, "ssm:/secret")).unwrap();
        let SecretSource::Parameter(parameter) = source(&config, variable) else {
            panic!("{variable} is a reference")
        };
        assert_eq!(parameter.secret(accepted).unwrap().expose(), accepted);
        let bound = parameter.secret(refused).unwrap_err();
        assert!(bound.starts_with("must be "), "{bound}");
    }
}

// case F10
#[test]
fn a_line_end_after_a_secret_is_no_part_of_it() {
    for variable in SECRETS {
        for end in ["\n", "\r\n", "\n\n"] {
            let config = parse(&with_secret(variable, &format!("s3cr3t-s3cr3t{end}"))).unwrap();
            assert_eq!(exposed(&source(&config, variable)), "s3cr3t-s3cr3t");
            let config = parse(&with_secret(variable, &format!("ssm:/secret{end}"))).unwrap();
            let SecretSource::Parameter(parameter) = source(&config, variable) else {
                panic!("{variable} is a reference")
            };
            assert_eq!(parameter.name(), "/secret");
            let held = parameter.secret(&format!("s3cr3t-s3cr3t{end}")).unwrap();
            assert_eq!(held.expose(), "s3cr3t-s3cr3t");
        }
    }
    let pair = [(variable::AWS_KEY, "AKIAOTHER\n"), (variable::AWS_SECRET, "othersecret")];
    let config = parse(&with(&pair)).unwrap();
    assert_eq!(self::pair(&config.sqs.head.keys).access_key_id.expose(), "AKIAOTHER");
}

// case G3
#[test]
fn a_secret_of_fewer_than_eight_characters_is_refused() {
    for variable in SECRETS {
        let error = parse(&with_secret(variable, "1234567")).unwrap_err();
        assert!(error.contains("(value not shown) must be at least 8 characters"), "{error}");
        parse(&with_secret(variable, "12345678")).unwrap();
    }
}

// case E2
#[test]
fn a_secret_that_is_stored_as_json_says_what_is_stored_and_what_to_store() {
    for variable in SECRETS {
        let config = parse(&with_secret(variable, "ssm:/secret")).unwrap();
        let SecretSource::Parameter(parameter) = source(&config, variable) else {
            panic!("{variable} is a reference")
        };
        for (text, names) in [
            (r#"{"token":"s3cr3t-s3cr3t"}"#, "token"),
            (r#"{"username": "elastic", "password": "s3cr3t-s3cr3t"}"#, "password, username"),
            (r#"{"HRKU-s3cr3t-s3cr3t": ""}"#, "a name that is not shown"),
        ] {
            let says = format!("must be the secret alone, in plain text, and is JSON with {names}");
            assert_eq!(parameter.secret(text).unwrap_err(), says);
            let error = parse(&with_secret(variable, text)).unwrap_err();
            assert!(error.contains(&says) && !error.contains("s3cr3t"), "{error}");
        }
        let error = parameter.secret(r#""s3cr3t-s3cr3t""#).unwrap_err();
        assert!(error.contains("is JSON") && !error.contains("s3cr3t"), "{error}");
    }
}

// case G8
#[test]
fn a_secret_goes_without_tls_to_this_machine_alone() {
    let elasticsearch = [
        (variable::ELK_USER, "elastic"),
        (variable::ELK_PASS, "changeme"),
        (variable::ELK_INDEX, "dynoscaler"),
    ];
    for url in
        ["https://es.example.com", "http://localhost:9200", "http://127.0.0.1", "http://[::1]:1"]
    {
        for variable in [variable::HEROKU_URL, variable::ELK_URL] {
            parse(&with(
                &[&elasticsearch[..], &[(variable::ELK_URL, url), (variable, url)]].concat(),
            ))
            .unwrap();
        }
    }
    for url in ["http://es.example.com", "http://10.0.0.7:9200", "http://localhost.example.com"] {
        for variable in [variable::HEROKU_URL, variable::ELK_URL] {
            let url_of = (variable::ELK_URL, "https://es.example.com");
            let set = [&elasticsearch[..], &[url_of, (variable, url)]].concat();
            let error = fault(&set);
            assert!(
                error.contains(&format!("{variable} = {url:?} must be an https:// URL")),
                "{error}"
            );
        }
    }
}

#[test]
fn a_host_is_named_in_ascii() {
    parse(&with(&[(variable::HEROKU_URL, "https://xn--mnchen-3ya.example.com")])).unwrap();
    let error = fault(&[(variable::HEROKU_URL, "https://münchen.example.com")]);
    assert!(error.contains("münchen") && error.contains("URL of an ASCII host"), "{error}");
}

// case G9
#[test]
fn a_secret_in_the_wrong_place_is_not_shown() {
    let long = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY1";
    for (name, value) in [
        (variable::SQS_NAME, "https://user:s3cr3t@sqs.eu-west-1.amazonaws.com/123456789012/jobs"),
        (variable::HEROKU_URL, "https://api.heroku.com?token=s3cr3t"),
        (variable::HEROKU_URL, "https://user:s3cr3t@api.heroku.com"),
        (variable::ENDPOINT_URL, "http://localhost:4566#s3cr3t"),
        (variable::APP, "HRKU-AAs3cr3t"),
        (variable::PROCESS, "hrku-s3cr3t.x"),
        (variable::SQS_REGION, "X-0123456789ABs3cr3t"),
        (variable::APP, "my s3cr3t-token-from-the-environment"),
        (variable::MIN_DYNOS, "01234567-89ab-cdef-0123-456789abcdef s3cr3t"),
        (variable::TABLE, "states@s3cr3t"),
        (variable::ELK_TYPE, "s3cr3t0123456789abcdef!"),
        (variable::ELK_USER, "elastic:s3cr3t"),
    ] {
        let error = fault(&[
            (variable::TOKEN, "s3cr3t-token-from-the-environment"),
            (variable::ELK_URL, "https://example.com"),
            (variable::ELK_USER, "elastic"),
            (variable::ELK_PASS, "changeme"),
            (variable::ELK_INDEX, "dynoscaler"),
            (name, value),
        ]);
        let says = format!("{name} (value not shown)");
        assert!(error.contains(&says) && !error.contains("s3cr3t"), "{error}");
    }
    let error = fault(&[(variable::APP, long)]);
    assert!(!error.contains(long), "{error}");
    let error = fault(&[(variable::APP, "My-Very-Long-App-Of-2026")]);
    assert!(error.contains(r#""My-Very-Long-App-Of-2026""#), "{error}");
}

// case F17
#[test]
fn a_process_type_that_heroku_does_not_keep_running_is_refused() {
    for process in ["release", "run"] {
        let error = fault(&[(variable::PROCESS, process)]);
        let says = format!(
            "{} = {process:?} must be a process type that Heroku keeps running",
            variable::PROCESS
        );
        assert!(error.contains(&says), "{error}");
    }
    for process in ["released", "runner", "scheduler"] {
        parse(&with(&[(variable::PROCESS, process)])).unwrap();
    }
}

// case G6
#[test]
fn a_fault_has_no_character_that_moves_a_terminal() {
    let error =
        fault(&[("DYNOSCALER_\u{1b}[2J", "x"), (variable::APP, "my-\u{202e}ppa\u{9b}2J\u{2028}")]);
    assert!(!error.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{2028}']), "{error:?}");
    assert!(error.contains(r"\u{1b}") && error.contains(r"\u{202e}"), "{error}");
}

#[test]
fn parameters_are_in_the_functions_region_and_read_with_its_role() {
    let config = parse(&with(&[
        (variable::AWS_KEY, "OTHER"),
        (variable::AWS_SECRET, "othersecret"),
        (variable::SQS_REGION, "us-east-2"),
        (variable::ENDPOINT_URL, "http://127.0.0.1:4566"),
        (variable::ENDPOINT_URL_SSM, "http://127.0.0.1:4583"),
    ]))
    .unwrap();
    let store = &config.process.parameter_store;
    assert_eq!((store.region.as_str(), &store.keys), ("eu-west-1", &config.process.dynamodb.keys));
    assert_eq!(store.endpoint_url.as_ref().unwrap().port(), Some(4583));
}

#[test]
fn elasticsearch_is_all_or_none_except_for_the_type() {
    let all = [
        (variable::ELK_URL, "https://example.com:9200"),
        (variable::ELK_USER, "elastic"),
        (variable::ELK_PASS, "changeme"),
        (variable::ELK_INDEX, "dynoscaler"),
    ];
    assert_eq!(
        parse(&with(&all)).unwrap().process.elasticsearch.as_ref().unwrap().doc_type,
        "_doc"
    );
    for (missing, _) in all {
        let some: Vec<_> = all.into_iter().filter(|(name, _)| *name != missing).collect();
        let error = fault(&some);
        assert!(
            error.contains(&format!("{missing} is not set: it must be set together")),
            "{error}"
        );
    }
    let error = fault(&[(variable::ELK_TYPE, "cycle")]);
    assert!(error.contains("ELK_INDEX_TYPE_AS"), "{error}");
    let typed: Vec<_> = all.into_iter().chain([(variable::ELK_TYPE, "cycle")]).collect();
    assert_eq!(
        parse(&with(&typed)).unwrap().process.elasticsearch.as_ref().unwrap().doc_type,
        "cycle"
    );
}

// case D3
#[test]
fn elasticsearchs_authority_is_in_its_variable_or_in_a_parameter_of_ssm() {
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
    for text in [pem, "ssm:/dynoscaler/ca"] {
        let config = parse(&with_secret(variable::ELK_CA, text)).unwrap();
        assert!(config.process.elasticsearch.as_ref().unwrap().ca.is_some(), "{text}");
    }
    for text in ["MIIB", key, &format!("{pem}{key}"), "/etc/ssl/ca.pem"] {
        let error = parse(&with_secret(variable::ELK_CA, text)).unwrap_err();
        let says = "ELK_ELASTIC_CA (value not shown) must be certificates in PEM";
        assert!(error.contains(says) && !error.contains("MIIB"), "{error}");
    }
    let error = fault(&[(variable::ELK_CA, pem)]);
    assert!(error.contains("ELK_ELASTIC_CA") && error.contains("must not be set alone"), "{error}");
}

#[test]
fn elasticsearchs_own_rules_for_names_are_kept() {
    let elasticsearch = |name: &'static str, value: &str| {
        let mut variables = with(&[
            (variable::ELK_URL, "https://example.com:9200"),
            (variable::ELK_USER, "elastic"),
            (variable::ELK_PASS, "changeme"),
            (variable::ELK_INDEX, "dynoscaler"),
        ]);
        variables.insert(name, value.to_owned());
        parse(&variables)
    };
    let long = "a".repeat(256);
    for (name, refused, accepted) in [
        (variable::ELK_USER, &["a:b", "line\n", "\u{fffd}"][..], &["élastic user"][..]),
        (variable::ELK_PASS, &["line\n", "\u{fffd}"], &["pass:word 1"]),
        (
            variable::ELK_INDEX,
            &["-a", "_a", "+a", ".", "..", "Upper", "a b", &long],
            &["a.b-c_d+1", ".hidden"],
        ),
        (variable::ELK_TYPE, &["_type", "a b", &long], &["_doc", "cycle-1"]),
    ] {
        for value in refused {
            let error = elasticsearch(name, value).unwrap_err();
            assert!(error.contains(&format!("{name} ")), "{name} = {value:?}: {error}");
        }
        for value in accepted {
            let config = elasticsearch(name, value).unwrap();
            let config = config.process.elasticsearch.as_ref().unwrap();
            let kept = [&config.user, exposed(&config.password), &config.index, &config.doc_type];
            assert!(kept.contains(value), "{name} = {value:?}: {kept:?}");
        }
    }
}

#[test]
fn every_level_of_the_log_has_its_name_in_any_case() {
    for level in ["error", "Warn", "info", "DEBUG", "trace"] {
        let config = parse(&with(&[(variable::LOG_LEVEL, level)])).unwrap();
        assert_eq!(config.process.log_level.as_str().to_lowercase(), level.to_lowercase());
    }
}

#[test]
fn records_are_metrics_unless_that_is_switched_off() {
    for (text, metrics) in [("", Metrics::On), ("on", Metrics::On), ("off", Metrics::Off)] {
        assert_eq!(parse(&with(&[(variable::METRICS, text)])).unwrap().process.metrics, metrics);
    }
}

#[test]
fn nothing_is_an_event_unless_that_is_switched_on() {
    for (text, is_on) in [("", false), ("off", false), ("on", true)] {
        let config = parse(&with(&[(variable::EVENTS, text)])).unwrap();
        let bus = config.process.event_bus.as_ref();
        assert_eq!(bus.map(|bus| bus.region.as_str()), is_on.then_some("eu-west-1"), "{text:?}");
    }
}

#[test]
fn web_is_scaled_only_if_it_is_allowed_explicitly() {
    let web = (variable::PROCESS, "web");
    for allowed in ["", "false"] {
        let error = fault(&[web, (variable::ALLOW_WEB, allowed)]);
        let says =
            r#"MY_HEROKU_AS_PROCESS = "web" must not be web unless DYNOSCALER_ALLOW_WEB is true"#;
        assert!(error.contains(says), "{error}");
    }
    let config = parse(&with(&[web, (variable::ALLOW_WEB, "true")])).unwrap();
    assert_eq!(config.target.id.process, "web");
}

#[test]
fn a_fixed_size_is_a_range_of_one() {
    let config = parse(&with(&[(variable::MIN_DYNOS, "5")])).unwrap();
    assert_eq!(config.target.policy.bounds, Bounds { min: 5, max: 5 });
}

#[test]
fn changes_are_made_unless_a_dry_run_is_requested() {
    assert_eq!(parse(&with(&[(variable::DRY_RUN, "false")])).unwrap().target.mode, Mode::Live);
}

#[test]
fn the_environment_is_that_of_the_process() {
    let environment = Environment::of_process();
    assert_eq!(environment.get("CARGO_PKG_NAME"), Some(env!("CARGO_PKG_NAME")));
    assert_eq!(environment.get("DYNOSCALER_NEVER_SET"), None);
}

#[test]
fn a_services_own_endpoint_wins() {
    let config = parse(&with(&[
        (variable::ENDPOINT_URL, "http://127.0.0.1:4566"),
        (variable::ENDPOINT_URL_SQS, "http://127.0.0.1:9324"),
    ]))
    .unwrap();
    assert_eq!(config.sqs.head.endpoint_url.as_ref().unwrap().port(), Some(9324));
    assert_eq!(config.process.dynamodb.endpoint_url.as_ref().unwrap().port(), Some(4566));
}

#[test]
fn a_fault_of_the_endpoint_that_all_services_share_is_reported_once() {
    let error = fault(&[(variable::ENDPOINT_URL, "localhost:4566")]);
    assert!(error.starts_with("1 environment variable is not valid; AWS_ENDPOINT_URL"), "{error}");
}

#[test]
fn a_dry_run_counts_under_a_key_of_its_own() {
    let config = parse(&with(&[(variable::DRY_RUN, "true")])).unwrap();
    assert_eq!(
        (config.target.mode, config.target.state_key().as_str()),
        (Mode::DryRun, "my-app/worker#dry-run")
    );
}

#[test]
fn an_app_may_be_named_by_its_uuid() {
    let uuid = "01234567-89ab-cdef-0123-456789abcdef";
    assert_eq!(parse(&with(&[(variable::APP, uuid)])).unwrap().target.id.app, uuid);
}

#[test]
fn each_rule_has_its_own_settings_and_defaults() {
    let policy = |changes: &[(&'static str, &str)]| parse(&with(changes)).unwrap().target.policy;
    assert_eq!(policy(&[(variable::POLICY, "step")]).rule, Rule::Step);
    assert_eq!(policy(&[(variable::POLICY, "target")]).rule, Rule::Target { tolerance: 0.1 });
    let rate = |service_level| Rule::Rate(RateSettings { service_level });
    assert_eq!(policy(&[(variable::POLICY, "rate")]).rule, rate(0.99));
    let changed = policy(&[(variable::POLICY, "rate"), (variable::SERVICE_LEVEL, "0.995")]);
    assert_eq!(changed.rule, rate(0.995));
}

#[test]
fn a_setting_that_is_gone_names_what_replaces_it() {
    for name in settings::GONE {
        for (variable, value) in [(name, "1".to_owned()), (variable::SETTINGS, format!("{name}=1"))]
        {
            let error = parse(&with(&[(variable, &value)])).unwrap_err().to_string();
            for named in [name, "is gone", variable::BACKLOG_THRESHOLD, variable::SERVICE_LEVEL] {
                assert!(error.contains(named), "{error}");
            }
        }
    }
}

#[test]
fn the_messages_waiting_always_count_and_others_when_named() {
    for (text, in_flight, delayed) in [
        ("visible", Part::Ignored, Part::Ignored),
        ("in_flight", Part::Counted, Part::Ignored),
        ("visible, in_flight,delayed", Part::Counted, Part::Counted),
    ] {
        let config = parse(&with(&[(variable::BACKLOG_INCLUDES, text)])).unwrap();
        let expected = BacklogIncludes { in_flight, delayed };
        assert_eq!(config.target.policy.backlog_includes, expected, "{text}");
    }
}

/// The fault of one setting that does not exist.
fn fault_of(name: &'static str) -> String {
    fault(&[(name, "s3cr3t-s3cr3t")])
}

// case F3
#[test]
fn a_name_that_is_no_settings_is_a_fault_that_names_the_nearest_and_no_value() {
    for (name, nearest) in [
        ("DYNOSCALER_DRYRUN", variable::DRY_RUN),
        ("DYNOSCALER_MAX_DYNO", variable::MAX_DYNOS),
        ("dynoscaler_max_dynos", variable::MAX_DYNOS),
        ("MY_HEROKU_AUTH_TOKN", variable::TOKEN),
        ("ELK_PASS", variable::ELK_PASS),
        ("AWS_SQS_NMAE", variable::SQS_NAME),
    ] {
        let error = fault_of(name);
        let says = format!("{name} (value not shown) is no setting: the nearest is {nearest}");
        assert_eq!(error, format!("1 environment variable is not valid; {says}"));
    }
}

// case F3
#[test]
fn a_name_that_is_another_programs_is_left_alone() {
    for name in ["AWS_PROFILE", "AWS_SQS_QUEUE_URL", "HEROKU_API_KEY", "LOG_GROUP", "PATH"] {
        parse(&with(&[(name, "something")])).unwrap();
    }
    parse(&with(&[("DYNOSCALER_DRYRUN", "")])).unwrap();
}

#[test]
fn a_setting_in_the_text_of_settings_is_as_good_as_its_own_variable() {
    let text = "DYNOSCALER_MAX_STEP_UP=2  DYNOSCALER_TOLERANCE=0.2\nDYNOSCALER_POLICY=target \
        LOG_LEVEL=debug DYNOSCALER_MAX_STEP_DOWN=";
    let config = parse(&with(&[(variable::SETTINGS, text)])).unwrap();
    assert_eq!(config.target.policy.max_step_up, Some(2));
    assert_eq!(config.target.policy.rule, Rule::Target { tolerance: 0.2 });
    assert_eq!(
        (config.process.log_level, config.target.policy.max_step_down),
        (tracing::Level::DEBUG, None)
    );
    let error = fault(&[(variable::SETTINGS, "DYNOSCALER_TOLERANCE=2")]);
    assert!(error.contains(r#"DYNOSCALER_TOLERANCE = "2" must be"#), "{error}");
}

// case F3
#[test]
fn a_fault_in_the_text_of_settings_names_it() {
    for (text, says) in [
        ("DYNOSCALER_TABLE", "must be NAME=value pairs between spaces"),
        ("DYNOSCALER_TOLERANCE= 0.2", "must be NAME=value pairs between spaces"),
        ("=1", "must be NAME=value pairs between spaces"),
        ("HRKU-s3cr3t=x", "must be NAME=value pairs between spaces"),
        ("DYNOSCALER_SETTINGS=x", "must not name itself"),
        (
            "DYNOSCALER_MAX_STEPUP=2",
            "names DYNOSCALER_MAX_STEPUP, which is no setting: the nearest is DYNOSCALER_MAX_STEP_UP",
        ),
        (
            "AWS_REGION=eu-west-1",
            "names AWS_REGION, which is no setting: the nearest is AWS_SQS_REGION",
        ),
        ("LOG_LEVEL=info LOG_LEVEL=info", "names LOG_LEVEL twice"),
        (
            "DYNOSCALER_MAX_DYNOS=9",
            "names DYNOSCALER_MAX_DYNOS, which is set by its own variable as well",
        ),
        (
            "ELK_ELASTIC_PASS=s3cr3t-s3cr3t",
            "names ELK_ELASTIC_PASS, of which it may say ssm:/name and no secret itself",
        ),
    ] {
        let error = fault(&[(variable::SETTINGS, text)]);
        let says = format!("; DYNOSCALER_SETTINGS (value not shown) {says}");
        assert!(error.contains(&says), "{text}: {error}");
        assert!(!error.contains("s3cr3t"), "{error}");
    }
}

#[test]
fn a_flag_comes_before_the_text_of_settings() {
    let set = with(&[(variable::SETTINGS, "DYNOSCALER_MAX_STEP_UP=2")]);
    let mut environment = environment(&set);
    environment.set(variable::MAX_STEP_UP, "3");
    environment.set_default(variable::MAX_STEP_UP, "4");
    assert_eq!(environment.policy().unwrap().max_step_up, Some(3));
}

#[test]
fn an_environment_shows_its_names_and_no_value() {
    let shown = format!("{:?}", environment(&valid()));
    assert!(shown.contains(variable::TOKEN) && !shown.contains("HRKU"), "{shown}");
}

#[test]
fn the_defaults_of_the_settings_are_those_of_the_policy() {
    for name in RuleName::ALL {
        let config = parse(&with(&[
            (variable::UP_CYCLES, "2"),
            (variable::DOWN_CYCLES, "5"),
            (variable::POLICY, name.label()),
        ]));
        let usual = Policy::new(Bounds { min: 0, max: 5 }, 0.5);
        assert_eq!(config.unwrap().target.policy, Policy { rule: Rule::from(name), ..usual });
    }
}

mod at_terminal {
    use dynoscaler::config::AtTerminal;

    use super::*;

    fn parse(variables: &Variables) -> Result<AtTerminal, String> {
        AtTerminal::at_terminal(&environment(variables)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_table_may_be_missing_and_the_chain_finds_the_keys() {
        let mut variables = valid();
        for name in [variable::TABLE, variable::ROLE_KEY_ID, variable::ROLE_SECRET] {
            variables.remove(name);
        }
        let config = parse(&variables).unwrap();
        assert_eq!(
            (&config.process.dynamodb, &config.sqs.head.keys),
            (&None, &QueueKeys::Own(KeySource::Chain))
        );
        assert_eq!(config.process.parameter_store.keys, KeySource::Chain);
        let config = parse(&valid()).unwrap();
        let table = config.process.dynamodb.as_ref().unwrap();
        assert_eq!((table.table.as_str(), &table.keys), ("state", &KeySource::Chain));
    }

    #[test]
    fn the_pair_for_the_queue_comes_before_the_chain() {
        let pair = [(variable::AWS_KEY, "OTHER"), (variable::AWS_SECRET, "othersecret")];
        let config = parse(&with(&pair)).unwrap();
        assert_eq!(super::pair(&config.sqs.head.keys).access_key_id.expose(), "OTHER");
        assert_eq!(config.process.dynamodb.as_ref().unwrap().keys, KeySource::Chain);
    }

    #[test]
    fn all_else_is_as_strict_as_in_the_function() {
        let error =
            parse(&with(&[(variable::TABLE, "a"), (variable::MAX_DYNOS, "0")])).unwrap_err();
        assert!(error.contains(variable::TABLE) && error.contains(variable::MAX_DYNOS), "{error}");
    }
}
