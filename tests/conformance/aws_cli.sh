#!/usr/bin/env bash
# The AWS CLI, unchanged, from a certificate's request to its deletion. Run by test_aws_cli.py in a
# folder with key.pem, certificate.pem and request.pem; AWS_ENDPOINT_URL is the emulator.
set -euo pipefail

say() { echo "aws_cli: $*"; }
die() {
  say "FAILED: $*"
  exit 1
}
# is WHAT WANTED FOUND
is() {
  [ "$2" = "$3" ] || die "$1 is '$3' instead of '$2'"
  say "$1 is '$3'"
}
# holds WHAT WANTED FOUND
holds() {
  case $3 in
    *"$2"*) say "$1 holds '$2'" ;;
    *) die "$1 does not hold '$2'" ;;
  esac
}
# advance SECONDS: passes the emulator's time. Signatures stand 5 minutes of it in all.
advance() {
  "$PYTHON" - "$1" <<'PYTHON'
import os, sys, urllib.request
body = b'{"advanceSeconds": %s}' % sys.argv[1].encode()
url = os.environ["AWS_ENDPOINT_URL"] + "/_certloop/clock"
urllib.request.urlopen(urllib.request.Request(url, body, method="POST")).read()
PYTHON
}
certificate() {
  aws acm describe-certificate --certificate-arn "$1" --query "Certificate.$2" --output text
}
authority() {
  aws acm-pca describe-certificate-authority --certificate-authority-arn "$1" \
    --query CertificateAuthority.Status --output text
}
# refused WANTED COMMAND...: the command fails, naming the error.
refused() {
  local wanted=$1 said
  shift
  if said=$("$@" 2>&1); then die "$* succeeded"; fi
  case $said in
    *"($wanted)"*) say "refused with $wanted: $1 $2 $3" ;;
    *) die "$* said: $said" ;;
  esac
}

is account 123456789012 "$(aws sts get-caller-identity --query Account --output text)"

zone=$(aws route53 create-hosted-zone --name cli.example --caller-reference cli \
  --query HostedZone.Id --output text)
arn=$(aws acm request-certificate --domain-name cli.example --validation-method DNS \
  --subject-alternative-names '*.cli.example' --tags Key=team,Value=cli \
  --query CertificateArn --output text)
advance 5
is status PENDING_VALIDATION "$(certificate "$arn" Status)"
name=$(certificate "$arn" 'DomainValidationOptions[0].ResourceRecord.Name')
value=$(certificate "$arn" 'DomainValidationOptions[0].ResourceRecord.Value')
cat >batch.json <<JSON
{"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "$name", "Type": "CNAME",
  "TTL": 300, "ResourceRecords": [{"Value": "$value"}]}}]}
