"""What the function may do, and how it comes to its secrets."""

import pytest

OWN = {
    ("dynamodb:GetItem", "<StateTable.Arn>"),
    ("dynamodb:UpdateItem", "<StateTable.Arn>"),
    ("logs:CreateLogStream", "<LogGroup.Arn>"),
    ("logs:PutLogEvents", "<LogGroup.Arn>"),
    ("sqs:SendMessage", "<FailedInvocations.Arn>"),
}


def backlog_of(arn):
    return {("sqs:GetQueueAttributes", arn), ("sqs:GetQueueUrl", arn)}


DEFAULT = OWN | backlog_of("arn:aws:sqs:eu-west-1:111122223333:jobs")


@pytest.mark.parametrize(
    ("name", "region", "arn"),
    [
        ("jobs", "", "arn:aws:sqs:eu-west-1:111122223333:jobs"),
        ("jobs", "us-east-2", "arn:aws:sqs:us-east-2:111122223333:jobs"),
        ("jobs.fifo", "", "arn:aws:sqs:eu-west-1:111122223333:jobs.fifo"),
        ("arn", "", "arn:aws:sqs:eu-west-1:111122223333:arn"),
        ("arn:aws:sqs:us-east-1:444455556666:jobs", "", "arn:aws:sqs:us-east-1:444455556666:jobs"),
        ("https://sqs.ap-south-1.amazonaws.com/444455556666/jobs", "", "arn:aws:sqs:ap-south-1:444455556666:jobs"),
        ("https://sqs.eu-west-3.api.aws/444455556666/jobs.fifo", "", "arn:aws:sqs:eu-west-3:444455556666:jobs.fifo"),
        ("https://us-west-2.queue.amazonaws.com/444455556666/jobs", "", "arn:aws:sqs:us-west-2:444455556666:jobs"),
        ("https://queue.amazonaws.com/444455556666/jobs", "us-east-1", "arn:aws:sqs:us-east-1:444455556666:jobs"),
    ],
)
def test_the_role_may_read_the_queue_in_whichever_form_it_is_given_and_nothing_else(stack, name, region, arn):
    assert stack(AwsSqsName=name, AwsSqsRegion=region).allowed() == OWN | backlog_of(arn)


def test_with_a_key_of_its_own_for_the_queue_the_role_may_not_read_it(stack):
    assert stack(AwsKey="AKIA0", AwsSecret="s").allowed() == OWN


def test_traces_may_be_sent_only_if_there_are_some(stack):
    traced = {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}
    assert stack(Tracing="Active").allowed() == DEFAULT | traced
    assert stack().allowed() == DEFAULT


