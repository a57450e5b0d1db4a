package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/stepfunctions"
)

// TestClientErrors checks that the SDK returns its own types for the errors.
func TestClientErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		machine := aws.String(stepfunctions.StateMachineARN)
		_, err := r.sfn.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: machine, Input: aws.String("{")})
		if !errors.As(err, new(*types.InvalidExecutionInput)) {
			t.Errorf("invalid JSON: error = %v, want InvalidExecutionInput", err)
		}
		none := aws.String(stepfunctions.ExecutionARN(approval.ExecutionRef{StateMachine: "approval-workflow", Name: "none"}))
		_, err = r.sfn.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: none})
		if !errors.As(err, new(*types.ExecutionDoesNotExist)) {
			t.Errorf("unknown execution: error = %v, want ExecutionDoesNotExist", err)
		}
	})
}

// TestState follows an execution in GET /state from its start to its end.
func TestState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, ofThree(2)...)
		state := func() (executions []map[string]any) {
			synctest.Wait()
			r.get("/state", &executions)
			return executions
		}
		if got := state(); got == nil || len(got) != 0 {
			t.Errorf("state at the start = %v, want an empty list", got)
		}
		arn := r.startNamedExecution("release", objectInput)
		r.emailsTo("", arn, 3)
		started := aws.ToTime(r.describe(arn).StartDate)
		want := map[string]any{
			"executionArn": arn, "stateMachineArn": stepfunctions.StateMachineARN, "name": "release", "status": "RUNNING",
			"startDate": float64(started.UnixMilli()) / 1000, "states": []any{"Begin", "Spread", "RequestApproval"},
			"subject": "Release 1.4.2", "approvals": []any{}, "approvalsNeeded": 2.0, "waitingFor": []any{ada, bob, cleo}, "openUntil": started.Add(24 * time.Hour).UTC().Format(time.RFC3339Nano),
		}
		if diff := cmp.Diff([]map[string]any{want}, state()); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		r.click(get, r.link(bob, arn, approval.Approve), http.StatusOK)
		got := state()[0]
		approvals, _ := got["approvals"].([]any)
		if len(approvals) != 1 || approvals[0].(map[string]any)["approver"] != bob {
			t.Errorf("approvals = %v, want that of %s", approvals, bob)
		}
		if diff := cmp.Diff([]any{ada, cleo}, got["waitingFor"]); diff != "" {
			t.Errorf("after an approval, the request waits for (-want +got):\n%s", diff)
		}
		r.click(get, r.link(ada, arn, approval.Reject), http.StatusOK)
		got = state()[0]
		if got["status"] != "FAILED" || got["stopDate"] == nil || got["waitingFor"] != nil || got["openUntil"] != nil {
			t.Errorf("state at the end = %v, want a request that waits for nobody", got)
		}
		cause, _ := got["cause"].(string)
		if got["error"] != "Rejected" || !strings.Contains(cause, ada) || got["subject"] != "Release 1.4.2" || len(got["approvals"].([]any)) != 1 {
			t.Errorf("state at the end = %v, want the rejection of %s after an approval", got, ada)
		}
	})
}

