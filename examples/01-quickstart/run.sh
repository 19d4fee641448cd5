#!/usr/bin/env bash
# From nothing to managed certificates, without an AWS account: builds certloop, starts the emulated
# AWS, applies an account, a root CA and three certificates, breaks one behind certloop's back,
# shows the drift and its repair, and cleans up.
#
#   examples/01-quickstart/run.sh             everything
#   CERTLOOP=path/to/certloop .../run.sh      with a binary that is already there
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
run() { printf '$ %s\n' "${*/#$certloop/certloop}"; "$@"; }
expect() { # expect CODE COMMAND...: runs it, shows it, and insists on its exit code
  local want=$1 got=0
  shift
  run "$@" || got=$?
  if [ "$got" != "$want" ]; then
    echo "expected exit code $want, got $got" >&2
    exit 1
  fi
  echo "(exit code $got)"
}

install_missing() {
  local missing=() package modes
  # A line with further words is for some modes of tests/run.sh only.
  while read -r package modes; do
    case "$package" in ''|'#'*) continue ;; esac
    [ -z "$modes" ] || continue
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done <"$root/tests/packages.txt"
  [ ${#missing[@]} = 0 ] && return
  say "Installing ${missing[*]}"
  local sudo=()
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends \
    "${missing[@]}"
}

certloop=${CERTLOOP:-}
install_missing
if [ -z "$certloop" ]; then
  say "Building (the first time takes some minutes)"
  # The build that tests/run.sh uses too, so that the second command need not begin anew.
  (cd "$root" && cmake --preset dev >/dev/null)
  cmake --build "$root/build/dev" --target certloop
  certloop=$root/build/dev/bin/certloop
fi

work=$(mktemp -d)
emulator=
finish() {
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
export CERTLOOP_STATE=$work/state XDG_CONFIG_HOME=$work/config

say "Starting the emulated AWS, with a public DNS zone example.com"
"$certloop" emulator --listen 127.0.0.1:0 --zone example.com >"$work/aws.env" &
emulator=$!
until grep -q AWS_REGION "$work/aws.env"; do
  kill -0 "$emulator"
  sleep 0.1
done
url=$(sed -n 's/^export AWS_ENDPOINT_URL=//p' "$work/aws.env")
echo "$url"

say "The specs: an account, a CA, and a private, a public and an imported certificate"
mkdir "$work/specs"
for spec in "$here"/specs/*.yaml "$here"/imported.yaml; do
  sed "s|http://127.0.0.1:4599|$url|" "$spec" >"$work/specs/$(basename "$spec")"
done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 90 \
  -subj /CN=legacy.example.com -addext subjectAltName=DNS:legacy.example.com \
  -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
cat >"$work/specs/00-legacy-tls.yaml" <<SECRET
apiVersion: v1
kind: Secret
metadata: {name: legacy-tls}
type: kubernetes.io/tls
data:
  tls.crt: $(base64 -w0 "$work/tls.crt")
  tls.key: $(base64 -w0 "$work/tls.key")
SECRET
ls "$work/specs"

say "What would be done? (nothing is, yet)"
expect 1 "$certloop" plan --trust-source -f "$work/specs"

say "Do it"
expect 0 "$certloop" apply -f "$work/specs"

say "There they are"
expect 0 "$certloop" get accounts,certificateauthorities,certificates
expect 0 "$certloop" drift
expect 0 "$certloop" expiring

say "Somebody changes a tag in AWS, behind our back"
arn=$("$certloop" get certificate internal -o jsonpath='{.status.arn}')
curl --silent --show-error --fail --aws-sigv4 aws:amz:us-east-1:acm --user test:test \
  -H 'Content-Type: application/x-amz-json-1.1' \
  -H 'X-Amz-Target: CertificateManager.AddTagsToCertificate' \
  -d "{\"CertificateArn\":\"$arn\",\"Tags\":[{\"Key\":\"team\",\"Value\":\"somebody-else\"}]}" \
  "$url"
echo "$arn: tag team is now somebody-else"

say "The drift"
expect 1 "$certloop" drift

say "The repair"
expect 0 "$certloop" reconcile certificate/internal
expect 0 "$certloop" drift

say "Cleaning up: certificates first, then the CA, which is asked for twice"
expect 0 "$certloop" delete certificates --all
expect 0 "$certloop" delete certificateauthority corp-root --wait=false
digest=
for _ in 1 2 3; do
  "$certloop" reconcile certificateauthority/corp-root >/dev/null 2>&1 || true
  digest=$("$certloop" get certificateauthority corp-root \
    -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}' | sed -n 's/.*confirm: //p')
  [ -z "$digest" ] || break
done
echo "the CA's deletion wants to be confirmed: certloop.dev/confirm: $digest"
confirmed="annotations: {certloop.dev/confirm: \"$digest\"}"
sed "s|metadata: {name: corp-root}|metadata: {name: corp-root, $confirmed}|" \
  "$work/specs/02-authority.yaml" >"$work/confirmed.yaml"
expect 0 "$certloop" apply -f "$work/confirmed.yaml" --wait=false
expect 0 "$certloop" delete certificateauthority corp-root
expect 0 "$certloop" delete account prod
left=$(curl --silent --fail "$url/_certloop/certificates" | grep -c certificate/ || true)
echo "certificates left in AWS: $left"
[ "$left" = 0 ]
say "Done"
