"""The specs that the controller works on, edited all the time so that every kill finds it at work;
and what must be true of AWS and of the state in the end."""

import base64
import random
import sqlite3
import subprocess

ACCOUNT = """apiVersion: v1
kind: Secret
metadata: {{name: prod-aws}}
stringData: {{secretAccessKey: test}}
---
apiVersion: certloop.dev/v1alpha1
kind: Account
metadata: {{name: prod}}
spec:
  scope: Account
  regions: [us-east-1, eu-west-1]
  authentication:
    accessKey: {{accessKeyId: test, secretAccessKeyRef: {{name: prod-aws, key: secretAccessKey}}}}
  endpointUrl: http://127.0.0.1:{port}
"""

AUTHORITY = """apiVersion: certloop.dev/v1alpha1
kind: CertificateAuthority
metadata: {{name: {name}}}
spec:
  acmPca:
    accountRef: {{name: prod}}
    region: {region}
    type: ROOT
    keyAlgorithm: EC_prime256v1
    subject: {{commonName: {name}, organization: Example}}
    validityDays: 3650
    tags: {{round: "{round}"}}
"""

CERTIFICATE = """apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {{name: {name}}}
spec:
  domainName: {name}.example.com
  accountRef: {{name: prod}}
  region: {region}
  issuer: {issuer}
  tags: {{round: "{round}"}}
"""

SECRET = """apiVersion: v1
kind: Secret
metadata: {{name: {name}-tls}}
type: kubernetes.io/tls
data:
  tls.crt: {certificate}
  tls.key: {key}
---
"""

REGIONS = {"root-a": "us-east-1", "root-b": "eu-west-1"}


class Workload:
    """`size` certificates of each sort: private, public and imported. Every edit leaves a whole
    directory of specs, which is what must come true if it is the last one."""

    def __init__(self, controller, port, directory, size, seed):
        self.controller = controller
        self.directory = directory
        self.random = random.Random(seed)
        self.round = 0
        self.wanted = {}  # certificate -> its text
        self.issuers = {}
        for index in range(size):
            root = list(REGIONS)[index % len(REGIONS)]
            self.issuers[f"private-{index}"] = (f"{{authority: {{name: {root}}}}}", REGIONS[root])
            self.issuers[f"public-{index}"] = ("{amazon: {}}", "us-east-1")
            self.issuers[f"imported-{index}"] = (
                f"{{imported: {{secretRef: {{name: imported-{index}-tls}}}}}}",
                "eu-west-1",
            )
        controller.write("account.yaml", ACCOUNT.format(port=port))
        for name, region in REGIONS.items():
            controller.write(
                f"{name}.yaml", AUTHORITY.format(name=name, region=region, round=self.round)
            )
        for name in self.issuers:
            self.put(name)

    def put(self, name):
        issuer, region = self.issuers[name]
        text = CERTIFICATE.format(name=name, region=region, issuer=issuer, round=self.round)
        if name.startswith("imported"):
            text = self.secret(name) + text
        self.wanted[name] = text
        self.controller.write(f"{name}.yaml", text)

    def secret(self, name):
        """A Secret with a certificate that has just been made."""
        key, certificate = self.directory / "made.key", self.directory / "made.crt"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            + ["-nodes", "-keyout", key, "-out", certificate, "-days", "90"]
            + ["-subj", f"/CN={name}.example.com"]
            + ["-addext", f"subjectAltName=DNS:{name}.example.com"],
            check=True,
            capture_output=True,
        )
        texts = [base64.b64encode(path.read_bytes()).decode() for path in (certificate, key)]
        return SECRET.format(name=name, certificate=texts[0], key=texts[1])

    def edit(self):
        """Some certificates get other tags (imported ones are imported again), a CA too."""
        self.round += 1
        for name in self.random.sample(sorted(self.issuers), max(1, len(self.issuers) // 2)):
            self.put(name)
        name = self.random.choice(sorted(REGIONS))
        self.controller.write(
            f"{name}.yaml", AUTHORITY.format(name=name, region=REGIONS[name], round=self.round)
        )

    def unready(self):
        """What is not as the specs say, by the controller's own words."""
        found = []
        listed = self.controller.objects("certificate")
        objects = {each["metadata"]["name"]: each for each in listed}
        for name in sorted(set(self.wanted) | set(objects)):
            if name not in objects or name not in self.wanted:
                found.append(f"certificate {name}: {'missing' if name in self.wanted else 'extra'}")
                continue
            found += waits_for(f"certificate {name}", objects[name])
        for each in self.controller.objects("certificateauthority"):
            found += waits_for(f"certificateauthority {each['metadata']['name']}", each)
        return found

    def faults(self, certificates, authorities):
        """What AWS holds that it should not, or lacks. `certificates`: the emulator's list."""
        found = []
        owners = [f"default/default/{name}" for name in self.wanted]
        held = [each["Tags"].get("certloop.dev/owner", "nobody's") for each in certificates]
        for owner in sorted(set(owners) | set(held)):
            if held.count(owner) != owners.count(owner):
                found.append(f"ACM holds {held.count(owner)} certificates of {owner}")
        found += [f"{each['DomainName']}: {each['Status']}" for each in certificates
                  if each["Status"] != "ISSUED"]
        living = [each for each in authorities if "deletedAt" not in each["life"]]
        if len(authorities) != len(REGIONS) or len(living) != len(REGIONS):
            found.append(f"{len(authorities)} CAs, {len(living)} of them not deleted")
        for each in self.controller.objects("placement"):
            if each.get("status", {}).get("pending"):
                found.append(f"placement {each['metadata']['name']}: a call is still open")
        return found


def waits_for(name, each):
    status = each.get("status", {})
    conditions = {one["type"]: one for one in status.get("conditions", [])}
    if status.get("observedGeneration") != each["metadata"]["generation"]:
        return [f"{name}: not looked at yet"]
    return [
        f"{name}: {kind} {conditions.get(kind, {}).get('status')} "
        f"{conditions.get(kind, {}).get('message', '')}"
        for kind in ("Ready", "InSync")
        if conditions.get(kind, {}).get("status") != "True"
    ]


def store_faults(state):
    """What SQLite says of the database that so many processes died on."""
    found = []
    for path in sorted(state.glob("*.db")) + sorted(state.glob("*.sqlite*")):
        if path.name.endswith(("-wal", "-shm")):
            continue
        with sqlite3.connect(path) as database:
            said = [row[0] for row in database.execute("PRAGMA integrity_check")]
        if said != ["ok"]:
            found.append(f"{path.name}: {said[:3]}")
    return found
