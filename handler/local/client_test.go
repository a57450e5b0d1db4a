package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/stepfunctions"
)

// poll calls done until it returns true.
func (r *localRun) poll(done func() bool) {
	r.t.Helper()
	const interval, limit = 5 * time.Millisecond, time.Minute
	for range limit / interval {
		if done() {
			return
		}
		time.Sleep(interval)
	}
	r.t.Fatalf("nothing happened within %s", limit)
}

// startExecution starts an execution with a random name and returns its ARN.
func (r *localRun) startExecution(input string) string {
	r.t.Helper()
	return r.startNamedExecution(rand.Text(), input)
}

func (r *localRun) startNamedExecution(name, input string) string {
	r.t.Helper()
	out, err := r.sfn.StartExecution(r.t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(stepfunctions.StateMachineARN), Name: &name, Input: &input,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return *out.ExecutionArn
}

func (r *localRun) describe(executionARN string) *sfn.DescribeExecutionOutput {
	r.t.Helper()
	out, err := r.sfn.DescribeExecution(r.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &executionARN})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// describeEnded waits until an execution has ended, and describes it.
func (r *localRun) describeEnded(executionARN string) *sfn.DescribeExecutionOutput {
	r.t.Helper()
	var out *sfn.DescribeExecutionOutput
	r.poll(func() bool {
		out = r.describe(executionARN)
		return out.Status != types.ExecutionStatusRunning
	})
	return out
}

func (r *localRun) emails() []mail {
	r.t.Helper()
	var emails []mail
	if err := json.Unmarshal([]byte(r.request(http.MethodGet, r.address+"/emails", nil).body), &emails); err != nil {
		r.t.Fatal(err)
	}
	return emails
}

// email waits for the e-mail about an execution.
func (r *localRun) email(executionARN string) mail {
	r.t.Helper()
	name := executionARN[strings.LastIndex(executionARN, ":")+1:]
	var found mail
	r.poll(func() bool {
		for _, email := range r.emails() {
			if strings.Contains(email.Body, "Execution:  "+name+"\n") {
				found = email
				return true
			}
		}
		return false
	})
	return found
}

// link returns the e-mail's link for a decision.
func (r *localRun) link(email mail, decision approval.Decision) string {
	r.t.Helper()
	for line := range strings.Lines(email.Body) {
		if strings.HasPrefix(line, r.address+decision.Path+"?") {
			return strings.TrimSpace(line)
		}
	}
	r.t.Fatalf("the e-mail has no link to %s", decision.Path)
	return ""
}

type response struct {
	status int
	header http.Header
	body   string
}

func (r *localRun) request(method, address string, header http.Header) response {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, address, nil)
	if err != nil {
		r.t.Fatal("the address is invalid") // err would show the token in it
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Host = header.Get("Host")
	answer, err := r.http.Do(request)
	if err != nil {
		r.t.Fatalf("%s: %v", method, errors.Unwrap(err)) // err itself would show the token in the address
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response{answer.StatusCode, answer.Header, string(body)}
}

// click opens a link and checks the status of the answer.
func (r *localRun) click(method, link string, want int) response {
	r.t.Helper()
	got := r.request(method, link, nil)
	if got.status != want {
		r.t.Errorf("%s: status = %d, want %d: %s", method, got.status, want, got.body)
	}
	return got
}

// checkNoToken checks that nothing that was printed contains a task token.
func (r *localRun) checkNoToken() {
	r.t.Helper()
	printed := r.log.String()
	for _, email := range r.emails() {
		link, err := url.Parse(r.link(email, approval.Approve))
		if err != nil {
			r.t.Fatal("a link does not parse")
		}
		token := link.Query().Get("token")
		for _, form := range []string{token, url.QueryEscape(token), token[:40], token[len(token)-40:]} {
			if strings.Contains(printed, form) {
				r.t.Error("the log contains a task token")
			}
		}
	}
}
