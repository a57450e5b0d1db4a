package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/web"
)

func TestRouteKeys(t *testing.T) {
	want := []string{"GET /approve", "POST /approve", "GET /reject", "POST /reject"}
	if diff := cmp.Diff(want, web.RouteKeys()); diff != "" {
		t.Errorf("route keys (-want +got):\n%s", diff)
	}
}

func TestRoutesThatDecide(t *testing.T) {
	tests := []struct{ method, path, message, outcome string }{
		{"GET", "/approve", "Workflow approved successfully", "approved"},
		{"POST", "/approve", "Workflow approved successfully", "approved"},
		{"GET", "/reject", "Workflow rejected", "rejected"},
		{"POST", "/reject", "Workflow rejected", "rejected"},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			c := newClient(t)
			response := c.do(httptest.NewRequest(test.method, test.path+"?"+c.query(ann), nil))
			c.check(response, expected{status: http.StatusOK, message: test.message, outcome: test.outcome})
		})
	}
}

func TestOtherMethodsDoNotDecide(t *testing.T) {
	tests := []struct{ method, path, message string }{
		{"HEAD", "/approve", ""},
		{"PUT", "/reject", "GET or POST"},
		{"OPTIONS", "/reject", "GET or POST"},
		{"DELETE", "/approve", "GET or POST"},
	}
	for _, test := range tests {
		t.Run(test.method, func(t *testing.T) {
			c := newClient(t)
			c.check(c.do(httptest.NewRequest(test.method, test.path+"?"+c.query(ann), nil)), expected{
				status: http.StatusMethodNotAllowed, message: test.message, outcome: "MethodNotAllowed",
				header: http.Header{"Allow": {"GET, POST"}},
			})
		})
	}
}

func TestNotFound(t *testing.T) {
	tests := []struct{ name, method, path string }{
		{"another path", "GET", "/other"},
		{"root", "GET", "/"},
		{"path below a route", "GET", "/approve/"},
		{"path in capital letters", "GET", "/Approve"},
		{"path that is not clean", "GET", "//approve"},
		{"path with dots", "GET", "/x/../approve"},
		{"send-request from outside", "POST", "/send-request"},
		{"send-request by GET", "GET", "/send-request"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			c.check(c.do(httptest.NewRequest(test.method, test.path+"?"+c.query(ann), nil)), expected{
				status: http.StatusNotFound, message: "does not exist", outcome: "NotFound",
			})
		})
	}
}
