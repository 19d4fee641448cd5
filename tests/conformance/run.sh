#!/usr/bin/env bash
# run.sh SERVER DIRECTORY [PYTEST OPTIONS]: AWS's own clients against the emulator. SERVER is the
# emulator_server binary; the clients are installed into DIRECTORY/clients.
# Exits with 77 if the clients cannot be had.
set -euo pipefail

server=$1
directory=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
clients=$directory/clients
needed='import awscli, boto3, cryptography, pytest'

skip() {
  echo "conformance: SKIPPED: $*"
  exit 77
}

install() {
  local stamp=$clients/requirements.txt
  if cmp -s "$here/requirements.txt" "$stamp"; then return; fi
  rm -rf "$clients"
  python3 -m venv "$clients" || return 1
  "$clients/bin/pip" install --quiet --disable-pip-version-check \
    -r "$here/requirements.txt" || return 1
  cp "$here/requirements.txt" "$stamp"
}

command -v python3 >/dev/null || skip 'there is no python3'
if install >"$directory/install.log" 2>&1; then
  python=$clients/bin/python
elif python3 -c "$needed" 2>/dev/null; then
  echo "conformance: with the clients that are installed; no others could be had"
  python=python3
else
  tail -3 "$directory/install.log"
  skip 'boto3 and the AWS CLI could not be installed (python3-venv and pip are needed)'
fi

# Nothing of the user's own configuration takes part, and no proxy stands between.
unset "${!AWS_@}" HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_EC2_METADATA_DISABLED=true NO_PROXY='*' PYTHONDONTWRITEBYTECODE=1
export EMULATOR_SERVER=$server

"$python" -c 'import boto3, botocore; print("boto3", boto3.__version__)'
cd "$here"
exec "$python" -m pytest -p no:cacheprovider -q -ra "$@"
