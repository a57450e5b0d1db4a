package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

func TestSuccessBodyToTheLetter(t *testing.T) {
	for path, want := range map[string]string{
		"/approve": `{"message":"Workflow approved successfully"}` + "\n",
		"/reject":  `{"message":"Workflow rejected"}` + "\n",
	} {
		c := newClient(t)
		if got := c.get(path + "?" + c.query(ann)).Body.String(); got != want {
			t.Errorf("answer to %s = %s, want %s", path, got, want)
		}
	}
}

var (
	retry       = http.Header{"Retry-After": {"30"}}
	unavailable = expected{status: http.StatusServiceUnavailable, message: "link still works", outcome: "Unavailable", header: retry}
	internal    = expected{status: http.StatusInternalServerError, message: "Tell the operators", outcome: "Internal"}
)

// portErrors are errors of SendTaskSuccess, GetExecutionHistory and GenerateMac. The answers must not show their text.
var portErrors = []struct {
	name string
	err  error
	want expected
}{
	{"unavailable", &approval.Error{Code: approval.CodeUnavailable, Err: errors.New("SDK: throttled")}, unavailable},
	{"slow", context.DeadlineExceeded, unavailable},
	{"no permission", errors.New("SDK: not authorized"), internal},
	{"unknown code", &approval.Error{Code: "Unknown", Err: errors.New("SDK: new")},
		expected{status: internal.status, message: internal.message, outcome: "Unknown"}},
}

func TestErrorsOfPorts(t *testing.T) {
	checkPortErrors(t, newClient, func(f *approvaltest.Fake, err error) { f.SucceedErr = err }, "Treat it as not recorded.")
}

// TestErrorsBeforeTheDecision checks that the answer says that nothing was decided, if that is certain.
func TestErrorsBeforeTheDecision(t *testing.T) {
	readErr := func(f *approvaltest.Fake, err error) { f.ReadErr = err }
	keyErr := func(f *approvaltest.Fake, err error) { f.KeyErr = err }
	checkPortErrors(t, newClient, readErr, "")
	checkPortErrors(t, newClient, keyErr, "Nothing was decided.")
	checkPortErrors(t, newConfirmClient, readErr, "Nothing was decided.")
	checkPortErrors(t, newConfirmClient, keyErr, "Nothing was decided.")
}

// checkPortErrors clicks on a link while a port has each of the errors.
func checkPortErrors(t *testing.T, newClient func(*testing.T) *client, set func(*approvaltest.Fake, error), message string) {
	t.Helper()
	for _, test := range portErrors {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			set(c.aws, test.err)
			response := c.get(c.approve())
			c.check(response, test.want)
			if got := decode(t, response).Message; strings.Contains(got, "SDK") || !strings.Contains(got, message) {
				t.Errorf("message = %q, want %q in it and not the underlying error", got, message)
			}
		})
	}
}

func TestErrorThatQuotesTheToken(t *testing.T) {
	c := newClient(t)
	c.aws.SucceedErr = errors.New("SDK: 1 validation error: Value '" + token + "' at 'taskToken'")
	c.check(c.get(c.approve()), internal)
}

// TestTaskThatStaysClosed checks that a click gives up when the task stays closed although the execution seems to wait.
func TestTaskThatStaysClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t)
		c.aws.SucceedErr = &approval.Error{Code: approval.CodeClosed, Err: errors.New("SDK: task timed out")}
		c.check(c.get(c.approve()), unavailable)
	})
}

func TestSecondClick(t *testing.T) {
	c := newClient(t)
	c.check(c.get(c.approve()), expected{status: http.StatusOK, message: "approved", outcome: "approved"})
	c.check(c.get(c.approve()), expected{status: http.StatusConflict, message: "approved before", outcome: "AlreadyApproved"})
}

func TestLostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t)
		c.aws.LoseAnswers = 1
		c.check(c.get(c.approve()), expected{status: http.StatusOK, message: "Workflow approved successfully", outcome: "approved"})
	})
}
