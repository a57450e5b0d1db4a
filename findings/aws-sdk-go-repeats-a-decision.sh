#!/usr/bin/env bash
# aws-sdk-go-v2 sends SendTaskSuccess and Publish again when the connection breaks, and forgets that it did.
#
# Expected: a call that decides something and must not be made twice is sent once. If the connection breaks before
# the answer is read, the caller gets that error and knows that the outcome is open. net/http does it like that
# for a POST.
# Seen: the standard retryer treats every broken connection alike. Where the first request arrived and only its
# answer was lost, the second one is answered with TaskTimedOut, since the task is answered already. The caller gets
# this error alone: neither its text nor anything that it wraps tells of two attempts. Publish is no better: the topic
# gets the message twice, and the call succeeds.
#
# Versions: github.com/aws/aws-sdk-go-v2 with config v1.33.10, service/sfn v1.41.2, service/sns v1.47.5; Go 1.26.8.
# Date: 2026-11-29.
#
# Why it matters for a mailed approve or reject link: the approver's own click succeeded, yet the page says that the
# request was decided or has expired. TaskTimedOut must be looked up in the execution's history before anybody reads
# it, and an approver can get the same e-mail twice.
#
# Needs: go. Uses loopback only. Takes a few seconds once the modules are there.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'MOD'
module probe

go 1.26

require (
	github.com/aws/aws-sdk-go-v2/config v1.33.10
	github.com/aws/aws-sdk-go-v2/service/sfn v1.41.2
	github.com/aws/aws-sdk-go-v2/service/sns v1.47.5
)
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// service reads each request, drops the connection after the first, and gives the answer to those that follow.
func service(status int, contentType, answer string) (*httptest.Server, *int) {
	requests := new(int)
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if *requests++; *requests == 1 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, answer)
	})), requests
}

func awsConfig(url string) aws.Config {
	credentials := func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "EXAMPLE", SecretAccessKey: "example"}, nil
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion("eu-central-1"),
		config.WithBaseEndpoint(url), config.WithCredentialsProvider(aws.CredentialsProviderFunc(credentials)))
	if err != nil {
		log.Fatal(err)
	}
	return cfg
}

func plainPost() bool {
	server, requests := service(http.StatusOK, "text/plain", "ok")
	defer server.Close()
	_, err := http.Post(server.URL, "text/plain", strings.NewReader("decide"))
	fmt.Printf("net/http POST: %d request, error: %t\n", *requests, err != nil)
	return *requests == 1 && err != nil
}

func sendTaskSuccess() bool {
	server, requests := service(http.StatusBadRequest, "application/x-amz-json-1.0",
		`{"__type":"com.amazonaws.states#TaskTimedOut","message":"Task Timed Out: 'Provided task does not exist anymore'"}`)
	defer server.Close()
	_, err := sfn.NewFromConfig(awsConfig(server.URL)).SendTaskSuccess(context.Background(),
		&sfn.SendTaskSuccessInput{TaskToken: aws.String("example"), Output: aws.String("{}")})
	var gone *types.TaskTimedOut
	var exhausted *retry.MaxAttemptsError
	silent := !errors.As(err, &exhausted) && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "attempt")
	fmt.Printf("SendTaskSuccess: %d requests, TaskTimedOut: %t, silent about the first: %t\n",
		*requests, errors.As(err, &gone), silent)
	return *requests == 2 && errors.As(err, &gone) && silent
}

func publish() bool {
	server, requests := service(http.StatusOK, "text/xml",
		`<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">`+
			`<PublishResult><MessageId>second</MessageId></PublishResult></PublishResponse>`)
	defer server.Close()
	out, err := sns.NewFromConfig(awsConfig(server.URL)).Publish(context.Background(), &sns.PublishInput{
		TopicArn: aws.String("arn:aws:sns:eu-central-1:111122223333:approvals"), Message: aws.String("Please decide")})
	if err != nil {
		fmt.Println("Publish:", err)
		return false
	}
	fmt.Printf("Publish: %d requests, no error, message ID of the %s\n", *requests, aws.ToString(out.MessageId))
	return *requests == 2
}

func main() {
	once, decided, sent := plainPost(), sendTaskSuccess(), publish()
	if !once || !decided || !sent {
		fmt.Println("CHANGED: the calls behave otherwise now")
		os.Exit(1)
	}
	fmt.Println("As described: the SDK repeats both calls, and the decision's error hides it")
}
GO
export GOFLAGS=-mod=mod GOWORK=off AWS_EC2_METADATA_DISABLED=true
export AWS_CONFIG_FILE=$dir/none AWS_SHARED_CREDENTIALS_FILE=$dir/none
unset AWS_CA_BUNDLE AWS_NEW_RETRIES_2026
unset AWS_PROFILE AWS_MAX_ATTEMPTS AWS_RETRY_MODE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_SFN AWS_ENDPOINT_URL_SNS
timeout 300 go build -o probe . 2>build.log || { cat build.log >&2; exit 2; }
timeout 60 ./probe
