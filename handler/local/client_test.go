package main

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

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

type response struct {
	status int
	header http.Header
	body   string
}

func (r *localRun) request(method, address string, header http.Header) response {
	r.t.Helper()
	got, err := r.send(method, address, header)
	if err != nil {
		r.t.Fatalf("%s: %v", method, err)
	}
	return got
}

// send is request for any goroutine. Its errors leave out the address, which may contain a signature.
func (r *localRun) send(method, address string, header http.Header) (response, error) {
	request, err := http.NewRequestWithContext(r.t.Context(), method, address, nil)
	if err != nil {
		return response{}, errors.New("the address is invalid")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Host = header.Get("Host")
	answer, err := r.http.Do(request)
	if err != nil {
		return response{}, errors.Unwrap(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return response{answer.StatusCode, answer.Header, string(body)}, err
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
