"""The checks themselves: each kind of wrong answer must be found."""

import json

import pytest

from recorded import differences
from service_models import service_model
from wire_check import check_answer

ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/one"
JSON_HEADERS = {"x-amzn-RequestId": "id", "Content-Type": "application/x-amz-json-1.1"}
XML_HEADERS = {"x-amzn-RequestId": "id", "Content-Type": "text/xml"}
ROUTE53 = "https://route53.amazonaws.com/doc/2013-04-01/"


def json_problems(operation, body, status=200, headers=JSON_HEADERS, service="acm"):
    model = service_model(service).operation_model(operation)
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return check_answer(model, status, headers, text)


def described(**members):
    return {"Certificate": {"CertificateArn": ARN, **members}}


def test_a_good_answer_passes():
    body = described(Status="ISSUED", CreatedAt=1.5, KeyAlgorithm="RSA-2048", InUseBy=["x"])
    assert json_problems("DescribeCertificate", body) == []


@pytest.mark.parametrize(
    "members, problem",
    [
        ({"Nonsense": 1}, "has no member Nonsense"),
        ({"Status": "PERFECT"}, "is not one of CertificateStatus's values"),
        ({"Status": 5}, "is not a string"),
        ({"CreatedAt": "2026-01-01T00:00:00Z"}, "is not a timestamp"),
        ({"CreatedAt": True}, "is not a timestamp"),
        ({"InUseBy": "x"}, "is not a list"),
        ({"CertificateArn": "short"}, "is below the minimum 20"),
        ({"CertificateArn": "arn without anything"}, "does not match"),
        ({"KeyAlgorithm": "RSA-MANY"}, "is not one of KeyAlgorithm's values"),
        ({"DomainValidationOptions": [{}]}, "required member DomainName is missing"),
    ],
)
def test_wrong_members_are_found(members, problem):
    found = json_problems("DescribeCertificate", described(**members))
    assert any(problem in each for each in found)


def test_wrong_envelopes_are_found():
    good = described()
    assert json_problems("DescribeCertificate", good, status=201) == ["status 201, not 200"]
    [found] = json_problems("DescribeCertificate", good, headers={"x-amzn-RequestId": "id",
                                                                  "Content-Type": "text/html"})
    assert "Content-Type is text/html" in found
    [found] = json_problems(
        "DescribeCertificate", good, headers={"Content-Type": "application/x-amz-json-1.1"}
    )
    assert "no x-amzn-RequestId" in found
    [found] = json_problems("DeleteCertificate", b"{}")
    assert "there is a body" in found


def error(code, status=400, operation="DescribeCertificate", **members):
    headers = {**JSON_HEADERS, "x-amzn-ErrorType": code}
    return json_problems(operation, {"__type": code, **members}, status, headers)


def test_wrong_errors_are_found():
    assert error("ResourceNotFoundException", message="m") == []
    assert "does not declare" in error("NonsenseException", message="m")[0]
    assert "has status 404" in error("ResourceNotFoundException", 404, message="m")[0]
    assert "has no message" in error("ResourceNotFoundException")[0]
    # The model spells this one with a capital letter.
    found = error("AccessDeniedException", operation="DeleteCertificate", message="m")
    assert "has no member message" in found[0]


def xml_problems(operation, body, status=200, headers=XML_HEADERS, namespace=ROUTE53):
    model = service_model("route53").operation_model(operation)
    text = f'<{operation}Response xmlns="{namespace}">{body}</{operation}Response>'
    return check_answer(model, status, headers, text.encode())


GOOD_CHANGE = "<Id>/change/C1</Id><Status>INSYNC</Status><SubmittedAt>{}</SubmittedAt>"


def change_problems(change, **more):
    return xml_problems("GetChange", f"<ChangeInfo>{change}</ChangeInfo>", **more)


def test_xml_is_checked():
    good = GOOD_CHANGE.format("2026-11-21T00:00:00.000Z")
    assert change_problems(good) == []
    assert "is not a timestamp" in change_problems(GOOD_CHANGE.format("today"))[0]
    assert "has no member Nonsense" in change_problems(good + "<Nonsense/>")[0]
    assert "stands twice" in change_problems(good + "<Comment>a</Comment><Comment>b</Comment>")[0]
    assert "Status is missing" in change_problems(good.replace("Status", "Comment"))[0]
    assert change_problems(good, namespace="https://elsewhere/")
    [found] = xml_problems(
        "ListHostedZones",
        "<HostedZones><Zone/></HostedZones><IsTruncated>no</IsTruncated><MaxItems>1</MaxItems>",
    )[-1:]
    assert "'no' is not a boolean" in found


def test_recorded_answers_are_told_apart():
    wanted = {"Arn": "arn:<partition>:x", "At": "datetime", "List": [{"A": 1}], "Empty": []}
    good = {"Arn": "arn:aws:x", "At": __import__("datetime").datetime(2026, 1, 1),
            "List": [{"A": 1}, {"A": 1}], "Empty": []}
    assert differences(wanted, good) == []
    for change in (
        {"Arn": "arn:aws:y"},
        {"At": "2026"},
        {"List": []},
        {"List": [{"A": 2}]},
        {"List": [{"A": "1"}]},
        {"List": [{"A": 1, "B": 2}]},
        {"Empty": [1]},
        {"More": 1},
    ):
        assert len(differences(wanted, {**good, **change})) == 1, change
    assert differences(wanted, {**good, "More": 1}, newer=("More",)) == []
    del good["At"]
    assert differences(wanted, good) == [".At is missing"]
