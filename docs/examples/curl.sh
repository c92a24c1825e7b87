#!/bin/sh
# Verify a license, read a guide, apply, pay what is owed, and fetch a proof: with curl, and jq to read JSON.
#   ./curl.sh http://127.0.0.1:8000 API_KEY business-license.ofd
set -eu
url=$1 key=$2 file=$3

call() { # method, path, further options of curl; repeats what may pass by itself
    method=$1 path=$2
    shift 2
    curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
        --request "$method" --header "Authorization: Bearer $key" "$@" "$url$path"
}
create() { # path; the body is JSON on standard input. One key, kept when curl repeats the request
    call POST "$1" --header "Idempotency-Key: $(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" \
        --header 'Content-Type: application/json' --data-binary @-
}

echo "Is this license genuine, and whose is it?"
verdict=$(call POST /v1/verifications --form "file=@$file")
echo "$verdict" | jq -r '.report.indication, .report.license.name'

echo "What does the matter ask for?"
call GET /v1/matters/social-security-enrollment |
    jq -r '.materials[] | "\(.code): \([keys[] | select(startswith("by_"))] | join(" "))"'

echo "Apply: the license is skipped, the list is handed in, the account is owed."
case=$(echo "$verdict" | jq '{
    matter_code: "social-security-enrollment",
    applicant: (.report.license.holders[0] | {name, id}),
    documents: [{verification_id: .id}],
    submitted: [{material: "employee-list", sha256: ("0" * 64), file_name: "employees.pdf"}],
    deferrals: [{material: "bank-account", acknowledged_by: "示例甲"}]
}' | create /v1/cases)
echo "$case" | jq -r '.outcome, (.materials[] | "\(.material): \(.code)"), (.obligations[] | "due on \(.due_on)")'
id=$(echo "$case" | jq -r .id)

echo "Pay the debt, unless somebody changed the case since it was read."
version=$(call GET "/v1/cases/$id" | jq .version)
jq -n '{material: "bank-account", submitted: {material: "bank-account", sha256: ("1" * 64), file_name: "account.pdf"}}' |
    call POST "/v1/cases/$id/supplements" --header "Idempotency-Key: pay-$id" --header "If-Match: \"$version\"" \
        --header 'Content-Type: application/json' --data-binary @- |
    jq -r '.finding.outcome, .case.state'

echo "What happened, and the proof of it."
event=$(call GET "/v1/cases/$id/timeline" | jq -r '.events[] | "\(.seq) \(.kind) \(.id)"' | tee /dev/stderr | tail -n 1)
for _ in $(seq 60); do # 409 until the next checkpoint covers the event
    call GET "/v1/events/${event##* }/receipt" >receipt.tmp 2>&1 && break
    sleep 1
done
head -n 1 receipt.tmp
rm receipt.tmp
