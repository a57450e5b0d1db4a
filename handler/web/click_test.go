package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
)

func TestSuccessBodyToTheLetter(t *testing.T) {
	for path, want := range map[string]string{
		"/approve": `{"message":"Workflow approved successfully"}` + "\n",
		"/reject":  `{"message":"Workflow rejected"}` + "\n",
	} {
		if got := newClient(t).get(path + "?" + tokenQuery).Body.String(); got != want {
			t.Errorf("answer to %s = %s, want %s", path, got, want)
		}
	}
}

func TestInvalidLinks(t *testing.T) {
	tests := []struct{ name, target, message string }{
		{"no token", "/approve", "no token"},
		{"empty token", "/approve?token=", "no token"},
		{"two tokens", "/approve?" + tokenQuery + "&" + tokenQuery, "more than one"},
		{"long token", "/approve?token=" + strings.Repeat("x", 2049), "longer than 2048"},
		{"damaged link", "/approve?" + tokenQuery + "%2", "damaged"},
		{"link with a semicolon", "/approve?" + tokenQuery + ";", "damaged"},
		{"another workflow's token", "/reject?token=S3CRET-of-another", "not belong to this workflow"},
		{"plus sign that became a space", "/approve?token=" + token, "not belong to this workflow"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			c.check(c.get(test.target), expected{status: http.StatusBadRequest, message: test.message, outcome: "InvalidToken"})
		})
	}
}

// TestErrorsOfStepFunctions checks the answers to errors of SendTaskSuccess, which must not show the errors' own text.
func TestErrorsOfStepFunctions(t *testing.T) {
	retry := http.Header{"Retry-After": {"30"}}
	unavailable := expected{status: http.StatusServiceUnavailable, message: "link still works", outcome: "Unavailable", header: retry}
	internal := expected{status: http.StatusInternalServerError, message: "Treat it as not recorded", outcome: "Internal"}
	unknown := internal
	unknown.outcome = "Unknown"
	tests := []struct {
		name string
		err  error
		want expected
	}{
		{"closed", &approval.Error{Code: approval.CodeClosed, Err: errors.New("SDK: task timed out")},
			expected{status: http.StatusGone, message: "already decided", outcome: "Closed"}},
		{"unavailable", &approval.Error{Code: approval.CodeUnavailable, Err: errors.New("SDK: throttled")}, unavailable},
		{"slow", context.DeadlineExceeded, unavailable},
		{"no permission", errors.New("SDK: not authorized; token " + token), internal},
		{"unknown code", &approval.Error{Code: "Unknown", Err: errors.New("SDK: new")}, unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			c.aws.SucceedErr = test.err
			response := c.get("/approve?" + tokenQuery)
			c.check(response, test.want)
			if got := decode(t, response).Message; strings.Contains(got, "SDK") {
				t.Errorf("message %q shows the underlying error", got)
			}
		})
	}
}

func TestSecondClick(t *testing.T) {
	c := newClient(t)
	for _, want := range []int{http.StatusOK, http.StatusGone} {
		if got := c.get("/approve?" + tokenQuery).Code; got != want {
			t.Errorf("status = %d, want %d", got, want)
		}
	}
	if got := len(c.records()); got != 1 {
		t.Errorf("%d decisions were made, want 1", got)
	}
}

func TestTokenInPostedForm(t *testing.T) {
	form := url.Values{"token": {token}}
	c := newClient(t)
	c.check(c.post("/reject", form), expected{status: http.StatusOK, message: "Workflow rejected", outcome: "rejected"})
	c = newClient(t)
	c.check(c.post("/reject?"+tokenQuery, form), expected{
		status: http.StatusBadRequest, message: "more than one", outcome: "InvalidToken",
	})
}

func TestDamagedForm(t *testing.T) {
	c := newClient(t)
	request := httptest.NewRequest("POST", "/reject?"+tokenQuery, strings.NewReader("reason=%2"))
	request.Header.Set("Content-Type", formType)
	c.check(c.do(request), expected{status: http.StatusBadRequest, message: "The form is damaged", outcome: "InvalidToken"})
}
