"""IAM's one operation, and what denials look like to AWS's own clients."""

import botocore.exceptions
import pytest

from emulated import ACCOUNT, REGION

USER = f"arn:aws:iam::{ACCOUNT}:user/test"


@pytest.fixture
def iam(clients):
    return clients.client("iam")


@pytest.fixture
def deny(emulator):
    yield lambda action: emulator.control(
        "POST", "/denials", {"principal": "test", "action": action}
    )
    emulator.control("DELETE", "/denials")


def decisions(answer):
    return {
        (each["EvalActionName"], each["EvalResourceName"]): each["EvalDecision"]
        for each in answer["EvaluationResults"]
    }


def test_the_simulation_says_what_calls_find(iam, clients, deny):
    deny("acm:RequestCertificate")
    arn = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"
    answer = iam.simulate_principal_policy(
        PolicySourceArn=USER,
        ActionNames=["acm:RequestCertificate", "acm:ListCertificates"],
        ResourceArns=[arn],
    )
    assert decisions(answer) == {
        ("acm:RequestCertificate", arn): "implicitDeny",
        ("acm:ListCertificates", arn): "allowed",
    }
    acm = clients.client("acm")
    with pytest.raises(acm.exceptions.AccessDeniedException) as refused:
        acm.request_certificate(DomainName="denied.example.com")
    assert refused.value.response["Error"]["Message"] == (
        f"User: {USER} is not authorized to perform: acm:RequestCertificate on resource: "
        f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/* because no identity-based policy allows "
        "the acm:RequestCertificate action"
    )
    acm.list_certificates()


def test_pages(iam):
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=USER,
        ActionNames=["acm:ListCertificates", "acm:GetCertificate", "acm-pca:ListTags"],
        PaginationConfig={"PageSize": 2},
    )
    assert [len(page["EvaluationResults"]) for page in pages] == [2, 1]


def test_refusals(iam, deny):
    actions = ["acm:ListCertificates"]
    with pytest.raises(iam.exceptions.InvalidInputException):
        iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:sts::{ACCOUNT}:assumed-role/Name/session",
            ActionNames=actions,
        )
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/nobody", ActionNames=actions
        )
    deny("iam:*")
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        iam.simulate_principal_policy(PolicySourceArn=USER, ActionNames=actions)


@pytest.mark.parametrize(
    "service, action, operation, code",
    [
        ("acm-pca", "acm-pca:List*", "list_certificate_authorities", "AccessDeniedException"),
        ("route53", "route53:ListHostedZones", "list_hosted_zones", "AccessDenied"),
        ("resourcegroupstaggingapi", "tag:*", "get_resources", "AccessDeniedException"),
    ],
)
def test_denied_by_every_protocol(clients, deny, service, action, operation, code):
    deny(action)
    with pytest.raises(botocore.exceptions.ClientError, match="not authorized to perform") as no:
        getattr(clients.client(service), operation)()
    assert no.value.response["Error"]["Code"] == code
