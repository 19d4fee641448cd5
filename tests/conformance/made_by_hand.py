"""Keys, requests and certificates that do not come from the emulator."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID


def new_key(kind="ec"):
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def csr_pem(key, common_name):
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(common_name))
    names = x509.SubjectAlternativeName([x509.DNSName(common_name)])
    request = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM)


def self_signed_pem(key, common_name, now, days=90):
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(_name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(common_name)]), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def root_pem(key, common_name, now):
    """A root CA's certificate."""
    builder = (
        x509.CertificateBuilder(_name(common_name), _name(common_name), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def signed_authority_pem(root, key, csr, now, *critical):
    """What the root's key makes of a CA's request, with further critical extensions."""
    [issuer] = x509.load_pem_x509_certificates(root)
    request = x509.load_pem_x509_csr(csr)
    builder = (
        x509.CertificateBuilder(issuer.subject, request.subject, request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
    )
    for extension in critical:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def read(pem):
    """One certificate, or all of a chain."""
    return x509.load_pem_x509_certificates(pem.encode())


def verify(certificate, issuer):
    """Raises if the issuer's key did not sign the certificate."""
    certificate.verify_directly_issued_by(issuer)
