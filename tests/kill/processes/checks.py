"""What must be true of AWS, of the specs' objects and of the state. Each function returns what is
wrong, in words; an empty list: nothing is."""

import collections
import sqlite3

OWNER = "certloop.dev/owner"
MARGIN = 2.0  # seconds from the last look at who uses a certificate to its deletion
# AWS forgets the token of a call to Private CA after five minutes; certloop trusts it for three.
TOKEN_LIFE = 180.0

WINDOW, MOST_CALLS = 20.0, 60  # seconds, and the most that one question is asked in them


def owner_of(name):
    return f"default/default/{name}"


def made_twice(made):
    """Two ARNs for one wish, whatever has become of them since."""
    found = []
    wishes = collections.defaultdict(dict)
    for each in made:
        wishes[each.operation, each.wish].setdefault(each.arn, each.at)
    for (operation, wish), arns in sorted(wishes.items()):
        first = min(arns.values())
        again = [at for at in arns.values() if at > first]
        if operation == "IssueCertificate":  # nothing to search there: PROTOCOLS, section 1
            again = [at for at in again if at < first + TOKEN_LIFE]
        if again:
            found.append(f"{operation} made {len(arns)} for {' '.join(wish)}: {', '.join(arns)}")
    return found


def deleted_in_use(deletions, uses):
    """`deletions`: (seconds, ARN); `uses`: ARN -> [since, until]."""
    found = []
    for at, arn in deletions:
        since, until = uses.get(arn, (at, at))
        if since + MARGIN < at and (until is None or at < until):
            found.append(f"asked AWS to delete {arn}, which has been in use for {at - since:.1f} s")
    return found


def hurried(calls):
    """`calls`: (seconds, operation and ARN), in their order, while nothing goes wrong: whoever has
    to wait for AWS does not ask it the same all the time."""
    found = {}
    recent = collections.defaultdict(collections.deque)
    for at, operation in calls:
        window = recent[operation]
        window.append(at)
        while window[0] < at - WINDOW:
            window.popleft()
        if len(window) > MOST_CALLS:
            found[operation] = max(found.get(operation, 0), len(window))
    return [
        f"{operation} was called {count} times within {WINDOW:.0f} s of calm"
        for operation, count in sorted(found.items())
    ]


class Serving:
    """Whoever has had an issued certificate has one until the spec goes."""

    def __init__(self):
        self.issued = set()  # owners
        self.faults = []

    def look(self, wanted, uses, certificates):
        """`wanted`: names. To be called while nothing changes `wanted`."""
        owners = {owner_of(name) for name in wanted}
        now = {each["Tags"].get(OWNER) for each in certificates if each["Status"] == "ISSUED"}
        self.issued &= owners
        for owner in sorted(self.issued - now):
            self.faults.append(f"{owner} has no issued certificate any more")
        self.issued = (self.issued | now) & owners
        held = {each["CertificateArn"] for each in certificates}
        for arn, (_, until) in uses.items():
            if until is None and arn not in held:
                self.faults.append(f"{arn} was in use and is gone")
        self.faults = sorted(set(self.faults))


def unready(objects, wanted, roots):
    """What is not yet as the specs say, by the controller's own words. `wanted`, `roots`: names."""
    found = []
    for kind, names in (("Certificate", wanted), ("CertificateAuthority", roots)):
        there = objects.get(kind, {})
        found += [f"{kind} {name} is not in the state" for name in sorted(set(names) - set(there))]
        found += [f"{kind} {name} is still there" for name in sorted(set(there) - set(names))]
        for name in sorted(set(there) & set(names)):
            found += _waits_for(f"{kind} {name}", there[name])
    for name, each in sorted(objects.get("Placement", {}).items()):
        status = each.get("status", {})
        if status.get("previous"):
            found.append(f"Placement {name} still has {status['previous']}")
    return found


def _waits_for(name, each):
    status = each.get("status", {})
    conditions = {one["type"]: one for one in status.get("conditions", [])}
    if status.get("observedGeneration") != each["metadata"]["generation"]:
        return [f"{name} was not looked at yet"]
    return [
        f"{name}: {kind} is {conditions.get(kind, {}).get('status')}: "
        f"{conditions.get(kind, {}).get('message', '')}"
        for kind in ("Ready", "InSync")
        if conditions.get(kind, {}).get("status") != "True"
    ]


def open_calls(objects):
    return [
        f"{kind} {name}: a call is still open: {each['status']['pending']}"
        for kind, named in sorted(objects.items())
        for name, each in sorted(named.items())
        if each.get("status", {}).get("pending")
    ]


