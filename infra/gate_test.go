package infra

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
)

// gate is the function's handler with the deployed definition's payload and a fake of AWS.
type gate struct {
	t       *testing.T
	payload string // asks for the approval of ann and bob
	aws     *approvaltest.Fake
	handler http.Handler
	log     bytes.Buffer
}

// newGate returns a gate for the payload of a task.
func newGate(t *testing.T, payload string) *gate {
	g := &gate{t: t, payload: payload, aws: approvaltest.New(testArgs.Emails...)}
	config := approval.Config{APIURL: "https://api.example", Approvers: testArgs.Emails}
	logger := slog.New(slog.NewJSONHandler(&g.log, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))
	g.handler = web.NewHandler(approval.NewService(config, g.aws.Ports()), logger)
	return g
}

// line serves a request and returns the line of the log about it.
func (g *gate) line(request *http.Request) string {
	g.log.Reset()
	g.handler.ServeHTTP(httptest.NewRecorder(), request)
	return g.log.String()
}

// sent returns the request of the send-request invocation.
func sent(payload io.Reader) *http.Request {
	request := httptest.NewRequest(http.MethodPost, web.SendRequest, payload)
	return request.WithContext(web.WithTask(request.Context()))
}

// ask starts an execution that needs that many approvals, and sends its e-mails.
func (g *gate) ask(approvals string) {
	g.t.Helper()
	payload := strings.Replace(g.payload, `"approvalsNeeded":2`, `"approvalsNeeded":`+approvals, 1)
	request, err := approval.ParseRequest([]byte(payload))
	if err != nil {
		g.t.Fatal(err)
	}
	g.aws.Start(request)
	g.line(sent(strings.NewReader(payload)))
}

// clicked returns a click on the link of an approver's e-mail that leads to a path.
func (g *gate) clicked(method, path, approver string) *http.Request {
	g.t.Helper()
	emails := g.aws.Emails()
	i := slices.IndexFunc(emails, func(e approvaltest.Email) bool { return e.Approver == approver })
	if i < 0 {
		g.t.Fatalf("%s got no e-mail", approver)
	}
	link := regexp.MustCompile(`https://api\.example` + path + `\?\S+`).FindString(emails[i].Body)
	return httptest.NewRequest(method, link, nil)
}

// afterAge asks for one approval, waits, and returns ann's click.
func afterAge(age time.Duration, method, path string) func(*gate) *http.Request {
	return func(g *gate) *http.Request {
		g.ask("1")
		time.Sleep(age)
		return g.clicked(method, path, "ann@example.com")
	}
}

// breakAWS makes every call to AWS fail, except for the list of the subscribers.
func (g *gate) breakAWS(code approval.Code) {
	err := &approval.Error{Code: code, Err: errors.New("refused")}
	g.aws.ReadErr, g.aws.SucceedErr = err, err
	g.aws.NotifyErr = func(string) error { return err }
}
