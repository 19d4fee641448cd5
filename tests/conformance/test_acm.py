"""Every operation of Certificate Manager that the emulator has."""

import datetime

import pytest
from cryptography.hazmat.primitives import serialization

import authorities
import made_by_hand
from emulated import OTHER_ACCOUNT


@pytest.fixture(scope="module")
def zone(route53):
    return route53.create_hosted_zone(Name="acm.example", CallerReference="acm")["HostedZone"]["Id"]


def describe(acm, arn):
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


def publish(route53, zone, certificate):
    """Puts every validation record into the zone."""
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": record["Name"],
                "Type": record["Type"],
                "TTL": 60,
                "ResourceRecords": [{"Value": record["Value"]}],
            },
        }
        for option in certificate["DomainValidationOptions"]
        for record in [option["ResourceRecord"]]
    ]
    unique = {change["ResourceRecordSet"]["Name"]: change for change in changes}
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": list(unique.values())}
    )


def issued(emulator, acm, route53, zone, name, **more):
    arn = acm.request_certificate(DomainName=name, ValidationMethod="DNS", **more)["CertificateArn"]
    emulator.advance(seconds=5)
    publish(route53, zone, describe(acm, arn))
    emulator.advance(minutes=5)
    assert describe(acm, arn)["Status"] == "ISSUED"
    return arn


def test_a_public_certificate_is_validated_by_dns(emulator, acm, route53, zone):
    arn = acm.request_certificate(
        DomainName="acm.example",
        SubjectAlternativeNames=["*.acm.example", "www.acm.example"],
        ValidationMethod="DNS",
        KeyAlgorithm="EC_prime256v1",
        IdempotencyToken="once",
        Tags=[{"Key": "team", "Value": "a b"}],
    )["CertificateArn"]
    describe(acm, arn)  # incomplete just after the request
    emulator.advance(seconds=5)
    pending = describe(acm, arn)
    assert pending["Status"] == "PENDING_VALIDATION"
    with pytest.raises(acm.exceptions.RequestInProgressException):
        acm.get_certificate(CertificateArn=arn)
    publish(route53, zone, pending)
    emulator.advance(minutes=5)
    certificate = describe(acm, arn)
    assert certificate["Status"] == "ISSUED"
    got = acm.get_certificate(CertificateArn=arn)
    [leaf] = made_by_hand.read(got["Certificate"])
    chain = made_by_hand.read(got["CertificateChain"])
    made_by_hand.verify(leaf, chain[0])
    assert leaf.not_valid_after_utc == certificate["NotAfter"].astimezone(datetime.timezone.utc)
    acm.get_waiter("certificate_validated").wait(
        CertificateArn=arn, WaiterConfig={"Delay": 0, "MaxAttempts": 1}
    )


def test_the_same_token_answers_the_same(acm):
    order = {"DomainName": "t.acm.example", "ValidationMethod": "DNS", "IdempotencyToken": "t1"}
    first = acm.request_certificate(**order)["CertificateArn"]
    assert acm.request_certificate(**order)["CertificateArn"] == first


def test_refusals(acm):
    with pytest.raises(acm.exceptions.ResourceNotFoundException):
        describe(acm, "arn:aws:acm:eu-west-1:123456789012:certificate/none")
    with pytest.raises(acm.exceptions.ClientError, match="ValidationException"):
        describe(acm, "arn:none but long enough")
    with pytest.raises(acm.exceptions.LimitExceededException, match="too many domains"):
        acm.request_certificate(
            DomainName="l.acm.example",
            SubjectAlternativeNames=[f"l{i}.acm.example" for i in range(10)],
            ValidationMethod="DNS",
        )
    with pytest.raises(acm.exceptions.ClientError, match="ValidationException"):
        acm.import_certificate(Certificate=b"no certificate", PrivateKey=b"no key")


def test_tags(acm):
    arn = acm.request_certificate(DomainName="g.acm.example", ValidationMethod="DNS")[
        "CertificateArn"
    ]
    acm.add_tags_to_certificate(
        CertificateArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}]
    )
    tags = acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
    assert {tag["Key"]: tag.get("Value", "") for tag in tags} == {"a": "1", "b": ""}
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "a"}])
    assert len(acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]) == 1
    with pytest.raises(acm.exceptions.InvalidTagException):
        acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "aws:no", "Value": ""}])