JSON
change=$(aws route53 change-resource-record-sets --hosted-zone-id "$zone" \
  --change-batch file://batch.json --query ChangeInfo.Id --output text)
refused InvalidChangeBatch aws route53 change-resource-record-sets --hosted-zone-id "$zone" \
  --change-batch file://batch.json
is change PENDING "$(aws route53 get-change --id "$change" --query ChangeInfo.Status --output text)"
advance 90
is change INSYNC "$(aws route53 get-change --id "$change" --query ChangeInfo.Status --output text)"
is records 3 "$(aws route53 list-resource-record-sets --hosted-zone-id "$zone" \
  --query 'length(ResourceRecordSets)' --output text)"
aws acm wait certificate-validated --certificate-arn "$arn"
is status ISSUED "$(certificate "$arn" Status)"
is listed "$arn" "$(aws acm list-certificates --certificate-statuses ISSUED \
  --query 'CertificateSummaryList[].CertificateArn' --output text)"
holds get-certificate 'BEGIN CERTIFICATE' "$(aws acm get-certificate --certificate-arn "$arn" \
  --query Certificate --output text)"

imported=$(aws acm import-certificate --certificate fileb://certificate.pem \
  --private-key fileb://key.pem --tags Key=team,Value=cli --query CertificateArn --output text)
is type IMPORTED "$(certificate "$imported" Type)"
is reimported "$imported" "$(aws acm import-certificate --certificate-arn "$imported" \
  --certificate fileb://certificate.pem --private-key fileb://key.pem \
  --query CertificateArn --output text)"

aws acm add-tags-to-certificate --certificate-arn "$arn" --tags Key=env,Value=prod
aws acm remove-tags-from-certificate --certificate-arn "$arn" --tags Key=team
is tags env=prod "$(aws acm list-tags-for-certificate --certificate-arn "$arn" \
  --query "join(',', Tags[].join('=', [Key, Value]))" --output text)"
is tagged "$imported" "$(aws resourcegroupstaggingapi get-resources \
  --resource-type-filters acm:certificate --tag-filters Key=team,Values=cli \
  --query 'ResourceTagMappingList[].ResourceARN' --output text)"

ca=$(aws acm-pca create-certificate-authority --certificate-authority-type ROOT \
  --certificate-authority-configuration \
  'KeyAlgorithm=EC_prime256v1,SigningAlgorithm=SHA256WITHECDSA,Subject={CommonName=CLI root}' \
  --query CertificateAuthorityArn --output text)
advance 3
aws acm-pca wait certificate-authority-csr-created --certificate-authority-arn "$ca"
is authority PENDING_CERTIFICATE "$(authority "$ca")"
aws acm-pca get-certificate-authority-csr --certificate-authority-arn "$ca" --output text >ca.csr
# issue CSR TEMPLATE UNTIL: the ARN.
issue() {
  aws acm-pca issue-certificate --certificate-authority-arn "$ca" --csr "fileb://$1" \
    --signing-algorithm SHA256WITHECDSA --template-arn "arn:aws:acm-pca:::template/$2/V1" \
    --validity "$3" --query CertificateArn --output text
}
root=$(issue ca.csr RootCACertificate Value=10,Type=YEARS)
advance 2
aws acm-pca wait certificate-issued --certificate-authority-arn "$ca" --certificate-arn "$root"
aws acm-pca get-certificate --certificate-authority-arn "$ca" --certificate-arn "$root" \
  --query Certificate --output text >ca.pem
aws acm-pca import-certificate-authority-certificate --certificate-authority-arn "$ca" \
  --certificate fileb://ca.pem
is authority ACTIVE "$(authority "$ca")"
leaf=$(issue request.pem EndEntityCertificate Value=30,Type=DAYS)
advance 2
aws acm-pca get-certificate --certificate-authority-arn "$ca" --certificate-arn "$leaf" \
  --query CertificateChain --output text | cmp -s - ca.pem || die 'the chain is not the root'

private=$(aws acm request-certificate --domain-name p.cli.example \
  --certificate-authority-arn "$ca" --query CertificateArn --output text)
advance 5
is private ISSUED "$(certificate "$private" Status)"
printf passphrase >passphrase
holds export-certificate 'BEGIN ENCRYPTED PRIVATE KEY' "$(aws acm export-certificate \
  --certificate-arn "$private" --passphrase fileb://passphrase --query PrivateKey --output text)"

refused InvalidStateException aws acm-pca delete-certificate-authority \
  --certificate-authority-arn "$ca"
aws acm-pca update-certificate-authority --certificate-authority-arn "$ca" --status DISABLED
aws acm-pca delete-certificate-authority --certificate-authority-arn "$ca" \
  --permanent-deletion-time-in-days 7
is authority DELETED "$(authority "$ca")"

for each in "$arn" "$imported" "$private"; do
  aws acm delete-certificate --certificate-arn "$each"
  refused ResourceNotFoundException aws acm describe-certificate --certificate-arn "$each"
done
sed -i 's/CREATE/DELETE/' batch.json
aws route53 change-resource-record-sets --hosted-zone-id "$zone" \
  --change-batch file://batch.json >/dev/null
aws route53 delete-hosted-zone --id "$zone" >/dev/null
say passed
