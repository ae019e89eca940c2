"""The permissions of the function, and its access to its secrets."""

import json
import re

import pytest
from conftest import ROOT

OWN = {
    ("dynamodb:GetItem", "<StateTable.Arn>"),
    ("dynamodb:UpdateItem", "<StateTable.Arn>"),
    ("logs:CreateLogStream", "<LogGroup.Arn>"),
    ("logs:PutLogEvents", "<LogGroup.Arn>"),
    ("sqs:SendMessage", "<FailedInvocations.Arn>"),
    ("ssm:GetParameter", "arn:aws:ssm:eu-west-1:111122223333:parameter/dynoscaler/token"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/*"),
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
        ("https://queue.amazonaws.com/444455556666/jobs", "", "arn:aws:sqs:us-east-1:444455556666:jobs"),  # case E1
        ("https://sqs-fips.us-west-2.amazonaws.com/444455556666/jobs", "", "arn:aws:sqs:us-west-2:444455556666:jobs"),
        ("https://sqs.eu-west-3.api.aws/444455556666/queue", "", "arn:aws:sqs:eu-west-3:444455556666:queue"),
        ("https://sqs.internal.example.com/444455556666/jobs", "us-east-1", "arn:aws:sqs:us-east-1:444455556666:jobs"),
    ],
)
def test_the_role_may_read_the_queue_in_whichever_form_it_is_given_and_nothing_else(stack, name, region, arn):
    assert stack(AwsSqsName=name, AwsSqsRegion=region).allowed() == OWN | backlog_of(arn)


def test_the_role_may_read_each_of_several_queues_and_nothing_else(stack):
    arns = [f"arn:aws:sqs:{region}:444455556666:{name}" for region, name in [("eu-west-1", "jobs"), ("us-east-1", "mailers.fifo")]]
    assert stack(AwsSqsName=",".join(arns)).allowed() == OWN | backlog_of(arns[0]) | backlog_of(arns[1])


def test_a_queue_of_another_account_lets_in_what_the_role_may_do_and_no_more(stack):  # case A5
    page = (ROOT / "docs/OPERATIONS.md").read_text().split("## A queue of another account")[1]
    [statement] = json.loads(re.search(r"```json\n(.*?)```", page, re.DOTALL)[1])["Statement"]
    arn = statement["Resource"]
    assert stack(AwsSqsName=arn).allowed() - OWN == {(action, arn) for action in statement["Action"]}
    [output] = statement["Principal"].values()
    assert stack().raw["Outputs"][output]["Value"] == {"Fn::GetAtt": ["Role", "Arn"]}


def test_with_a_key_of_its_own_for_the_queue_the_role_may_not_read_it(stack):
    keyed = stack(AwsKey="AKIA0", AwsSecretParameter="/s").allowed()
    assert keyed == OWN | {("ssm:GetParameter", "arn:aws:ssm:eu-west-1:111122223333:parameter/s")}


def test_traces_may_be_sent_only_if_there_are_some(stack):
    traced = {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}
    assert stack(Tracing="Active").allowed() == DEFAULT | traced
    assert stack().allowed() == DEFAULT


def test_events_may_be_sent_only_if_they_are_on_and_to_the_default_bus_under_the_project_s_name(stack):
    sending = stack(DynoscalerSettings="LOG_LEVEL=debug DYNOSCALER_EVENTS=on")
    assert sending.allowed() == DEFAULT | {("events:PutEvents", "arn:aws:events:eu-west-1:111122223333:event-bus/default")}
    [policy] = sending.resource("Role")["Policies"]
    [statement] = [s for s in policy["PolicyDocument"]["Statement"] if s["Action"] == "events:PutEvents"]
    source = re.search(r'SOURCE: &str = "(\w+)"', (ROOT / "src/adapters/event_bus.rs").read_text())[1]
    assert statement["Condition"] == {"StringEquals": {"events:source": source}}
    assert stack(DynoscalerSettings="DYNOSCALER_EVENTS=off").allowed() == DEFAULT


def test_lambda_alone_may_take_the_role(stack):
    [statement] = stack().resource("Role")["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def test_only_the_rule_may_invoke_the_function(stack):
    stack = stack()
    [permission] = stack.of_type("AWS::Lambda::Permission")
    permission = stack.resource(permission)
    [rule] = stack.of_type("AWS::Events::Rule")
    assert (permission["Principal"], permission["SourceArn"]) == ("events.amazonaws.com", f"<{rule}.Arn>")


@pytest.mark.parametrize(("seconds", "queues"), [(15, 3), (20, 2), (30, 1), (60, 0)])
def test_the_role_may_take_delayed_ticks_and_the_rule_alone_may_send_them(stack, seconds, queues):
    stack, queues = stack(CycleSeconds=seconds), ["FirstDelay", "SecondDelay", "ThirdDelay"][:queues]
    taking = {f"sqs:{action}" for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    assert stack.allowed() - DEFAULT == {(action, f"<{queue}.Arn>") for action in taking for queue in queues}
    policies = stack.of_type("AWS::SQS::QueuePolicy")
    assert policies == ({"FailedInvocationsPolicy", "DelaysPolicy"} if queues else {"FailedInvocationsPolicy"})
    if queues:
        policy = stack.resource("DelaysPolicy")
        assert policy["Queues"] == [f"<{queue}>" for queue in queues]
        allowed, denied, in_the_clear = policy["PolicyDocument"]["Statement"]
        assert (allowed["Effect"], allowed["Principal"]) == ("Allow", {"Service": "events.amazonaws.com"})
        assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": "<ScalerFunctionTick.Arn>"}}
        assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
        assert denied["Condition"] == {"ArnNotEquals": {"aws:SourceArn": "<ScalerFunctionTick.Arn>"}}
        assert allowed["Action"] == denied["Action"] == "sqs:SendMessage"
        assert denied_in_the_clear([in_the_clear]) == [("sqs:*", "*")]


@pytest.mark.parametrize("boundary", ["arn:aws:iam::111122223333:policy/team/boundary", "arn:aws:iam::aws:policy/PowerUserAccess"])
def test_the_role_is_made_with_the_boundary_that_a_company_requires(stack, boundary):  # case A4
    bounded = stack(PermissionsBoundary=boundary)
    assert bounded.resource("Role")["PermissionsBoundary"] == boundary
    assert bounded.allowed() == DEFAULT
    assert "PermissionsBoundary" not in stack().resource("Role")


# A fleet


def test_a_fleet_s_policies_are_attached_to_the_role_and_add_nothing_else(stack):
    policies = [f"arn:aws:iam::111122223333:policy/{name}" for name in ("queues", "tokens")]
    fleet = stack(DynoscalerTargets="targets.toml", FleetPolicyArns=",".join(policies))
    assert fleet.resource("Role")["ManagedPolicyArns"] == policies
    assert fleet.allowed() == DEFAULT
    assert "ManagedPolicyArns" not in stack(DynoscalerTargets="targets.toml").resource("Role")


def test_a_targets_file_in_a_parameter_may_be_read_and_no_other(stack):
    read = {("ssm:GetParameter", parameter_arn("/team/targets"))}
    assert stack(DynoscalerTargets="ssm:/team/targets").allowed() == DEFAULT | read
    assert stack(DynoscalerTargets="targets.toml").allowed() == DEFAULT


# Secrets, each by its name

SECRETS = {  # parameter: (variable, what else must be given)
    "MyHerokuAuthTokenParameter": ("MY_HEROKU_AUTH_TOKEN", {}),
    "ElkElasticPassParameter": ("ELK_ELASTIC_PASS", {}),
    "AwsSecretParameter": ("AWS_SECRET", {"AwsKey": "AKIA0"}),
}


def parameter_arn(name):
    return f"arn:aws:ssm:eu-west-1:111122223333:parameter{name}"


def secret_arn(name):
    return f"arn:aws:secretsmanager:eu-west-1:111122223333:secret:{name}-??????"


@pytest.fixture(params=SECRETS)
def naming(request, stack):
    """Makes a stack in which this one secret has a name; gives its variable's value as well."""
    variable, others = SECRETS[request.param]

    def make(name):
        made = stack(**{request.param: name}, **others)
        return made, made.resource("ScalerFunction")["Environment"]["Variables"][variable]

    return make


@pytest.mark.parametrize("name", ["/prod/secret", "/aws/reference/secretsmanager/secret"])
def test_the_variable_of_a_secret_has_its_name(naming, name):
    _, value = naming(name)
    assert value == f"ssm:{name}"


def test_a_parameter_s_name_lets_the_role_read_that_parameter(naming):
    made, _ = naming("/prod/secret")
    read = {arn for action, arn in made.allowed() if action == "ssm:GetParameter"}
    assert read - {parameter_arn("/dynoscaler/token"), parameter_arn("/prod/secret-ca")} == {parameter_arn("/prod/secret")}
    assert not {action for action, _ in made.allowed() if action.startswith("secretsmanager:")}


def test_a_secret_s_name_lets_the_role_read_that_secret_too(naming):
    made, _ = naming("/aws/reference/secretsmanager/prod/secret")
    assert made.allowed() >= {
        ("ssm:GetParameter", parameter_arn("/aws/reference/secretsmanager/prod/secret")),
        ("secretsmanager:GetSecretValue", secret_arn("prod/secret")),
    }


def decrypting(stack):
    """The conditions under which the role may decrypt, statement by statement."""
    [policy] = stack.resource("Role")["Policies"]
    return [s["Condition"] for s in policy["PolicyDocument"]["Statement"] if s["Action"] == "kms:Decrypt"]


def test_whichever_key_encrypts_a_secret_the_role_decrypts_that_secret_and_nothing_else(stack):
    through_ssm = {
        "kms:ViaService": "ssm.eu-west-1.amazonaws.com",
        "kms:EncryptionContext:PARAMETER_ARN": [parameter_arn(name) for name in ("/dynoscaler/token", "/elastic", "/elastic-ca")],
    }
    assert decrypting(stack(ElkElasticPassParameter="/elastic")) == [{"StringEquals": through_ssm}]
    [_, through_secrets_manager] = decrypting(stack(MyHerokuAuthTokenParameter="/aws/reference/secretsmanager/heroku"))
    assert through_secrets_manager == {
        "StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:SecretARN": [secret_arn("heroku")]},
    }


def test_each_secret_adds_its_own_permission_and_no_more(stack):
    names = {"MyHerokuAuthTokenParameter": "/a", "ElkElasticPassParameter": "/b", "AwsSecretParameter": "/c"}
    read = {(action, arn) for action, arn in stack(**names, AwsKey="AKIA0").allowed() if action == "ssm:GetParameter"}
    assert read == {("ssm:GetParameter", parameter_arn(f"/{name}")) for name in ("a", "b", "b-ca", "c")}


def test_elasticsearch_s_certificate_is_read_beside_its_password(stack):  # case D3
    certificate = ("ssm:GetParameter", parameter_arn("/elastic-ca"))
    assert certificate in stack(ElkElasticPassParameter="/elastic").allowed()
    assert not [arn for _, arn in stack().allowed() if arn.endswith("-ca")]


# Access to the topic and the queue of failures


def test_alarms_of_this_account_alone_publish_and_over_tls(stack):  # case G10
    statements = stack(AlarmEmail="on-call@example.com").resource("AlarmTopicPolicy")["PolicyDocument"]["Statement"]
    [allowed] = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*"},
    }
    assert denied_in_the_clear(statements) == [("sns:Publish", "<AlarmTopic>")]


def test_failed_invocations_are_kept_and_read_over_tls_alone(stack):  # case G10
    policy = stack().resource("FailedInvocationsPolicy")
    assert policy["Queues"] == ["<FailedInvocations>"]
    assert denied_in_the_clear(policy["PolicyDocument"]["Statement"]) == [("sqs:*", "<FailedInvocations.Arn>")]


def denied_in_the_clear(statements):
    """The actions that are denied without TLS."""
    denied = [statement for statement in statements if statement["Effect"] == "Deny"]
    assert all(s["Principal"] == "*" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for s in denied)
    return [(statement["Action"], statement["Resource"]) for statement in denied]


# Parameters that go together


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({}, True),
        ({"AwsKey": "AKIA0", "AwsSecretParameter": "/s"}, True),
        ({"AwsKey": "AKIA0"}, False),
        ({"AwsSecretParameter": "/s"}, False),
    ],
)
def test_a_key_goes_with_its_secret(stack, parameters, holds):
    assert stack(**parameters).rule_holds("AwsKeyPair") is holds


COMPLETE = {"ElkElasticUrl": "https://e", "ElkElasticUser": "u", "ElkElasticPassParameter": "/p", "ElkIndexAs": "i"}


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({}, True),
        (COMPLETE, True),
        (COMPLETE | {"ElkIndexTypeAs": "_doc"}, True),
        ({"ElkIndexTypeAs": "_doc"}, False),
        ({"ElkElasticPassParameter": "/p"}, False),
        *((COMPLETE | {missing: ""}, False) for missing in COMPLETE),
    ],
)
def test_elasticsearch_is_configured_completely_or_not_at_all(stack, parameters, holds):
    assert stack(**parameters).rule_holds("ElasticsearchWhole") is holds
