"""The emulator's answers beside answers recorded from AWS."""

import datetime

import botocore.exceptions
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import made_by_hand
from emulated import ACCOUNT
from recorded import FOLDER, differences, recorded

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {FOLDER}")

# Members that ACM answers since 2025.
EXPORT = ("Export", "Exported", "ExportOption")
# The recorded names had nobody who could be written to.
MAIL = ("ValidationEmails",)


def same(wanted, answer, newer=()):
    assert differences(wanted, answer, newer) == []


def describe(acm, arn):
    return acm.describe_certificate(CertificateArn=arn)


def summary(acm, arn):
    everything = acm.get_paginator("list_certificates").paginate(
        Includes={"keyTypes": ["RSA_2048"]}
    )
    [found] = [
        each
        for page in everything
        for each in page["CertificateSummaryList"]
        if each["CertificateArn"] == arn
    ]
    return found


def test_a_wildcard_certificate(emulator, acm, route53):
    wanted = recorded("acm", "TestACM::test_certificate_for_subdomain_wildcard")
    zone = route53.create_hosted_zone(Name="recorded.example", CallerReference="recorded")
    answer = acm.request_certificate(DomainName="*.recorded.example", ValidationMethod="DNS")
    same(wanted["request-cert"], answer)
    arn = answer["CertificateArn"]
    emulator.advance(seconds=5)
    pending = describe(acm, arn)
    same(wanted["describe-cert"], pending, EXPORT)
    record = pending["Certificate"]["DomainValidationOptions"][0]["ResourceRecord"]
    route53.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"],
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": record["Name"],
                        "Type": record["Type"],
                        "TTL": 60,
                        "ResourceRecords": [{"Value": record["Value"]}],
                    },
                }
            ]
        },
    )
    emulator.advance(minutes=5)
    same(wanted["describe-cert-2"], describe(acm, arn), EXPORT)
    same(wanted["list-cert"][0], summary(acm, arn), EXPORT)


def test_several_names_by_mail(emulator, acm):
    wanted = recorded("acm", "TestACM::test_create_certificate_for_multiple_alternative_domains")
    arn = acm.request_certificate(
        DomainName="test.example.com",
        SubjectAlternativeNames=[
            "*.test.example.com",
            "another.domain.com",
            "yet-another.domain.com",
        ],
    )["CertificateArn"]
    emulator.advance(seconds=5)
    same(wanted["list-cert-summary-list"], summary(acm, arn))
    emulator.control(
        "POST", "/certificates", {"arn": arn, "failureReason": "ADDITIONAL_VERIFICATION_REQUIRED"}
    )
    # Which of the names made AWS refuse is not the emulator's to know: here all of them did.
    for option in wanted["describe-cert"]["DomainValidationOptions"]:
        option["ValidationStatus"] = "<status>"
    same(wanted["describe-cert"], describe(acm, arn)["Certificate"], MAIL)


def test_one_name_by_mail(emulator, acm):
    wanted = recorded("acm", "TestACM::test_domain_validation")
    arn = acm.request_certificate(DomainName="mail.example.com")["CertificateArn"]
    emulator.advance(seconds=5)
    same(wanted["describe-certificate"], describe(acm, arn), MAIL)
    wanted = recorded(
        "acm", "TestACM::test_list_certificates_with_key_types_filter_requested_certificate"
    )["list-certificates-with-key-types"]["CertificateSummaryList"][0]
    wanted["DomainName"] = "<domain>"
    wanted["SubjectAlternativeNameSummaries"] = ["<domain>"]
    same(wanted, summary(acm, arn), ("ExportOption",))


