#!/usr/bin/env bash
# Makes the files of this folder anew by OpenSSL's command line (3.0). Needs nothing else.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pass='open sesame'

# Keys, in the forms that people keep them in.
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pkcs8.pem
openssl rsa -in rsa.pkcs8.pem -traditional -out rsa.pkcs1.pem 2>/dev/null
openssl pkcs8 -topk8 -in rsa.pkcs8.pem -v2 aes-256-cbc -passout "pass:$pass" \
  -out rsa.encrypted.pem
openssl rsa -in rsa.pkcs8.pem -traditional -aes128 -passout "pass:$pass" \
  -out rsa.pkcs1.encrypted.pem 2>/dev/null
# An EC PARAMETERS block, then the key.
openssl ecparam -name prime256v1 -genkey -out ec.parameters.pem
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ec384.pkcs8.pem
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out ec521.pkcs8.pem
openssl genpkey -quiet -algorithm ED25519 -out ed25519.pem
openssl ecparam -name secp256k1 -genkey -noout -out secp256k1.pem
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1536 -out rsa1536.pem

# A root, an intermediate under it, and leaves with fixed dates. `issue NAME KEY ISSUER SERIAL START
# END SUBJECT EXTENSIONS...`; ISSUER is NAME for a self-signed one.
issue() {
  local name=$1 key=$2 issuer=$3 serial=$4 start=$5 end=$6 subject=$7
  shift 7
  printf '%s\n' "[x]" "$@" >"$work/ext"
  cat >"$work/ca.cnf" <<CNF
[ca]
default_ca = here
[here]
new_certs_dir = $work
database = $work/index
serial = $work/serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
serialNumber = optional
[req]
distinguished_name = dn
utf8 = yes
string_mask = utf8only
[dn]
CNF
  : >"$work/index"
  echo "$serial" >"$work/serial"
  openssl req -new -config "$work/ca.cnf" -utf8 -key "$key" -subj "$subject" -out "$work/csr"
  local by=(-cert "$issuer.pem" -keyfile "$issuer.key.pem")
  [ "$issuer" = "$name" ] && by=(-selfsign -keyfile "$key")
  openssl ca -batch -notext -preserveDN -config "$work/ca.cnf" -in "$work/csr" "${by[@]}" \
    -startdate "$start" -enddate "$end" -extfile "$work/ext" -extensions x -out "$name.pem" \
    2>/dev/null
}

cp rsa.pkcs8.pem root.key.pem
cp ec384.pkcs8.pem intermediate.key.pem
ca='keyUsage = critical,keyCertSign,cRLSign'
issue root root.key.pem root 0A 20200101000000Z 20600101000000Z '/O=Example Trust/CN=Example Root' \
  'basicConstraints = critical,CA:TRUE' "$ca" 'subjectKeyIdentifier = hash'
issue intermediate intermediate.key.pem root 0B 20200101000000Z 20550101000000Z \
  '/O=Example Trust/CN=Example Issuing' 'basicConstraints = critical,CA:TRUE,pathlen:0' "$ca" \
  'subjectKeyIdentifier = hash' 'authorityKeyIdentifier = keyid'
issue leaf ec.parameters.pem intermediate 03E9 20240102030405Z 20560708091011Z \
  '/C=AU/ST=Some-State/L=Some-Locality/O=Example Org/OU=Testing/CN=localhost' \
  'basicConstraints = CA:FALSE' \
  'keyUsage = critical,digitalSignature,nonRepudiation,keyEncipherment' \
  'extendedKeyUsage = serverAuth,1.3.6.1.4.1.99999.1' \
  "subjectAltName = DNS:localhost,DNS:*.xn--bcher-kva.example,email:a@example.org,IP:127.0.0.1,\
IP:2001:db8::1,URI:spiffe://example.org/web"
# The leaf's predecessor: the same key, older dates.
issue leaf.old ec.parameters.pem intermediate 03E8 20230102030405Z 20240708091011Z \
  '/CN=localhost' 'subjectAltName = DNS:localhost'
issue plain rsa.pkcs8.pem plain 7FFF0102030405060708090A0B0C0D0E0F101112 \
  20240101000000Z 20241231235959Z '/CN=plain.example/O=Smith\, Jones' 'subjectKeyIdentifier = hash'
issue stranger ec521.pkcs8.pem stranger 01 20240101000000Z 20340101000000Z '/CN=stranger.example' \
  'subjectAltName = DNS:stranger.example'
# A CA below the path length of its issuer: no verifier may accept what it signs.
cp ec521.pkcs8.pem too-deep.key.pem
issue too-deep too-deep.key.pem intermediate 0C 20200101000000Z 20500101000000Z '/CN=Too deep' \
  'basicConstraints = critical,CA:TRUE' "$ca"
issue too-deep-leaf rsa.pkcs8.pem too-deep 0D 20240101000000Z 20340101000000Z '/CN=deep.example' \
  'subjectAltName = DNS:deep.example'

# Bundles as people paste them together.
cat root.pem leaf.old.pem stranger.pem intermediate.pem ec.parameters.pem leaf.pem leaf.pem \
  >shuffled.pem
cat root.pem intermediate.pem >"$work/others.pem"
openssl pkcs12 -export -inkey ec.parameters.pem -in leaf.pem -certfile "$work/others.pem" \
  -passout "pass:$pass" -out modern.p12
openssl pkcs12 -export -legacy -inkey ec.parameters.pem -in leaf.pem -certfile "$work/others.pem" \
  -passout "pass:$pass" -out legacy.p12
openssl pkcs12 -export -inkey ec.parameters.pem -in leaf.pem -passout pass: -out empty.p12

# Requests: one good, one whose signature belongs to other bytes.
openssl req -new -key rsa.pkcs8.pem -subj '/C=DE/CN=bücher.example' -utf8 \
  -addext 'subjectAltName = DNS:xn--bcher-kva.example,DNS:www.example.org' -out request.pem
openssl req -in request.pem -outform DER -out "$work/request.der"
size=$(stat -c %s "$work/request.der")
printf '\x00' | dd of="$work/request.der" bs=1 seek=$((size - 1)) conv=notrunc status=none
{
  echo '-----BEGIN CERTIFICATE REQUEST-----'
  base64 -w 64 "$work/request.der"
  echo '-----END CERTIFICATE REQUEST-----'
} >request.forged.pem
rm root.key.pem intermediate.key.pem too-deep.key.pem
