"""Calls to the emulated AWS by somebody who is not certloop: neighbours, and whoever does harm."""

import base64
import datetime
import hashlib
import hmac
import json
import urllib.request

TARGETS = {"acm": "CertificateManager", "acm-pca": "ACMPrivateCA"}


class Aws:
    """Signs with Signature Version 4, as the key "test" that every emulator knows."""

    def __init__(self, port):
        self.host = f"127.0.0.1:{port}"

    def call(self, service, region, operation, request):
        body = json.dumps(request).encode()
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "host": self.host,
            "x-amz-date": now,
            "x-amz-target": f"{TARGETS[service]}.{operation}",
        }
        headers["authorization"] = _authorization(headers, body, now, region, service)
        asked = urllib.request.Request(f"http://{self.host}/", data=body, headers=headers)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def import_certificate(self, region, certificate, key, tags):
        """The ARN. `certificate` and `key`: PEM, as bytes."""
        request = {
            "Certificate": base64.b64encode(certificate).decode(),
            "PrivateKey": base64.b64encode(key).decode(),
            "Tags": _tag_list(tags),
        }
        return self.call("acm", region, "ImportCertificate", request)["CertificateArn"]

    def delete_certificate(self, region, arn):
        self.call("acm", region, "DeleteCertificate", {"CertificateArn": arn})

    def tag_certificate(self, region, arn, tags):
        request = {"CertificateArn": arn, "Tags": _tag_list(tags)}
        self.call("acm", region, "AddTagsToCertificate", request)

    def create_authority(self, region, name, tags):
        request = {
            "CertificateAuthorityType": "ROOT",
            "CertificateAuthorityConfiguration": {
                "KeyAlgorithm": "EC_prime256v1",
                "SigningAlgorithm": "SHA256WITHECDSA",
                "Subject": {"CommonName": name, "Organization": "Example"},
            },
            "Tags": _tag_list(tags),
        }
        answer = self.call("acm-pca", region, "CreateCertificateAuthority", request)
        return answer["CertificateAuthorityArn"]


def _tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _authorization(headers, body, now, region, service):
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    digest = hashlib.sha256(body).hexdigest()
    canonical = hashlib.sha256(f"POST\n/\n\n{lines}\n{names}\n{digest}".encode()).hexdigest()
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    key = b"AWS4test"
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{canonical}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return (
        f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders={names}, Signature={signature}"
    )
