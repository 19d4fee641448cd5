"""The AWS CLI against an emulator of its own: what it does stands in aws_cli.sh."""

import os
import pathlib
import subprocess
import sys

import made_by_hand
from emulated import REGION, Emulator

SCRIPT = pathlib.Path(__file__).with_name("aws_cli.sh")


def test_the_aws_cli_unchanged(tmp_path):
    emulator = Emulator()
    key = made_by_hand.new_key()
    (tmp_path / "key.pem").write_bytes(made_by_hand.key_pem(key))
    (tmp_path / "certificate.pem").write_bytes(
        made_by_hand.self_signed_pem(key, "i.cli.example", emulator.now())
    )
    (tmp_path / "request.pem").write_bytes(made_by_hand.csr_pem(key, "l.cli.example"))
    environment = os.environ | {
        "AWS_ENDPOINT_URL": emulator.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_PAGER": "",
        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHON": sys.executable,
    }
    try:
        done = subprocess.run(
            [SCRIPT], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
        )
    finally:
        emulator.stop()
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert done.stdout.endswith("aws_cli: passed\n")