// TestAddresses has the Host headers that are those of the local run, and others.
func TestAddresses(t *testing.T) {
	tests := []struct {
		addr, url  string
		loopback   bool
		own, other []string
	}{
		{"127.0.0.1:0", "http://127.0.0.1:4321", true,
			[]string{"127.0.0.1:4321", "localhost:4321", "LOCALHOST", "[::1]:4321", "[::1]", "127.1.2.3"},
			[]string{"evil.example", "localhost.evil.example", "192.0.2.7:4321", "0.0.0.0", ""}},
		{"localhost:0", "http://localhost:4321", true, []string{"localhost:4321"}, []string{"evil.example"}},
		{"[::1]:0", "http://[::1]:4321", true, []string{"[::1]:4321"}, []string{"evil.example"}},
		{"box.example:0", "http://box.example:4321", false,
			[]string{"box.example:4321", "Box.Example", "127.0.0.1"}, []string{"evil.example", "192.0.2.7"}},
		{"0.0.0.0:0", "http://127.0.0.1:4321", false, []string{"192.0.2.7:4321", "127.0.0.1"}, []string{"evil.example", ""}},
		{"[::]:0", "http://127.0.0.1:4321", false, []string{"[2001:db8::7]:4321"}, []string{"evil.example"}},
		{":0", "http://127.0.0.1:4321", false, []string{"192.0.2.7"}, []string{"evil.example", ""}},
	}
	for _, test := range tests {
		t.Run(test.addr, func(t *testing.T) {
			opts, err := parseFlags([]string{"-addr", test.addr}, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			got, loopback := opts.address(&net.TCPAddr{Port: 4321}), isLoopback(opts.host)
			if got != test.url || loopback != test.loopback {
				t.Errorf("address = %s, loopback %t, want %s, %t", got, loopback, test.url, test.loopback)
			}
			checkHosts(t, opts, http.StatusOK, test.own)
			checkHosts(t, opts, http.StatusForbidden, test.other)
		})
	}
}

func checkHosts(t *testing.T, opts options, want int, hosts []string) {
	t.Helper()
	guarded := opts.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, host := range hosts {
		r, w := httptest.NewRequest(get, "/", nil), httptest.NewRecorder()
		r.Host = host
		if guarded.ServeHTTP(w, r); w.Code != want {
			t.Errorf("Host %q: status = %d, want %d", host, w.Code, want)
		}
	}
}

// wrongRequest is a request that must not decide.
type wrongRequest struct {
	name, method, address string
	header                http.Header
	want                  int
}

func wrongRequests(address, link string) []wrongRequest {
	_, query, _ := strings.Cut(link, "?")
	unsigned, _, _ := strings.Cut(link, "&signature=")
	oldLink := url.Values{"token": {strings.Repeat("x", 100)}, "execution": {"release"}}.Encode()
	change := func(old, new string) string { return strings.Replace(link, old, new, 1) }
	header := func(name, value string) http.Header { return http.Header{name: {value}} }
	return []wrongRequest{
		{name: "HEAD", method: http.MethodHead, address: link, want: http.StatusMethodNotAllowed},
		{name: "DELETE", method: http.MethodDelete, address: link, want: http.StatusMethodNotAllowed},
		{name: "get in small letters", method: "get", address: link, want: http.StatusMethodNotAllowed},
		{name: "query in the path", method: get, address: change("?", "%3F"), want: http.StatusNotFound},
		{name: "query in the path and after it", method: post, address: change("?", "%3Fx=1?"), want: http.StatusNotFound},
		{name: "send-request", method: get, address: address + "/send-request?" + query, want: http.StatusNotFound},
		{name: "posted execution-ended", method: post, address: address + "/execution-ended", want: http.StatusNotFound},
		{name: "posted send-request", method: post, address: address + "/send-request", want: http.StatusNotFound},
		{name: "unknown path", method: get, address: address + "/approved?" + query, want: http.StatusNotFound},
		{name: "unclean path", method: get, address: address + "//approve?" + query, want: http.StatusNotFound},
		{name: "posted root", method: post, address: address + "/", want: http.StatusNotFound},
		{name: "no query", method: get, address: address + "/approve", want: http.StatusBadRequest},
		{name: "no signature", method: get, address: unsigned, want: http.StatusBadRequest},
		{name: "other signature", method: get, address: unsigned + "&signature=" + strings.Repeat("A", 22),
			want: http.StatusBadRequest},
		{name: "other start", method: get, address: change("started=", "started=1"), want: http.StatusBadRequest},
		{name: "other approver", method: post, address: change("approver=approver", "approver=boss"),
			want: http.StatusBadRequest},
		{name: "every parameter twice", method: get, address: link + "&" + query, want: http.StatusBadRequest},
		{name: "link with a task token", method: get, address: address + "/approve?" + oldLink, want: http.StatusBadRequest},
		{name: "damaged link", method: get, address: link + "&x=%zz", want: http.StatusBadRequest},
		{name: "large header", method: get, address: link, header: header("X-Large", strings.Repeat("x", 10_240)),
			want: http.StatusRequestHeaderFieldsTooLarge},
		{name: "other host", method: get, address: link, header: header("Host", "evil.example"), want: http.StatusForbidden},
		{name: "other origin", method: post, address: address + "/", header: header("Origin", "https://evil.example"),
			want: http.StatusForbidden},
		{name: "other site", method: post, address: address + "/", header: header("Sec-Fetch-Site", "cross-site"),
			want: http.StatusForbidden},
	}
}

func TestWrongRequestsDecideNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		arn := r.startExecution(objectInput)
		link := r.link(anybody, arn, approval.Approve)
		for _, test := range wrongRequests(r.address, link) {
			if got := r.request(test.method, test.address, test.header); got.status != test.want {
				t.Errorf("%s: status = %d, want %d: %s", test.name, got.status, test.want, got.body)
			}
			r.checkRunning(arn, "after "+test.name)
		}
		r.click(get, link, http.StatusOK)
		r.click(get, link, http.StatusConflict)
		r.checkNoSecrets()
		r.checkOutcomes("requested", "approved", "AlreadyApproved", "InvalidLink", "MethodNotAllowed", "NotFound")
	})
}
