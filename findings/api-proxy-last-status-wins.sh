#!/usr/bin/env bash
# aws-lambda-go-api-proxy answers with the last status that a handler wrote; net/http sends the first.
#
# Expected: the adapter promises that an http.Handler runs behind API Gateway as it runs on a server. There, the
# first WriteHeader with a final status counts: a later one is ignored with a line in the log, headers that are set
# after it are not sent, and a 1xx status only goes ahead of the real answer. httptest.ResponseRecorder keeps the
# first status too.
# Seen: the adapter keeps the last. "Approved." followed by http.Error(…, 500) reaches the client as 500, with the
# text of both. A header set too late is sent. After WriteHeader(103), Early Hints is the final status.
#
# Versions: github.com/awslabs/aws-lambda-go-api-proxy v0.16.2, github.com/aws/aws-lambda-go v1.55.1, Go 1.26.8.
# Date: 2026-11-29.
#
# Why it matters for a mailed approve or reject link: a handler that decides, writes its page and then trips over
# something small tells every test and the local server 200, and the approver on AWS 500. They believe that the
# click did not count and click again, or ask somebody else to. The code after the first write has to be right.
#
# Needs: go. Takes a few seconds once the modules are there.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'MOD'
module probe

go 1.26

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/awslabs/aws-lambda-go-api-proxy v0.16.2
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

var cases = []struct {
	name    string
	handler http.HandlerFunc
	want    [3]string // from a server, from the recorder, from the adapter
}{
	{"a second status", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "Approved. ")
		http.Error(w, "audit failed", http.StatusInternalServerError)
	}, [3]string{"200 late=", "200 late=", "500 late="}},
	{"a late header", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		w.Header().Set("Late", "yes")
		io.WriteString(w, "Approved.")
	}, [3]string{"202 late=", "202 late=", "202 late=yes"}},
	{"early hints", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "Approved.")
	}, [3]string{"200 late=", "", "103 late="}}, // the recorder gives 103 as well; that is not the point here
}

func fromServer(h http.Handler) string {
	server := httptest.NewServer(h)
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	return fmt.Sprintf("%d late=%s", response.StatusCode, response.Header.Get("Late"))
}

func fromRecorder(h http.Handler) string {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	response := recorder.Result()
	return fmt.Sprintf("%d late=%s", response.StatusCode, response.Header.Get("Late"))
}

func fromAdapter(h http.Handler) string {
	var event events.APIGatewayV2HTTPRequest
	event.RawPath = "/approve"
	event.RequestContext.HTTP.Method = http.MethodGet
	event.RequestContext.HTTP.Path = "/approve"
	response, err := httpadapter.NewV2(h).Proxy(event)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d late=%s", response.StatusCode, response.Headers["Late"])
}

func main() {
	log.SetOutput(io.Discard) // the server's "superfluous response.WriteHeader call"
	changed := false
	for _, c := range cases {
		got := [3]string{fromServer(c.handler), fromRecorder(c.handler), fromAdapter(c.handler)}
		fmt.Printf("%-16s net/http %q, httptest %q, adapter %q\n", c.name+":", got[0], got[1], got[2])
		for i, want := range c.want {
			changed = changed || want != "" && got[i] != want
		}
	}
	if changed {
		fmt.Println("CHANGED: the statuses differ from those described")
		os.Exit(1)
	}
	fmt.Println("As described: the adapter sends the last status")
}
GO
export GOFLAGS=-mod=mod GOWORK=off
timeout 300 go build -o probe . 2>build.log || { cat build.log >&2; exit 2; }
timeout 60 ./probe
