"""A running emulator, and clients of boto3 whose every answer is checked."""

import datetime
import json
import os
import subprocess
import urllib.request

import botocore.auth
import botocore.config
import botocore.session

import wire_check

REGION = "eu-west-1"
ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"


class Emulator:
    """The server process and its controls under /_certloop."""

    def __init__(self):
        self.process = subprocess.Popen(
            [os.environ["EMULATOR_SERVER"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://"), "the emulator did not start"
        self.offset = datetime.timedelta()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/_certloop" + path, data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def advance(self, **by):
        """Moves the emulator's clock, and with it the one that signs."""
        delta = datetime.timedelta(**by)
        self.control("POST", "/clock", {"advanceSeconds": delta.total_seconds()})
        self.offset += delta

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + self.offset

    def calls(self):
        return self.control("GET", "/calls")["calls"]


class Clients:
    """boto3's clients of one set of credentials, by service and region."""

    def __init__(self, emulator, key="test", secret="test", token=None):
        self.emulator = emulator
        self.credentials = (key, secret, token)
        self.made = {}

    def client(self, service, region=REGION):
        if (service, region) not in self.made:
            session = botocore.session.get_session()
            session.set_credentials(*self.credentials)
            client = session.create_client(
                service,
                region_name=region,
                endpoint_url=self.emulator.url,
                config=botocore.config.Config(retries={"mode": "standard", "max_attempts": 1}),
            )
            client.meta.events.register("after-call", wire_check.check_call)
            self.made[service, region] = client
        return self.made[service, region]

    def assumed(self, account, role="Test"):
        """The same for a role of another account."""
        credentials = self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="conformance"
        )["Credentials"]
        return Clients(
            self.emulator,
            credentials["AccessKeyId"],
            credentials["SecretAccessKey"],
            credentials["SessionToken"],
        )


def sign_with_the_clock_of(emulator):
    """botocore signs with the emulator's time from now on: it refuses skewed signatures."""

    def now(remove_tzinfo=True):
        moment = emulator.now()
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    botocore.auth.get_current_datetime = now
