"""Last of all: whatever the emulator offers has been driven, with success, by the tests before."""

import re

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
import urllib3

from emulated import REGION
from service_models import service_model

SERVICES = ["acm", "acm-pca", "sts", "iam", "route53", "resourcegroupstaggingapi"]


def request_of(operation, url):
    """An empty request for the operation."""
    metadata = operation.service_model.metadata
    if metadata["protocol"] == "json":
        target = f"{metadata['targetPrefix']}.{operation.name}"
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        return botocore.awsrequest.AWSRequest("POST", url + "/", headers, b"{}")
    if metadata["protocol"] == "query":
        body = f"Action={operation.name}&Version={metadata['apiVersion']}".encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return botocore.awsrequest.AWSRequest("POST", url + "/", headers, body)
    path = re.sub(r"\{\w+\+?\}", "none", operation.http["requestUri"].split("?")[0])
    return botocore.awsrequest.AWSRequest(operation.http["method"], url + path, {}, b"")


def is_offered(operation, url):
    request = request_of(operation, url)
    signing = operation.service_model.signing_name
    botocore.auth.SigV4Auth(
        botocore.credentials.Credentials("test", "test"), signing, REGION
    ).add_auth(request)
    prepared = request.prepare()
    answer = urllib3.request(
        prepared.method, prepared.url, headers=dict(prepared.headers), body=prepared.body
    )
    assert b"SignatureDoesNotMatch" not in answer.data
    return not any(code in answer.data for code in (b"UnknownOperation", b"InvalidAction"))


def test_every_operation_was_driven(emulator, request):
    if request.config.getoption("keyword") or request.config.getoption("file_or_dir"):
        pytest.skip("only some of the tests ran")
    succeeded = {
        (call["service"], call["operation"]) for call in emulator.calls() if not call["errorCode"]
    }
    offered = {
        (operation.service_model.signing_name, operation.name)
        for name in SERVICES
        for model in [service_model(name)]
        for operation in map(model.operation_model, model.operation_names)
        if is_offered(operation, emulator.url)
    }
    assert len(offered) >= 50
    assert sorted(offered - succeeded) == []