def test_lambda_alone_may_take_the_role(stack):
    [statement] = stack().resource("Role")["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def test_only_the_rule_may_invoke_the_function(stack):
    stack = stack()
    [permission] = stack.of_type("AWS::Lambda::Permission")
    permission = stack.resource(permission)
    [rule] = stack.of_type("AWS::Events::Rule")
    assert (permission["Principal"], permission["SourceArn"]) == ("events.amazonaws.com", f"<{rule}.Arn>")


# Secrets by reference

REFERENCES = {  # parameter: (variable, what else must be given)
    "MyHerokuAuthTokenParameter": ("MY_HEROKU_AUTH_TOKEN", {"MyHerokuAuthToken": ""}),
    "ElkElasticPassParameter": ("ELK_ELASTIC_PASS", {}),
    "AwsSecretParameter": ("AWS_SECRET", {}),
}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture(params=REFERENCES)
def referring(request, stack):
    """Makes a stack in which this one secret is given by a reference; says its variable."""
    variable, others = REFERENCES[request.param]

    def make(name, **parameters):
        made = stack(**{request.param: name}, **others, **parameters)
        return made, made.resource("ScalerFunction")["Environment"]["Variables"][variable]

    return make


@pytest.mark.parametrize("name", ["/prod/secret", "/aws/reference/secretsmanager/secret"])
def test_a_secret_kept_elsewhere_is_named_in_its_variable(referring, name):
    _, value = referring(name)
    assert value == f"ssm:{name}"


def test_a_parameter_s_name_lets_the_role_read_that_parameter(referring):
    made, _ = referring("/prod/secret")
    assert made.allowed() == DEFAULT | {("ssm:GetParameter", "arn:aws:ssm:eu-west-1:111122223333:parameter/prod/secret")}


def test_a_secret_s_name_lets_the_role_read_that_secret_too(referring):
    made, _ = referring("/aws/reference/secretsmanager/prod/secret")
    assert made.allowed() == DEFAULT | {
        ("ssm:GetParameter", "arn:aws:ssm:eu-west-1:111122223333:parameter/aws/reference/secretsmanager/prod/secret"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/secret-??????"),
    }


def test_a_key_of_your_own_may_be_used_for_reading_secrets_alone(referring):
    made, _ = referring("/prod/secret", SecretsKeyArn=KEY)
    assert ("kms:Decrypt", KEY) in made.allowed()
    [policy] = made.resource("Role")["Policies"]
    [statement] = [s for s in policy["PolicyDocument"]["Statement"] if s["Action"] == "kms:Decrypt"]
    services = ["ssm.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"]
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": services}}


def test_a_key_without_a_secret_to_read_allows_nothing(stack):
    assert stack(SecretsKeyArn=KEY).allowed() == DEFAULT


def test_each_secret_by_reference_adds_its_own_permission_and_no_more(stack):
    names = {"MyHerokuAuthTokenParameter": "/a", "ElkElasticPassParameter": "/b", "AwsSecretParameter": "/c"}
    read = {(action, arn) for action, arn in stack(**names, AwsKey="AKIA0").allowed() if action == "ssm:GetParameter"}
    assert read == {("ssm:GetParameter", f"arn:aws:ssm:eu-west-1:111122223333:parameter/{name}") for name in "abc"}


# What goes together


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({"MyHerokuAuthToken": "t"}, True),
        ({"MyHerokuAuthToken": "", "MyHerokuAuthTokenParameter": "/t"}, True),
        ({"MyHerokuAuthToken": ""}, False),
        ({"MyHerokuAuthToken": "t", "MyHerokuAuthTokenParameter": "/t"}, False),
    ],
)
def test_the_token_is_given_in_one_way(stack, parameters, holds):
    assert stack(**parameters).rule_holds("HerokuTokenOnce") is holds


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({}, True),
        ({"AwsKey": "AKIA0", "AwsSecret": "s"}, True),
        ({"AwsKey": "AKIA0", "AwsSecretParameter": "/s"}, True),
        ({"AwsKey": "AKIA0", "AwsSecret": "s", "AwsSecretParameter": "/s"}, False),
        ({"AwsKey": "AKIA0"}, False),
        ({"AwsSecret": "s"}, False),
        ({"AwsSecretParameter": "/s"}, False),
    ],
)
def test_a_key_goes_with_one_secret(stack, parameters, holds):
    assert stack(**parameters).rule_holds("AwsKeyPair") is holds


WHOLE = {"ElkElasticUrl": "https://e", "ElkElasticUser": "u", "ElkElasticPass": "p", "ElkIndexAs": "i"}


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({}, True),
        (WHOLE, True),
        (WHOLE | {"ElkIndexTypeAs": "_doc"}, True),
        (WHOLE | {"ElkElasticPass": "", "ElkElasticPassParameter": "/p"}, True),
        (WHOLE | {"ElkElasticPassParameter": "/p"}, False),
        ({"ElkIndexTypeAs": "_doc"}, False),
        ({"ElkElasticPassParameter": "/p"}, False),
        *((WHOLE | {missing: ""}, False) for missing in WHOLE),
    ],
)
def test_elasticsearch_is_given_whole_or_not_at_all(stack, parameters, holds):
    assert stack(**parameters).rule_holds("ElasticsearchWhole") is holds
