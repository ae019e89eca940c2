"""What the function may do, and which parameters go together."""

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


# What goes together


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({}, True),
        ({"AwsKey": "AKIA0", "AwsSecret": "s"}, True),
        ({"AwsKey": "AKIA0"}, False),
        ({"AwsSecret": "s"}, False),
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
        ({"ElkIndexTypeAs": "_doc"}, False),
        *((WHOLE | {missing: ""}, False) for missing in WHOLE),
    ],
)
def test_elasticsearch_is_given_whole_or_not_at_all(stack, parameters, holds):
    assert stack(**parameters).rule_holds("ElasticsearchWhole") is holds
