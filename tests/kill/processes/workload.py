"""The specs that the controller works on. They are edited all the time, so that every kill finds it
at work: certificates are added, tagged, imported anew, replaced and removed."""

import base64
import dataclasses
import random
import subprocess
import time

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
  replacementGraceHours: 0
  tags: {{round: "{round}"}}
{more}"""

SECRET = """apiVersion: v1
kind: Secret
metadata: {{name: {name}-tls}}
type: kubernetes.io/tls
data:
  tls.crt: {certificate}
  tls.key: {key}
---
"""

ROOTS = {"root-a": "us-east-1", "root-b": "eu-west-1"}
LATE_ROOT, LATE_ROUND = ("root-c", "us-east-1"), 12  # one more CA, and the edit that brings it
SORTS = ("private", "public", "imported")
# A public certificate is replaced for another key, so that its DNS records stay as they are.
PUBLIC_KEYS = ("RSA_2048", "EC_prime256v1", "EC_secp384r1")
MOST_VERSIONS = 9


@dataclasses.dataclass
class Wanted:
    """One certificate as its spec says it, and as AWS must hold it."""

    name: str
    sort: str
    region: str
    root: str = ""
    version: int = 0  # grows with each replacement
    round: int = 0
    made_by_hand: bool = False  # whether `apply` made it, maybe before the directory was read
    pem: bytes = b""  # of an imported one
    key: bytes = b""

    def domain(self):
        return f"{self.name}.example.com"

    def names(self):
        """All of them, sorted."""
        more = [f"v{self.version}.{self.domain()}"] if self.sort == "private" else []
        return sorted([self.domain(), *more])

    def key_algorithm(self):
        return PUBLIC_KEYS[self.version] if self.sort == "public" else "EC_prime256v1"

    def can_be_replaced(self):
        most = {"private": MOST_VERSIONS, "public": len(PUBLIC_KEYS)}.get(self.sort, 0)
        return self.version + 1 < most

    def spec(self):
        texts = {"name": self.name, "region": self.region, "round": self.round, "more": ""}
        if self.sort == "private":
            texts["issuer"] = f"{{authority: {{name: {self.root}}}}}"
            texts["more"] = f"  additionalNames: [v{self.version}.{self.domain()}]\n"
        elif self.sort == "public":
            texts["issuer"] = "{amazon: {}}"
            texts["more"] = f"  keyAlgorithm: {self.key_algorithm()}\n"
        else:
            texts["issuer"] = f"{{imported: {{secretRef: {{name: {self.name}-tls}}}}}}"
        text = CERTIFICATE.format(**texts)
        if self.sort == "imported":
            encoded = [base64.b64encode(each).decode() for each in (self.pem, self.key)]
            text = SECRET.format(name=self.name, certificate=encoded[0], key=encoded[1]) + text
        return text


def self_signed(domain, directory):
    """A certificate that has just been made, and its key: PEM, as bytes."""
    key, certificate = directory / "made.key", directory / "made.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-keyout", key, "-out", certificate, "-days", "90"]
        + ["-subj", f"/CN={domain}", "-addext", f"subjectAltName=DNS:{domain}"],
        check=True,
        capture_output=True,
    )
    return certificate.read_bytes(), key.read_bytes()


class Workload:
    """`size` certificates of each sort, about. Every edit leaves a whole directory of specs, which
    is what must come true if it is the last one."""

    def __init__(self, controller, emulator, port, directory, size, seed):
        self.controller = controller
        self.emulator = emulator
        self.directory = directory
        self.size = size
        self.random = random.Random(f"{seed} workload")
        self.round = self.added = 0
        self.wanted = {}  # name -> Wanted
        self.removed = {}  # name -> Wanted, as it was last
        self.roots = dict(ROOTS)
        self.root_rounds = {}  # what their tag says
        self.refusals = []  # of commands that must succeed
        self.uses = {}  # ARN -> [since, until], in monotonic seconds
        controller.write("account.yaml", ACCOUNT.format(port=port))
        for name in self.roots:
            self._write_root(name)
        for _ in range(size):
            for sort in SORTS:
                self._add([sort])

    def edit(self, quick):
        """Some edits; what was done, in words. `quick`: only such as come true within a minute,
        whatever goes wrong. A public certificate waits for DNS; an import that may never have been
        sent is sent again after four minutes; and where the answer to a deletion was lost, nobody
        believes for two minutes that what is so young is gone."""
        self.round += 1
        if self.round == LATE_ROUND:
            name, region = LATE_ROOT
            self.roots[name] = region
            self._write_root(name)
            return [f"add {name}"]
        acts = [self._tag, self._tag_root, self._renew, self._replace, self._replace]
        few = len(self.wanted) <= len(SORTS) * self.size
        if few:
            acts += [self._add_private] if quick else [self._add, self._add]
        elif not quick:
            acts += [self.remove, self.remove]
        return [act() for act in self.random.sample(acts, self.random.randint(1, 3))]

    def release(self):
        """Nothing is in use any more."""
        for arn, span in self.uses.items():
            if span[1] is None:
                span[1] = time.monotonic()
                self.emulator.set_in_use(arn, [])

    def _some(self, test):
        fitting = [name for name in sorted(self.wanted) if test(self.wanted[name])]
        return self.wanted[self.random.choice(fitting)] if fitting else None

    def _add_private(self):
        return self._add(["private"])

    def _add(self, sorts=SORTS):
        sort = self.random.choice(sorts)
        root = self.random.choice(sorted(self.roots))
        name = f"{sort}-{self.added}"
        self.added += 1
        region = self.roots[root]
        wanted = Wanted(name, sort, region, root if sort == "private" else "", round=self.round)
        if sort == "imported":
            wanted.pem, wanted.key = self_signed(wanted.domain(), self.directory)
        self.wanted[name] = wanted
        return self._write(wanted, "add")

    def _tag(self):
        names = self.random.sample(sorted(self.wanted), max(1, len(self.wanted) // 3))
        for name in names:
            self.wanted[name].round = self.round
            self._write(self.wanted[name], "tag")
        return f"tag {' '.join(names)}"

    def _tag_root(self):
        name = self.random.choice(sorted(self.roots))
        self._write_root(name)
        return f"tag {name}"

    def _renew(self):
        wanted = self._some(lambda each: each.sort == "imported")
        if wanted is None:
            return "nothing to import anew"
        wanted.pem, wanted.key = self_signed(wanted.domain(), self.directory)
        return self._write(wanted, "import anew")

    def _replace(self):
        wanted = self._some(Wanted.can_be_replaced)
        if wanted is None:
            return "nothing to replace"
        note = " while in use" if self.random.random() < 0.5 and self._use(wanted) else ""
        wanted.version += 1
        return self._write(wanted, "replace") + note

    def remove(self):
        wanted = self.wanted.pop(self.random.choice(sorted(self.wanted)))
        self.removed[wanted.name] = wanted
        self.controller.remove(f"{wanted.name}.yaml")
        # What `apply` made is not the directory's until that is read: removing it in between
        # removes nothing. What the directory brought stays its own, whoever applies it later.
        if not wanted.made_by_hand and self.random.random() < 0.5:
            return f"remove {wanted.name}"
        target = f"certificate/{wanted.name}"
        self._command("delete", target, "--wait=false", "--ignore-not-found")
        return f"remove {wanted.name}, and delete it by hand"

    def _use(self, wanted):
        owner = f"default/default/{wanted.name}"
        for each in self.emulator.certificates():
            if each["Tags"].get("certloop.dev/owner") == owner and each["Status"] == "ISSUED":
                arn = each["CertificateArn"]
                user = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/x/1"
                self.emulator.set_in_use(arn, [user])
                self.uses[arn] = [time.monotonic(), None]
                return True
        return False

    def _write(self, wanted, act):
        path = self.controller.write(f"{wanted.name}.yaml", wanted.spec())
        if self.round == 0 or self.random.random() < 0.67:
            return f"{act} {wanted.name}"
        wanted.made_by_hand = wanted.made_by_hand or act == "add"
        self._command("apply", "-f", str(path), "--wait=false")
        return f"{act} {wanted.name}, and apply it by hand"

    def _write_root(self, name):
        region = self.roots[name]
        text = AUTHORITY.format(name=name, region=region, round=self.round)
        self.controller.write(f"{name}.yaml", text)
        self.root_rounds[name] = self.round

    def _command(self, *arguments):
        done = self.controller.command(*arguments)
        if done.returncode != 0:
            self.refusals.append(
                f"certloop {' '.join(arguments)} exits with {done.returncode}: {done.stderr}"
            )