def recorded_certificate(key, now):
    """What was imported when the answers were recorded, without its one malformed name."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "AU"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Some-State"),
            x509.NameAttribute(NameOID.LOCALITY_NAME, "Some-Locality"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "LocalStack Org"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Testing"),
            x509.NameAttribute(NameOID.COMMON_NAME, "localhost"),
        ]
    )
    names = ["localhost", "test.localhost.atlassian.io", "localhost.localstack.cloud"]
    usages = dict.fromkeys(
        ["data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"],
        False,
    )
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), 0x3E9)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=300))
        .add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=True, key_encipherment=True, **usages
            ),
            False,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_an_imported_certificate(emulator, acm):
    wanted = recorded("acm", "TestACM::test_import_certificate")
    key = made_by_hand.new_key("rsa")
    answer = acm.import_certificate(
        Certificate=recorded_certificate(key, emulator.now()), PrivateKey=made_by_hand.key_pem(key)
    )
    same(wanted["import-certificate-response"], answer)
    arn = answer["CertificateArn"]
    same(wanted["describe-certificate-response"], describe(acm, arn))
    wanted = recorded(
        "acm", "TestACM::test_list_certificates_with_key_types_filter_imported_certificate"
    )
    same(wanted["list-certificates-with-key-types"], summary(acm, arn))


def error_of(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    return refused.value.response


def test_an_assumed_role(clients):
    wanted = recorded("sts", "TestSTSIntegrations::test_assume_role")["assume-role"]
    same(
        wanted,
        clients.client("sts").assume_role(
            RoleArn="arn:aws:iam::111111111111:role/name", RoleSessionName="session"
        ),
    )


@pytest.mark.parametrize(
    "case, arn",
    [
        ("malformed-arn", "nothing-valid-in-here"),
        ("no-partition", "arn::b:::something/test-role"),
        ("no-service", "arn:a::::something/test-role"),
        ("not-enough-colons", "arn:a:::something/test-role"),
        ("no-resource", "arn:a:a::aaaaaaaaaa:"),
    ],
)
def test_a_malformed_role(clients, case, arn):
    wanted = recorded("sts", "TestSTSIntegrations::test_sts_invalid_parameters")[case]
    assume_role = clients.client("sts").assume_role
    same(wanted, error_of(assume_role, RoleArn=arn, RoleSessionName="Session1"))


def test_a_malformed_session_name(clients):
    wanted = recorded("sts", "TestSTSIntegrations::test_sts_invalid_parameters")
    answer = error_of(
        clients.client("sts").assume_role,
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/name",
        RoleSessionName="Session1:2",
    )
    same(wanted["invalid-session-name"], answer)


@pytest.mark.parametrize(
    "case, more",
    [
        (
            "invalid-transitive-tag-keys",
            {"Tags": [{"Key": "a", "Value": "1"}], "TransitiveTagKeys": ["b"]},
        ),
        (
            "duplicate-tag-keys-different-casing",
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
        ),
    ],
)
def test_session_tags(clients, case, more):
    wanted = recorded("sts", "TestSTSAssumeRoleTagging::test_assume_role_tag_validation")[case]
    answer = error_of(
        clients.client("sts").assume_role,
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/name",
        RoleSessionName="session",
        **more,
    )
    same(wanted, answer)


def with_one_server(answer):
    """Recorded answers stand for their name servers by one text."""
    answer["DelegationSet"]["NameServers"] = answer["DelegationSet"]["NameServers"][0]
    return answer


def test_a_hosted_zone(route53):
    wanted = recorded("route53", "TestRoute53::test_create_hosted_zone")
    made = route53.create_hosted_zone(Name="zone.example", CallerReference="recorded zone")
    same(wanted["create_hosted_zone_response"], with_one_server(made))
    found = route53.get_hosted_zone(Id=made["HostedZone"]["Id"])
    same(wanted["get_hosted_zone"], with_one_server(found))


def test_a_private_hosted_zone(route53):
    wanted = recorded("route53", "TestRoute53::test_create_private_hosted_zone")
    made = route53.create_hosted_zone(
        Name="private.example",
        CallerReference="recorded private zone",
        HostedZoneConfig={"Comment": "test"},
        VPC={"VPCRegion": "eu-west-1", "VPCId": "vpc-0123456789abcdef0"},
    )
    same(wanted["create-hosted-zone-response"], made)
    same(wanted["get_hosted_zone"], route53.get_hosted_zone(Id=made["HostedZone"]["Id"]))
    [listed] = [
        each
        for each in route53.list_hosted_zones()["HostedZones"]
        if each["Name"] == "private.example."
    ]
    same(wanted["list_hosted_zones"][0], listed)


def test_refused_zones(route53):
    wanted = recorded("route53", "TestRoute53::test_create_hosted_zone_in_non_existent_vpc")
    answer = error_of(
        route53.create_hosted_zone,
        Name="private.example",
        CallerReference="no vpc at all",
        VPC={"VPCRegion": "eu-west-1", "VPCId": "invalid"},
    )
    same(wanted["failure-response"], answer)
    wanted = recorded("route53", "TestRoute53::test_delete_hosted_zone")
    made = route53.create_hosted_zone(Name="gone.example", CallerReference="recorded gone")
    id = made["HostedZone"]["Id"]
    answer = error_of(route53.delete_hosted_zone, Id=id + "asdf1234")
    same(wanted["no-such-hosted-zone-error"], answer)
    same(wanted["delete-hosted-zone-response"], route53.delete_hosted_zone(Id=id))
