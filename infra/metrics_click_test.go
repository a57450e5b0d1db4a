package infra

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"approval-workflow/handler/approval"
)

func TestClickMetrics(t *testing.T) {
	for _, test := range []struct {
		name    string
		request func(*gate) *http.Request
		want    []string
	}{
		{"approval", afterAge(time.Hour, "GET", "/approve"), []string{"AgeSeconds", "Approved"}},
		{"rejection", afterAge(time.Hour, "POST", "/reject"), []string{"AgeSeconds", "Rejected"}},
		{"approval within 30 seconds", afterAge(29*time.Second, "GET", "/approve"), []string{"AgeSeconds", "Approved", "FastDecisions"}},
		{"rejection at once", afterAge(0, "GET", "/reject"), []string{"AgeSeconds", "FastDecisions", "Rejected"}},
		{"approval after 30 seconds", afterAge(30*time.Second, "GET", "/approve"), []string{"AgeSeconds", "Approved"}},
		{"HEAD", afterAge(time.Hour, "HEAD", "/approve"), nil},
		{"prefetch", withHeader("Sec-Purpose", "prefetch"), nil},
		{"scanner", withHeader("User-Agent", "Mozilla/5.0"), nil},
		{"unsigned link", unsigned("/approve?execution=approval-1234567:release-42"), nil},
		{"another page", unsigned("/"), nil},
		{"link of the version before", unsigned("/approve?token=t"), nil},
		{"look at a closed request", closedAndAsked, []string{"StaleClicks"}},
		{"key unavailable", withoutKey(approval.CodeUnavailable), []string{"DecisionFaults"}},
		{"key denied", withoutKey(approval.CodeInternal), []string{"DecisionFaults"}},
	} {
		checkCounted(t, test.name, test.request, test.want)
	}
}

// TestApprovalMetrics checks that Approved counts requests rather than approvals.
func TestApprovalMetrics(t *testing.T) {
	click := func(age time.Duration, approvers ...string) func(*gate) *http.Request {
		return func(g *gate) *http.Request {
			g.ask("2")
			time.Sleep(age)
			last := len(approvers) - 1
			for _, approver := range approvers[:last] {
				g.line(g.clicked(http.MethodGet, "/approve", approver))
				time.Sleep(time.Second)
			}
			return g.clicked(http.MethodGet, "/approve", approvers[last])
		}
	}
	const ann, bob = "ann@example.com", "bob@example.com"
	checkCounted(t, "first of two", click(time.Hour, ann), nil)
	checkCounted(t, "first of two at once", click(0, ann), []string{"FastDecisions"})
	checkCounted(t, "second of two", click(time.Hour, ann, bob), []string{"AgeSeconds", "Approved"})
	checkCounted(t, "the same approver again", click(time.Hour, ann, ann), []string{"StaleClicks"})
	checkCounted(t, "after the end", click(time.Hour, ann, bob, ann), []string{"StaleClicks"})
}

// withHeader returns a click with a header that only asks.
func withHeader(name, value string) func(*gate) *http.Request {
	return func(g *gate) *http.Request {
		request := afterAge(time.Hour, http.MethodGet, "/approve")(g)
		request.Header.Set(name, value)
		request.Header.Set("Accept", "text/html")
		return request
	}
}

// closedAndAsked returns a click that only asks about a request that was approved before.
func closedAndAsked(g *gate) *http.Request {
	request := withHeader("Sec-Purpose", "prefetch")(g)
	g.line(g.clicked(http.MethodGet, "/approve", "bob@example.com"))
	return request
}

func unsigned(target string) func(*gate) *http.Request {
	return func(*gate) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }
}

// withoutKey returns a click while the key of the links cannot be derived.
func withoutKey(code approval.Code) func(*gate) *http.Request {
	return func(g *gate) *http.Request {
		request := afterAge(time.Hour, http.MethodGet, "/approve")(g)
		g.aws.KeyErr = &approval.Error{Code: code}
		return request
	}
}