@pytest.mark.parametrize("kind, algorithm", [("rsa", "RSA-2048"), ("ec", "EC-prime256v1")])
def test_an_imported_certificate_is_replaced_and_deleted(emulator, acm, kind, algorithm):
    key = made_by_hand.new_key(kind)
    body = {
        "PrivateKey": made_by_hand.key_pem(key),
        "Certificate": made_by_hand.self_signed_pem(key, "i.acm.example", emulator.now()),
    }
    arn = acm.import_certificate(**body, Tags=[{"Key": "kind", "Value": kind}])["CertificateArn"]
    certificate = describe(acm, arn)
    assert (certificate["Type"], certificate["KeyAlgorithm"]) == ("IMPORTED", algorithm)
    body["Certificate"] = made_by_hand.self_signed_pem(key, "i.acm.example", emulator.now())
    assert acm.import_certificate(CertificateArn=arn, **body)["CertificateArn"] == arn
    assert describe(acm, arn)["Serial"] != certificate["Serial"]
    with pytest.raises(acm.exceptions.ClientError, match="ValidationException"):
        acm.export_certificate(CertificateArn=arn, Passphrase=b"passphrase")
    emulator.control("POST", "/in-use", {"arn": arn, "resources": ["arn:aws:x:::balancer"]})
    assert describe(acm, arn)["InUseBy"] == ["arn:aws:x:::balancer"]
    with pytest.raises(acm.exceptions.ResourceInUseException):
        acm.delete_certificate(CertificateArn=arn)
    emulator.control("POST", "/in-use", {"arn": arn, "resources": []})
    acm.delete_certificate(CertificateArn=arn)
    with pytest.raises(acm.exceptions.ResourceNotFoundException):
        describe(acm, arn)


def test_an_exportable_certificate_is_exported_and_revoked(emulator, acm, route53, zone):
    arn = issued(emulator, acm, route53, zone, "e.acm.example", Options={"Export": "ENABLED"})
    exported = acm.export_certificate(CertificateArn=arn, Passphrase=b"a passphrase")
    key = serialization.load_pem_private_key(exported["PrivateKey"].encode(), b"a passphrase")
    [leaf] = made_by_hand.read(exported["Certificate"])
    assert key.public_key() == leaf.public_key()
    acm.update_certificate_options(CertificateArn=arn, Options={"Export": "ENABLED"})
    with pytest.raises(acm.exceptions.ClientError):
        acm.update_certificate_options(CertificateArn=arn, Options={"Export": "DISABLED"})
    answer = acm.revoke_certificate(CertificateArn=arn, RevocationReason="SUPERSEDED")
    assert answer["CertificateArn"] == arn
    revoked = describe(acm, arn)
    assert (revoked["Status"], revoked["RevocationReason"]) == ("REVOKED", "SUPERSEDED")


@pytest.fixture(scope="module")
def renewed(emulator, acm, pca):
    """A private certificate that was exported and renewed, and its serial before."""
    root = authorities.active_root(emulator, pca, "Root for ACM")
    arn = acm.request_certificate(DomainName="p.acm.example", CertificateAuthorityArn=root)[
        "CertificateArn"
    ]
    emulator.advance(seconds=10)
    first = describe(acm, arn)
    assert (first["Status"], first["Type"]) == ("ISSUED", "PRIVATE")
    assert first["CertificateAuthorityArn"] == root
    acm.export_certificate(CertificateArn=arn, Passphrase=b"passphrase")
    pca.create_permission(
        CertificateAuthorityArn=root,
        Principal="acm.amazonaws.com",
        Actions=["IssueCertificate", "GetCertificate", "ListPermissions"],
    )
    acm.renew_certificate(CertificateArn=arn)
    emulator.advance(seconds=10)
    return arn, first["Serial"]


def test_a_private_certificate_is_renewed(acm, renewed):
    arn, serial = renewed
    got = acm.get_certificate(CertificateArn=arn)
    [leaf] = made_by_hand.read(got["Certificate"])
    [issuer] = made_by_hand.read(got["CertificateChain"])
    made_by_hand.verify(leaf, issuer)
    assert leaf.serial_number != int(serial.replace(":", ""), 16)


def test_a_private_renewal_is_described(acm, renewed):
    summary = describe(acm, renewed[0])["RenewalSummary"]
    assert summary["RenewalStatus"] == "SUCCESS"
    assert summary["DomainValidationOptions"] == [{"DomainName": "p.acm.example"}]


def test_a_private_certificate_fails_without_an_authority(emulator, acm, pca):
    pending = authorities.create(emulator, pca)
    arn = acm.request_certificate(DomainName="f.acm.example", CertificateAuthorityArn=pending)[
        "CertificateArn"
    ]
    emulator.advance(seconds=10)
    failed = describe(acm, arn)
    assert (failed["Status"], failed["FailureReason"]) == ("FAILED", "PCA_INVALID_STATE")


