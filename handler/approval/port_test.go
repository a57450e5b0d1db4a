package approval_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// TestPortErrors has every port fail in every way. Whatever the port quotes, the token is not in the error.
func TestPortErrors(t *testing.T) {
	token := string(newGate(t, 1).request.TaskToken)
	quoting := fmt.Errorf("value %q, in a link %s, is refused", token, url.QueryEscape(token))
	message := "The value " + token + " is wrong."
	tests := []struct {
		name         string
		err          error
		send, decide approval.Code
	}{
		{"refused", &approval.Error{Code: approval.CodeInternal, Message: message, Err: quoting}, approval.CodeInternal, approval.CodeInternal},
		{"wrapped", fmt.Errorf("outer: %w", &approval.Error{Code: approval.CodeUnavailable, Err: quoting}),
			approval.CodeUnavailable, approval.CodeUnavailable},
		{"without a cause", &approval.Error{Code: approval.CodeInternal}, approval.CodeInternal, approval.CodeInternal},
		{"without a code", quoting, approval.CodeNotificationRefused, approval.CodeInternal},
		{"out of time", fmt.Errorf("%w: %w", quoting, context.DeadlineExceeded),
			approval.CodeNotificationUnavailable, approval.CodeUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGate(t, 1)
			g.fake.NotifyErr = func(string) error { return test.err }
			g.checkClean(send(g), test.send)
			g.fake.ConfirmedErr = test.err
			g.checkClean(send(g), test.send)
			g.fake.SucceedErr = test.err
			g.checkClean(approve(g), test.decide)
			g.fake.SucceedErr, g.fake.ReadErr = nil, test.err
			g.checkRead(test.decide)
		})
	}
}

func send(g *gate) error {
	_, err := g.service.Send(g.t.Context(), g.request)
	return err
}

func approve(g *gate) error {
	_, err := g.service.Decide(g.t.Context(), g.click(jo, approval.Approve))
	return err
}

func look(g *gate) error {
	_, err := g.service.Look(g.t.Context(), g.link(jo))
	return err
}

// checkRead checks the error of a read that fails after it has found the token.
func (g *gate) checkRead(want approval.Code) {
	g.t.Helper()
	ports := g.fake.Ports()
	ports.Executions = leaky{g.fake, g.execution()}
	g.service = approval.NewService(approval.Config{Approvers: []string{jo}}, ports)
	g.checkClean(approve(g), want)
	g.checkClean(look(g), want)
}

// leaky returns an execution together with the error of the fake.
type leaky struct {
	*approvaltest.Fake
	execution approval.Execution
}

func (l leaky) Read(ctx context.Context, ref approval.ExecutionRef) (approval.Execution, error) {
	_, err := l.Fake.Read(ctx, ref)
	return l.execution, err
}

// TestPortErrorsAfterAnOlderToken checks that the error of a second read does not contain the token of the first one.
func TestPortErrorsAfterAnOlderToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, 1)
		g.fake.Reads = []approval.Execution{g.execution()}
		g.fake.ReadErr = fmt.Errorf("the token %s is old", string(g.request.TaskToken))
		g.fake.Retry(g.request.Execution.Name)
		g.checkClean(approve(g), approval.CodeInternal)
	})
}

// checkClean checks the code of an error, and that neither the error nor what it wraps contains the token.
func (g *gate) checkClean(err error, want approval.Code) {
	g.t.Helper()
	if got := approval.CodeOf(err); got != want {
		g.t.Errorf("code = %q, want %q", got, want)
	}
	token := string(g.request.TaskToken)
	for ; err != nil; err = errors.Unwrap(err) {
		text := fmt.Sprintf("%v %+v %#v", err, err, err)
		if strings.Contains(text, token) || strings.Contains(text, url.QueryEscape(token)) {
			g.t.Error("the error contains the token")
		}
	}
}

// TestCallsAreLimited checks that every call ends within the time limit with an error that says that a retry may help.
func TestCallsAreLimited(t *testing.T) {
	stuck := approval.Execution{Status: approval.StatusMoving}
	tests := []struct {
		name string
		edit func(*gate)
		call func(*gate) error
		want time.Duration
	}{
		{"Look hangs", func(g *gate) { g.fake.Hang = true }, look, approval.CallTimeout},
		{"Decide hangs", func(g *gate) { g.fake.Hang = true }, approve, approval.CallTimeout},
		{"second call of Decide", func(g *gate) { g.fake.Latency = 6 * time.Second }, approve, approval.CallTimeout},
		{"no task waits", func(g *gate) { g.fake.Reads = repeat(stuck, 100) }, approve, approval.CallTimeout},
		{"no task waits for Look", func(g *gate) { g.fake.Reads = repeat(stuck, 100) }, look, approval.CallTimeout},
		{"read stays stale", func(g *gate) {
			g.fake.Reads = repeat(g.execution(), 100)
			g.fake.Retry(g.request.Execution.Name)
		}, approve, approval.CallTimeout},
		{"read throttled", func(g *gate) {
			g.fake.ReadErr = &approval.Error{Code: approval.CodeUnavailable, Err: errors.New("throttled")}
		}, approve, 0},
		{"answer throttled", func(g *gate) {
			g.fake.SucceedErr = &approval.Error{Code: approval.CodeUnavailable, Err: errors.New("throttled")}
		}, approve, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(t, 1)
				test.edit(g)
				g.checkUnavailable(test.call, test.want)
			})
		})
	}
}

// checkUnavailable checks that a call fails for now after that time, and that nothing was decided.
func (g *gate) checkUnavailable(call func(*gate) error, want time.Duration) {
	g.t.Helper()
	start := time.Now()
	if got := approval.CodeOf(call(g)); got != approval.CodeUnavailable {
		g.t.Errorf("code = %q, want %s", got, approval.CodeUnavailable)
	}
	if got := time.Since(start); got != want {
		g.t.Errorf("the calls took %s, want %s", got, want)
	}
	if got := len(g.fake.Answers()); got != 0 {
		g.t.Errorf("%d answers, want none", got)
	}
}

func repeat(execution approval.Execution, times int) []approval.Execution {
	return slices.Repeat([]approval.Execution{execution}, times)
}
