"""Answers recorded from AWS, and how an answer differs from one."""

import datetime
import json
import re

from service_models import BESIDE

FOLDER = BESIDE / "aws-recorded"


def recorded(service, test):
    """What was recorded under the test of that name."""
    text = (FOLDER / f"{service}.snapshot.json").read_text()
    # The account they were recorded in is shown as this one.
    snapshots = json.loads(text.replace("111111111111", "<account>"))
    [found] = [value for key, value in snapshots.items() if key.endswith("::" + test)]
    return found["recorded-content"]


def differences(wanted, answer, newer=(), path=""):
    """Where the answer has another shape or another fixed value than the recorded one.

    Recorded placeholders ("<cert-id>", "datetime") stand for any text and any time. `newer` names
    members that AWS added after the recording.
    """
    if wanted in ("datetime", "<datetime>"):
        return [] if isinstance(answer, datetime.datetime) else [f"{path}: {answer!r} is no time"]
    if type(wanted) is not type(answer):
        return [f"{path}: {answer!r} instead of {wanted!r}"]
    if isinstance(wanted, dict):
        ignored = {"ResponseMetadata", "HTTPHeaders", *newer}
        keys = (wanted.keys() | answer.keys()) - ignored
        found = []
        for key in sorted(keys):
            if key not in answer:
                found.append(f"{path}.{key} is missing")
            elif key not in wanted:
                found.append(f"{path}.{key} was not recorded: {answer[key]!r}")
            else:
                found += differences(wanted[key], answer[key], newer, f"{path}.{key}")
        return found
    if isinstance(wanted, list):
        if bool(wanted) != bool(answer):
            return [f"{path}: {answer!r} instead of {wanted!r}"]
        found = []
        for index, each in enumerate(answer):
            nearest = min((differences(one, each, newer, f"{path}[{index}]") for one in wanted),
                          key=len)
            found += nearest
        return found
    if isinstance(wanted, str):
        parts = re.split(r"<[^>]+>", wanted)
        if re.fullmatch(".+".join(map(re.escape, parts)), answer):
            return []
    elif wanted == answer:
        return []
    return [f"{path}: {answer!r} instead of {wanted!r}"]