def acm_faults(wanted, certificates, disk, foreign):
    """One certificate for each of `wanted` (name -> Wanted), as its spec says, and none else but
    `foreign` (ARNs)."""
    found = []
    held = collections.defaultdict(list)
    for each in certificates:
        if each["CertificateArn"] not in foreign:
            held[each["Tags"].get(OWNER, "nobody")].append(each)
    owners = {owner_of(name): each for name, each in wanted.items()}
    for owner in sorted(set(owners) | set(held)):
        if len(held[owner]) != (1 if owner in owners else 0):
            arns = ", ".join(each["CertificateArn"] for each in held[owner])
            found.append(f"ACM holds {len(held[owner])} certificates of {owner}: {arns}")
    leaves = {
        each["arn"]: each.get("leaf", "")
        for region in disk["acm"]["regions"]
        for each in region["certificates"]
    }
    for owner, each in sorted(owners.items()):
        if len(held[owner]) == 1:
            found += _differences(owner, each, held[owner][0], leaves)
    return found


def _differences(owner, wanted, found, leaves):
    arn = found["CertificateArn"]
    pairs = {
        "status": ("ISSUED", found["Status"]),
        "region": (wanted.region, found["Region"]),
        "names": (wanted.names(), sorted(found["SubjectAlternativeNames"])),
        "key": (wanted.key_algorithm(), found["KeyAlgorithm"].replace("-", "_")),
        "tag": (str(wanted.round), found["Tags"].get("round")),
    }
    if wanted.sort == "imported":
        pairs["certificate"] = (wanted.pem.decode().strip(), leaves.get(arn, "").strip())
    return [
        f"{owner}, {arn}: {what}: {is_now!r} instead of {should!r}"
        for what, (should, is_now) in pairs.items()
        if should != is_now
    ]


def authority_faults(rounds, disk, foreign):
    """One CA for each name in `rounds` (name -> what its tag says), and none else."""
    found = []
    held = collections.defaultdict(list)
    for each in disk["acm-pca"]["authorities"]:
        if each["arn"] not in foreign:
            held[each["tags"].get(OWNER, "nobody")].append(each)
    owners = {owner_of(name): str(tag) for name, tag in rounds.items()}
    for owner in sorted(set(owners) | set(held)):
        if len(held[owner]) != (1 if owner in owners else 0):
            arns = ", ".join(each["arn"] for each in held[owner])
            found.append(f"Private CA holds {len(held[owner])} CAs of {owner}: {arns}")
            continue
        for each in held[owner]:
            if "deletedAt" in each["life"] or each["life"]["disabled"] or not each["certificate"]:
                found.append(f"CA {owner}: deleted, disabled or without a certificate")
            if each["tags"].get("round") != owners[owner]:
                found.append(f"CA {owner}: its tag is not {owners[owner]}: {each['tags']}")
    return found


def belongings(disk, foreign):
    """What of `disk` is `foreign` (ARNs), to the last byte."""
    certificates = [
        each for region in disk["acm"]["regions"] for each in region["certificates"]
    ]
    everything = certificates + disk["acm-pca"]["authorities"]
    return {each["arn"]: each for each in everything if each["arn"] in foreign}


def neighbour_faults(before, after):
    return [
        f"a neighbour's {arn} {'was changed' if arn in after else 'is gone'}"
        for arn in sorted(before)
        if after.get(arn) != before[arn]
    ]


def record_faults(disk, public):
    """The records of `public` (Wanted that are there, or were), and none else that certloop could
    have written. Those of removed certificates are kept for a week."""
    domains = {each.domain() + "." for each in public}
    found = []
    for zone in disk["route53"]["zones"]:
        for record in zone["records"]:
            first, _, rest = record["name"].partition(".")
            if record["type"] in ("NS", "SOA"):
                continue
            if record["type"] != "CNAME" or not first.startswith("_") or rest not in domains:
                found.append(f"Route 53 holds {record['name']} {record['type']}")
    return found


def store_faults(state):
    """What SQLite says of the database that so many processes died on."""
    paths = [each for each in sorted(state.glob("*.db"))]
    found = [] if paths else [f"{state} holds no database"]
    for path in paths:
        database = sqlite3.connect(path)
        try:
            said = [row[0] for row in database.execute("PRAGMA integrity_check")]
        finally:
            database.close()
        if said != ["ok"]:
            found.append(f"{path.name}: {said[:3]}")
    return found
