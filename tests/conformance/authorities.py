"""Private CAs brought to ACTIVE, step by step as the User Guide says."""

ROOT = "arn:aws:acm-pca:::template/RootCACertificate/V1"
SUBORDINATE = "arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1"
SIGNING = "SHA256WITHECDSA"


def create(emulator, pca, kind="ROOT", name="Conformance", **more):
    arn = pca.create_certificate_authority(
        CertificateAuthorityType=kind,
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "EC_prime256v1",
            "SigningAlgorithm": SIGNING,
            "Subject": {"Country": "DE", "Organization": "Example", "CommonName": name},
        },
        **more,
    )["CertificateAuthorityArn"]
    emulator.advance(seconds=3)
    return arn


def issue(emulator, pca, authority, csr, template=None, days=30):
    """The ARN, and what GetCertificate answers."""
    more = {"TemplateArn": template} if template else {}
    arn = pca.issue_certificate(
        CertificateAuthorityArn=authority,
        Csr=csr,
        SigningAlgorithm=SIGNING,
        Validity={"Value": days, "Type": "DAYS"},
        **more,
    )["CertificateArn"]
    emulator.advance(seconds=2)
    return arn, pca.get_certificate(CertificateAuthorityArn=authority, CertificateArn=arn)


def active_root(emulator, pca, name="Conformance root", days=3650, **more):
    arn = create(emulator, pca, name=name, **more)
    csr = pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"].encode()
    _, own = issue(emulator, pca, arn, csr, ROOT, days)
    pca.import_certificate_authority_certificate(
        CertificateAuthorityArn=arn, Certificate=own["Certificate"].encode()
    )
    return arn
