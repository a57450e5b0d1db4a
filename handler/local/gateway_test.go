package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/approval"
)

// TestLargestInput checks that the largest input that is asked about can also be approved, whatever the browsers send. A
// larger input fails before anyone is asked. Each approval that is needed makes the largest input smaller.
func TestLargestInput(t *testing.T) {
	for approvals := 1; approvals <= 3; approvals++ {
		t.Run(fmt.Sprint(approvals), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testLargestInput(t, approvals) })
		})
	}
}

func testLargestInput(t *testing.T, approvals int) {
	largest := 262_144 - 8_192*approvals // bytes
	r := start(t, ofThree(approvals)...)
	arn := r.startExecution(`"` + strings.Repeat("x", largest-2) + `"`)
	header := http.Header{"User-Agent": {strings.Repeat(`"`, 1000)}}
	for _, approver := range []string{ada, bob, cleo}[:approvals] {
		got := r.request(http.MethodGet, r.linkTo(approver, arn, approval.Approve), header)
		if got.status != http.StatusOK {
			t.Errorf("answer to %s = %d %s", approver, got.status, got.body)
		}
	}
	if end := r.describeEnded(arn); end.Status != types.ExecutionStatusSucceeded {
		t.Errorf("status = %s, error %s", end.Status, aws.ToString(end.Error))
	}
	end := r.describeEnded(r.startExecution(`"` + strings.Repeat("x", largest-1) + `"`))
	if aws.ToString(end.Error) != "NotSent" || !strings.Contains(aws.ToString(end.Cause), "no room for the decisions") {
		t.Errorf("larger input: error %s, cause %s", aws.ToString(end.Error), aws.ToString(end.Cause))
	}
}

// wrongRequest is a request that must not decide.
type wrongRequest struct {
	name    string
	method  string
	address string
	header  http.Header
	want    int
}

func wrongRequests(address, link string) []wrongRequest {
	const get, post = http.MethodGet, http.MethodPost
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
		{name: "posted send-request", method: post, address: address + "/send-request", want: http.StatusNotFound},
		{name: "unknown path", method: get, address: address + "/approved?" + query, want: http.StatusNotFound},
		{name: "unclean path", method: get, address: address + "//approve?" + query, want: http.StatusNotFound},
		{name: "posted root", method: post, address: address + "/", want: http.StatusNotFound},
		{name: "no query", method: get, address: address + "/approve", want: http.StatusBadRequest},
		{name: "no signature", method: get, address: unsigned, want: http.StatusBadRequest},
		{name: "other signature", method: get, address: unsigned + "&signature=" + strings.Repeat("A", 22),
			want: http.StatusBadRequest},
		{name: "other start", method: get, address: change("started=", "started=1"), want: http.StatusBadRequest},
		{name: "other approver", method: post, address: change("approver=approver@", "approver=boss@"),
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
		link := r.link(r.email(arn), approval.Approve)
		for _, test := range wrongRequests(r.address, link) {
			if got := r.request(test.method, test.address, test.header); got.status != test.want {
				t.Errorf("%s: status = %d, want %d: %s", test.name, got.status, test.want, got.body)
			}
			if got := r.describe(arn).Status; got != types.ExecutionStatusRunning {
				t.Errorf("%s: the execution is %s", test.name, got)
			}
		}
		r.click(http.MethodGet, link, http.StatusOK)
		r.click(http.MethodGet, link, http.StatusConflict)
		r.checkNoSecrets()
		for _, outcome := range []string{
			"requested", "approved", "AlreadyApproved", "InvalidLink", "MethodNotAllowed", "NotFound",
		} {
			if !strings.Contains(r.log.String(), `"outcome":"`+outcome+`"`) {
				t.Errorf("the log has no line with the outcome %s", outcome)
			}
		}
	})
}