def test_email_validation(emulator, acm):
    arn = acm.request_certificate(DomainName="m.acm.example")["CertificateArn"]
    emulator.advance(seconds=5)
    [option] = describe(acm, arn)["DomainValidationOptions"]
    assert option["ValidationMethod"] == "EMAIL"
    acm.resend_validation_email(
        CertificateArn=arn, Domain="m.acm.example", ValidationDomain="acm.example"
    )
    with pytest.raises(acm.exceptions.InvalidDomainValidationOptionsException):
        acm.resend_validation_email(
            CertificateArn=arn, Domain="m.acm.example", ValidationDomain="other.example"
        )
    emulator.control("POST", "/certificates", {"arn": arn, "approve": True})
    emulator.advance(seconds=10)
    assert describe(acm, arn)["Status"] == "ISSUED"
    with pytest.raises(acm.exceptions.InvalidStateException):
        acm.resend_validation_email(
            CertificateArn=arn, Domain="m.acm.example", ValidationDomain="acm.example"
        )


def test_validation_times_out_after_72_hours(emulator, acm):
    arn = acm.request_certificate(DomainName="o.acm.example", ValidationMethod="DNS")[
        "CertificateArn"
    ]
    emulator.advance(hours=73)
    assert describe(acm, arn)["Status"] == "VALIDATION_TIMED_OUT"


def test_lists_are_paged_and_filtered(emulator, acm):
    wanted = {"keyTypes": ["RSA_2048", "EC_prime256v1"]}
    paginator = acm.get_paginator("list_certificates")
    pages = list(
        paginator.paginate(Includes=wanted, SortBy="CREATED_AT", SortOrder="DESCENDING",
                           PaginationConfig={"PageSize": 2})
    )
    arns = [each["CertificateArn"] for page in pages for each in page["CertificateSummaryList"]]
    assert len(arns) == len(set(arns)) > 4
    created = [each["CreatedAt"] for page in pages for each in page["CertificateSummaryList"]]
    assert created == sorted(created, reverse=True)
    only = acm.list_certificates(CertificateStatuses=["FAILED"], Includes=wanted)
    assert {each["Status"] for each in only["CertificateSummaryList"]} == {"FAILED"}
    # Without Includes, keys other than RSA are not shown.
    shown = acm.list_certificates()["CertificateSummaryList"]
    assert {each["KeyAlgorithm"] for each in shown} == {"RSA-2048"}
    with pytest.raises(acm.exceptions.ClientError):
        acm.list_certificates(NextToken="junk")


def test_searches(acm):
    seen, token = [], {}
    while True:
        page = acm.search_certificates(
            MaxResults=2, SortBy="CREATED_AT", SortOrder="DESCENDING", **token
        )
        seen += [each["CertificateArn"] for each in page["Results"]]
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    assert len(seen) == len(set(seen)) > 4
    status = {"Filter": {"AcmCertificateMetadataFilter": {"Status": "FAILED"}}}
    found = acm.search_certificates(FilterStatement=status)["Results"]
    assert found
    for each in found:
        assert each["CertificateMetadata"]["AcmCertificateMetadata"]["Status"] == "FAILED"
    one = {"Filter": {"CertificateArn": seen[0]}}
    [only] = acm.search_certificates(FilterStatement=one)["Results"]
    assert only["CertificateArn"] == seen[0]


def test_account_configuration(acm):
    assert acm.get_account_configuration()["ExpiryEvents"]["DaysBeforeExpiry"] >= 1
    acm.put_account_configuration(ExpiryEvents={"DaysBeforeExpiry": 20}, IdempotencyToken="c1")
    assert acm.get_account_configuration()["ExpiryEvents"] == {"DaysBeforeExpiry": 20}
    with pytest.raises(acm.exceptions.ConflictException):
        acm.put_account_configuration(
            ExpiryEvents={"DaysBeforeExpiry": 30}, IdempotencyToken="c1"
        )


def test_accounts_and_regions_are_apart(clients, acm):
    arn = acm.request_certificate(DomainName="a.acm.example", ValidationMethod="DNS")[
        "CertificateArn"
    ]
    elsewhere = clients.client("acm", "us-east-1")
    assert elsewhere.list_certificates()["CertificateSummaryList"] == []
    other = clients.assumed(OTHER_ACCOUNT).client("acm")
    with pytest.raises(other.exceptions.ClientError):
        describe(other, arn)
