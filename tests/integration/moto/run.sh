#!/usr/bin/env bash
# run.sh CERTLOOP WORKDIR: the quickstart's specs, with endpointUrl pointed at a moto server, end
# Ready for the private, the public and the imported certificate; and a second apply makes no
# mutating call. Exit code 77: moto cannot be had here.
set -euo pipefail
certloop=$1 work=$2/moto-work
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
specs=$here/../../../examples/01-quickstart/specs

venv=$2/moto-venv
if ! "$venv/bin/moto_server" --help >/dev/null 2>&1; then
  if ! { python3 -m venv "$venv" && "$venv/bin/pip" -q install 'moto[server]==5.2.1'; }; then
    echo 'skipped: moto[server] cannot be installed here'
    exit 77
  fi
fi

rm -rf "$work"
mkdir -p "$work/specs"
export CERTLOOP_STATE=$work/state XDG_CONFIG_HOME=$work/config
# Seconds until a public certificate validates itself: moto does not look into its zones.
export MOTO_ACM_VALIDATION_WAIT=3

free_port='import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
port=$(python3 -c "$free_port")
url=http://127.0.0.1:$port
"$venv/bin/moto_server" -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
moto=$!
trap 'kill $moto 2>/dev/null || true' EXIT
until curl --silent --fail "$url/moto-api/data.json" >/dev/null; do
  kill -0 "$moto"
  sleep 0.2
done
# The public hosted zone that the records go to.
curl --silent --show-error --fail --output /dev/null --aws-sigv4 aws:amz:us-east-1:route53 \
  --user test:test -H 'Content-Type: text/xml' "$url/2013-04-01/hostedzone" --data @- <<'XML'
<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">
<Name>example.com.</Name><CallerReference>1</CallerReference>
</CreateHostedZoneRequest>
XML

for spec in "$specs"/*.yaml "$specs"/../imported.yaml; do
  # moto makes every CA with an RSA key and short-lived, whatever it was asked for.
  sed -e "s|http://127.0.0.1:4599|$url|" \
    -e 's|keyAlgorithm: EC_prime256v1|keyAlgorithm: RSA_2048|' \
    "$spec" >"$work/specs/$(basename "$spec")"
done
openssl req -x509 -newkey rsa:2048 -noenc -days 90 -subj /CN=legacy.example.com \
  -addext subjectAltName=DNS:legacy.example.com -keyout "$work/tls.key" -out "$work/tls.crt" \
  2>/dev/null
cat >"$work/specs/00-legacy-tls.yaml" <<SECRET
apiVersion: v1
kind: Secret
metadata: {name: legacy-tls}
type: kubernetes.io/tls
data:
  tls.crt: $(base64 -w0 "$work/tls.crt")
  tls.key: $(base64 -w0 "$work/tls.key")
SECRET

# What moto was asked to change, by its own access log: JSON services log only the path, so the
# certificates, CAs and records it holds are compared instead.
state_of_moto() {
  curl --silent --fail "$url/moto-api/data.json" |
    python3 -c 'import json, sys
data = json.load(sys.stdin)
print(json.dumps({k: data.get(k) for k in ("acm", "acmpca", "route53")}, sort_keys=True))'
}

"$certloop" apply -f "$work/specs" --timeout 2m
"$certloop" get certificates
for name in internal shop legacy; do
  "$certloop" wait "certificate/$name" --for=condition=Ready --timeout 5s
done
before=$(state_of_moto)
"$certloop" apply -f "$work/specs" --timeout 2m
[ "$before" = "$(state_of_moto)" ] || {
  echo 'the second apply changed something'
  exit 1
}
echo 'moto: private, public and imported certificates are Ready; a second apply changes nothing'
