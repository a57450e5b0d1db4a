#!/usr/bin/env bash
# A Go function reads "TaskToken", and even a key with the letter ſ, as the event's "taskToken"; the last one wins.
#
# Expected: an event's keys are the ones that the state machine or the sender wrote; `$.subject` and `$.Subject` are
# two keys there. encoding/json, which aws-lambda-go uses, is known to ignore case, and its documentation speaks of a
# preference for the exact match. So "Subject" would fill the field only where "subject" is missing.
# Seen: the preference is one among the struct's fields. Among the object's keys the last one in the text wins, exact
# or not: {"subject": …, "SUBJECT": …} gives the second, and an object under "Subject" makes the whole event fail for
# a field that was right. Folding is Unicode's, so ſ (U+017F) counts as s.
#
# Versions: github.com/aws/aws-lambda-go v1.55.1, Go 1.26.8 (encoding/json, not its experimental v2).
# Date: 2026-11-29.
#
# Why it matters for this deployment: an execution's input can be anybody's JSON. A struct for its keys lets a payload
# whose unrelated "Subject" follows "subject" change what the approver reads, while the definition and the console
# show the other. Keys of other people's objects have to be compared letter by letter, before they meet a struct.
#
# Needs: go. Takes a few seconds once the module is there.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'MOD'
module probe

go 1.26

require github.com/aws/aws-lambda-go v1.55.1
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

type event struct {
	Subject string `json:"subject"`
}

func main() {
	handler := lambda.NewHandler(func(_ context.Context, e event) (string, error) { return e.Subject, nil })
	changed := false
	for _, c := range []struct{ payload, want string }{
		{`{"subject": "release", "SUBJECT": "rollback"}`, `"rollback"`},
		{`{"SUBJECT": "rollback", "subject": "release"}`, `"release"`},
		{`{"subject": "release", "\u017fubject": "rollback"}`, `"rollback"`},
		{`{"subject": "release", "Subject": null}`, `"release"`},
		{`{"subject": "release", "Subject": {"id": 1}}`, "an error"},
	} {
		out, err := handler.Invoke(context.Background(), []byte(c.payload))
		got := string(out)
		if err != nil {
			got = "an error"
		}
		fmt.Printf("%-55s gives %s\n", c.payload, got)
		changed = changed || got != c.want
	}
	if changed {
		fmt.Println("CHANGED: the keys are read otherwise now")
		os.Exit(1)
	}
	fmt.Println("As described: the last look-alike wins over the exact key")
}
GO
export GOFLAGS=-mod=mod GOWORK=off GOEXPERIMENT=
timeout 300 go build -o probe . 2>build.log || { cat build.log >&2; exit 2; }
timeout 60 ./probe
