"""Every operation of STS that the emulator has."""

import botocore.config
import botocore.exceptions
import pytest

from emulated import ACCOUNT, OTHER_ACCOUNT, REGION, Clients


@pytest.fixture
def sts(clients):
    return clients.client("sts")


def test_who_calls(sts):
    identity = sts.get_caller_identity()
    assert identity["Account"] == ACCOUNT
    assert identity["Arn"].startswith(f"arn:aws:iam::{ACCOUNT}:user/")


def test_a_role_of_another_account(clients, sts):
    assumed = sts.assume_role(
        RoleArn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/path/Name", RoleSessionName="session"
    )
    arn = f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/Name/session"
    assert assumed["AssumedRoleUser"]["Arn"] == arn
    other = clients.assumed(OTHER_ACCOUNT, "Name").client("sts")
    assert other.get_caller_identity()["Account"] == OTHER_ACCOUNT


def test_session_tokens_and_key_owners(sts):
    credentials = sts.get_session_token(DurationSeconds=900)["Credentials"]
    assert credentials["SessionToken"]
    found = sts.get_access_key_info(AccessKeyId=credentials["AccessKeyId"])
    assert found["Account"] == ACCOUNT


def test_refusals(emulator, sts):
    with pytest.raises(botocore.exceptions.ClientError, match="ValidationError") as refused:
        sts.assume_role(RoleArn="arn:a:a::aaaaaaaaaa:/nothing", RoleSessionName="session")
    assert refused.value.response["Error"]["Message"].endswith("is invalid")
    stranger = Clients(emulator, "nobody", "secret").client("sts")
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidClientTokenId"):
        stranger.get_caller_identity()
    liar = Clients(emulator, "test", "wrong").client("sts")
    with pytest.raises(botocore.exceptions.ClientError, match="SignatureDoesNotMatch"):
        liar.get_caller_identity()


def test_a_session_ends(emulator, clients, sts):
    credentials = sts.assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/Short",
        RoleSessionName="session",
        DurationSeconds=900,
    )["Credentials"]
    session = Clients(
        emulator,
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
    )
    session.client("sts").get_caller_identity()
    emulator.advance(seconds=901)
    with pytest.raises(botocore.exceptions.ClientError, match="ExpiredToken"):
        session.client("acm", REGION).list_certificates()
