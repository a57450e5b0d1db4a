#!/usr/bin/env bash
# A Go program that imports the client of KMS builds the schemas of all its operations at each start; that of Step Functions does not.
#
# Expected: a client that is imported costs a start a few variables, and an operation costs something when it is called.
# Seen: package kms/schemas allocates 1,853 times (0.3 MB) before main begins, for every operation of KMS, whichever are
# called. The linker cannot leave it out. sfn and sns in versions of the same weeks have no such package.
#
# Versions: github.com/aws/aws-sdk-go-v2/service/kms v1.61.6, service/sfn v1.41.2, service/sns v1.47.5, Go 1.26.8.
# Date: 2026-11-30.
#
# Why it matters for a mailed approve or reject link: a function that signs links with KMS pays it in each cold start, while
# a person waits: about 0.4 of 13 ms of processor time here. It is invisible in a profile of what the program calls. An
# update of the SDK may bring the same to the other clients, so the start is worth measuring after each update.
#
# Needs: go. Takes a minute with an empty build cache.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'MOD'
module probe

go 1.26

require (
	github.com/aws/aws-sdk-go-v2/service/kms v1.61.6
	github.com/aws/aws-sdk-go-v2/service/sfn v1.41.2
	github.com/aws/aws-sdk-go-v2/service/sns v1.47.5
)
MOD
cat >main.go <<'GO'
// The program creates one client of each service and calls nothing.
package main

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func main() {
	println(kms.New(kms.Options{}) != nil, sfn.New(sfn.Options{}) != nil, sns.New(sns.Options{}) != nil)
}
GO
export GOFLAGS=-mod=mod GOWORK=off CGO_ENABLED=0
timeout 600 go build -o probe . 2>build.log || { cat build.log >&2; exit 2; }
GODEBUG=inittrace=1 timeout 60 ./probe 2>trace.log
awk '
	$1 == "init" && $2 ~ /aws-sdk-go-v2\/service\/(kms|sfn|sns)/ {
		split($2, path, "/service/"); split(path[2], package, "/")
		allocations[package[1] (path[2] ~ /schemas/ ? " schemas" : "")] += $(NF - 1)
	}
	END {
		for (name in allocations) print name ": " allocations[name] " allocations before main"
		changed = allocations["kms schemas"] < 1500 || "sfn schemas" in allocations || "sns schemas" in allocations
		print changed ? "CHANGED: the clients differ from those described" : "As described: only the client of KMS builds schemas"
		exit changed
	}' trace.log || exit 1
