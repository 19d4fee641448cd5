"""Every operation of AWS Private CA."""

import json

import pytest
from cryptography import x509

import authorities
import made_by_hand
from emulated import ACCOUNT, OTHER_ACCOUNT


@pytest.fixture(scope="module")
def root(emulator, pca):
    return authorities.active_root(emulator, pca)


def status(pca, arn):
    found = pca.describe_certificate_authority(CertificateAuthorityArn=arn)
    return found["CertificateAuthority"]["Status"]


def test_a_root_becomes_active(emulator, pca):
    created = pca.create_certificate_authority(
        CertificateAuthorityType="ROOT",
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "RSA_2048",
            "SigningAlgorithm": "SHA256WITHRSA",
            "Subject": {"CommonName": "RSA root", "Locality": "Berlin"},
        },
        RevocationConfiguration={
            "CrlConfiguration": {
                "Enabled": True,
                "ExpirationInDays": 7,
                "S3BucketName": "certificates",
            },
            "OcspConfiguration": {"Enabled": True},
        },
        Tags=[{"Key": "team", "Value": "conformance"}],
    )
    arn = created["CertificateAuthorityArn"]
    assert status(pca, arn) == "CREATING"
    with pytest.raises(pca.exceptions.RequestInProgressException):
        pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)
    emulator.advance(seconds=3)
    assert status(pca, arn) == "PENDING_CERTIFICATE"
    csr = pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"]
    issued = pca.issue_certificate(
        CertificateAuthorityArn=arn,
        Csr=csr.encode(),
        SigningAlgorithm="SHA512WITHRSA",
        TemplateArn=authorities.ROOT,
        Validity={"Value": 10, "Type": "YEARS"},
    )["CertificateArn"]
    with pytest.raises(pca.exceptions.RequestInProgressException):
        pca.get_certificate(CertificateAuthorityArn=arn, CertificateArn=issued)
    emulator.advance(seconds=2)
    own = pca.get_certificate(CertificateAuthorityArn=arn, CertificateArn=issued)
    assert "CertificateChain" not in own
    pca.import_certificate_authority_certificate(
        CertificateAuthorityArn=arn, Certificate=own["Certificate"].encode()
    )
    assert status(pca, arn) == "ACTIVE"
    assert (
        pca.get_certificate_authority_certificate(CertificateAuthorityArn=arn)["Certificate"]
        == own["Certificate"]
    )
    [certificate] = made_by_hand.read(own["Certificate"])
    made_by_hand.verify(certificate, certificate)


def test_a_subordinate_is_signed_by_its_parent(emulator, pca, root):
    arn = authorities.create(emulator, pca, "SUBORDINATE", "Conformance subordinate")
    csr = pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"].encode()
    _, issued = authorities.issue(emulator, pca, root, csr, authorities.SUBORDINATE, 365)
    with pytest.raises(pca.exceptions.InvalidRequestException):
        pca.import_certificate_authority_certificate(
            CertificateAuthorityArn=arn, Certificate=issued["Certificate"].encode()
        )
    pca.import_certificate_authority_certificate(
        CertificateAuthorityArn=arn,
        Certificate=issued["Certificate"].encode(),
        CertificateChain=issued["CertificateChain"].encode(),
    )
    assert status(pca, arn) == "ACTIVE"
    key = made_by_hand.new_key()
    _, leaf = authorities.issue(emulator, pca, arn, made_by_hand.csr_pem(key, "a.example"))
    [certificate] = made_by_hand.read(leaf["Certificate"])
    parent, grandparent = made_by_hand.read(leaf["CertificateChain"])
    made_by_hand.verify(certificate, parent)
    made_by_hand.verify(parent, grandparent)
    assert certificate.public_key() == key.public_key()


def test_import_refuses_what_does_not_fit(emulator, pca):
    arn = authorities.create(emulator, pca)
    stranger = made_by_hand.self_signed_pem(made_by_hand.new_key(), "stranger", emulator.now())
    with pytest.raises(pca.exceptions.CertificateMismatchException):
        pca.import_certificate_authority_certificate(
            CertificateAuthorityArn=arn, Certificate=stranger
        )
    with pytest.raises(pca.exceptions.MalformedCertificateException):
        pca.import_certificate_authority_certificate(
            CertificateAuthorityArn=arn, Certificate=b"no certificate"
        )


def test_a_parent_elsewhere_signs_a_subordinate(emulator, pca):
    """And a critical extension that Private CA does not allow is refused."""
    arn = authorities.create(emulator, pca, "SUBORDINATE", "Signed elsewhere")
    csr = pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"].encode()
    key = made_by_hand.new_key()
    root = made_by_hand.root_pem(key, "Elsewhere", emulator.now())

    def install(*critical):
        pca.import_certificate_authority_certificate(
            CertificateAuthorityArn=arn,
            Certificate=made_by_hand.signed_authority_pem(
                root, key, csr, emulator.now(), *critical
            ),
            CertificateChain=root,
        )

    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier("http://crl.example/")], None, None, None
    )
    with pytest.raises(pca.exceptions.MalformedCertificateException, match="CRL"):
        install(x509.CRLDistributionPoints([point]))
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    with pytest.raises(pca.exceptions.MalformedCertificateException):
        install(unknown)
    names = x509.NameConstraints([x509.DNSName("example.com")], None)
    install(names)
    assert status(pca, arn) == "ACTIVE"


def test_issuing_is_refused_with_the_reason(emulator, pca, root):
    csr = made_by_hand.csr_pem(made_by_hand.new_key(), "a.example")
    with pytest.raises(pca.exceptions.ClientError, match="exceeds the certificate authority"):
        authorities.issue(emulator, pca, root, csr, days=36500)
    with pytest.raises(pca.exceptions.MalformedCSRException):
        authorities.issue(emulator, pca, root, b"no request")
    with pytest.raises(pca.exceptions.InvalidArnException):
        pca.describe_certificate_authority(
            CertificateAuthorityArn="arn:aws:acm-pca:eu-west-1:123456789012:something/else"
        )
    with pytest.raises(pca.exceptions.ResourceNotFoundException):
        pca.describe_certificate_authority(CertificateAuthorityArn=root[:-1])


def test_a_certificate_is_revoked_once(emulator, pca, root):
    csr = made_by_hand.csr_pem(made_by_hand.new_key(), "a.example")
    _, issued = authorities.issue(emulator, pca, root, csr)
    [certificate] = made_by_hand.read(issued["Certificate"])
    revocation = {
        "CertificateAuthorityArn": root,
        "CertificateSerial": f"{certificate.serial_number:x}",
        "RevocationReason": "SUPERSEDED",
    }
    pca.revoke_certificate(**revocation)
    with pytest.raises(pca.exceptions.RequestAlreadyProcessedException):
        pca.revoke_certificate(**revocation)


def test_permissions(pca, root):
    actions = ["IssueCertificate", "GetCertificate", "ListPermissions"]
    permission = {"CertificateAuthorityArn": root, "Principal": "acm.amazonaws.com"}
    pca.create_permission(**permission, Actions=actions)
    with pytest.raises(pca.exceptions.PermissionAlreadyExistsException):
        pca.create_permission(**permission, Actions=actions)
    [found] = pca.list_permissions(CertificateAuthorityArn=root)["Permissions"]
    assert (found["Actions"], found["SourceAccount"]) == (actions, ACCOUNT)
    pca.delete_permission(**permission)
    assert pca.list_permissions(CertificateAuthorityArn=root)["Permissions"] == []


def test_policies_open_an_authority_to_others(clients, pca, root):
    other = clients.assumed(OTHER_ACCOUNT).client("acm-pca")
    with pytest.raises(other.exceptions.ClientError, match="AccessDenied"):
        status(other, root)
    with pytest.raises(pca.exceptions.InvalidPolicyException):
        pca.put_policy(ResourceArn=root, Policy="{}")
    with pytest.raises(pca.exceptions.ResourceNotFoundException):
        pca.get_policy(ResourceArn=root)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER_ACCOUNT},
        "Action": "acm-pca:DescribeCertificateAuthority",
        "Resource": root,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    pca.put_policy(ResourceArn=root, Policy=policy)
    assert pca.get_policy(ResourceArn=root)["Policy"] == policy
    assert status(other, root) == "ACTIVE"
    pca.delete_policy(ResourceArn=root)
    with pytest.raises(pca.exceptions.ResourceNotFoundException):
        pca.get_policy(ResourceArn=root)


def test_tags(pca, root):
    pca.tag_certificate_authority(
        CertificateAuthorityArn=root, Tags=[{"Key": f"k{i}", "Value": "ü"} for i in range(3)]
    )
    paginator = pca.get_paginator("list_tags")
    pages = list(paginator.paginate(CertificateAuthorityArn=root, MaxResults=2))
    assert [len(page["Tags"]) for page in pages] == [2, 1]
    with pytest.raises(pca.exceptions.InvalidTagException):
        pca.tag_certificate_authority(CertificateAuthorityArn=root, Tags=[{"Key": "aws:no"}])
    pca.untag_certificate_authority(
        CertificateAuthorityArn=root, Tags=[{"Key": f"k{i}"} for i in range(2)]
    )
    assert pca.list_tags(CertificateAuthorityArn=root)["Tags"] == [{"Key": "k2", "Value": "ü"}]


def test_an_authority_is_disabled_deleted_and_restored(emulator, pca):
    arn = authorities.active_root(emulator, pca)
    with pytest.raises(pca.exceptions.InvalidStateException):
        pca.delete_certificate_authority(CertificateAuthorityArn=arn)
    pca.update_certificate_authority(CertificateAuthorityArn=arn, Status="DISABLED")
    assert status(pca, arn) == "DISABLED"
    pca.delete_certificate_authority(
        CertificateAuthorityArn=arn, PermanentDeletionTimeInDays=7
    )
    assert status(pca, arn) == "DELETED"
    with pytest.raises(pca.exceptions.InvalidStateException):
        pca.list_tags(CertificateAuthorityArn=arn)
    pca.restore_certificate_authority(CertificateAuthorityArn=arn)
    pca.update_certificate_authority(
        CertificateAuthorityArn=arn,
        Status="ACTIVE",
        RevocationConfiguration={"OcspConfiguration": {"Enabled": True}},
    )
    found = pca.describe_certificate_authority(CertificateAuthorityArn=arn)
    assert found["CertificateAuthority"]["Status"] == "ACTIVE"
    assert found["CertificateAuthority"]["RevocationConfiguration"]["OcspConfiguration"] == {
        "Enabled": True
    }


def test_authorities_are_listed_page_by_page(emulator, pca, root):
    authorities.create(emulator, pca)
    paginator = pca.get_paginator("list_certificate_authorities")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 1}))
    arns = [authority["Arn"] for page in pages for authority in page["CertificateAuthorities"]]
    assert root in arns
    assert len(arns) == len(set(arns)) == len(pages)
    with pytest.raises(pca.exceptions.InvalidNextTokenException):
        pca.list_certificate_authorities(NextToken="junk")


def test_the_waiters_of_boto3_see_the_states(emulator, pca):
    arn = authorities.create(emulator, pca)
    once = {"Delay": 0, "MaxAttempts": 1}
    pca.get_waiter("certificate_authority_csr_created").wait(
        CertificateAuthorityArn=arn, WaiterConfig=once
    )
