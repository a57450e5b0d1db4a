//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// onSandbox reports whether the tests run on the sandbox, which has a control API.
func onSandbox() bool { return os.Getenv("SANDBOX_GATEWAY") != "" }

func onlyOnSandbox(t *testing.T) {
	t.Helper()
	if !onSandbox() {
		t.Skip("SANDBOX_GATEWAY is not set, and only the sandbox lists calls and makes them fail")
	}
}

// call is an API call that the sandbox lists.
type call struct {
	ID                                   int
	Service, Operation, Caller, Resource string
}

// calls returns the API calls that a query selects, the oldest first.
func calls(t *testing.T, query string) (found []call) {
	t.Helper()
	onlyOnSandbox(t)
	if err := sandbox(http.MethodGet, "calls?"+query, nil, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// lastCall returns the number of the newest API call, or 0 if the tests do not run on the sandbox.
func lastCall(t *testing.T) int {
	t.Helper()
	if !onSandbox() {
		return 0
	}
	all := calls(t, "")
	return all[len(all)-1].ID
}

// fault makes the next calls of an operation fail.
type fault struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Caller    string `json:"caller,omitempty"` // a part of the caller's ARN
	Status    int    `json:"status"`
	Code      string `json:"code,omitempty"`
	After     bool   `json:"after,omitempty"`      // the call succeeds and only its answer gets lost
	Latency   int    `json:"latency_ms,omitempty"` // before the answer
	Times     int    `json:"times"`
	Used      int    `json:"used,omitempty"` // the number of calls that failed
}

// late returns the fault with a number of milliseconds before the answer.
func (f fault) late(milliseconds int) fault {
	f.Latency = milliseconds
	return f
}

// afterCall returns a fault whose calls succeed. Only their answers get lost.
func (f fault) afterCall() fault {
	f.After = true
	return f
}

func (f fault) String() string {
	words := []string{f.Service, f.Operation, strconv.Itoa(f.Status)}
	if f.Code != "" {
		words = append(words, f.Code)
	}
	if f.After {
		words = append(words, "answer lost")
	}
	return strings.Join(words, " ")
}

// inject injects a fault until the end of the test.
func inject(t *testing.T, f fault) {
	t.Helper()
	if err := sandbox(http.MethodPost, "faults", f, new(any)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { clearFaults(t) })
}

// clearFaults removes the faults that are left.
func clearFaults(t *testing.T) {
	t.Helper()
	if err := sandbox(http.MethodDelete, "faults", nil, new(any)); err != nil {
		t.Error(err)
	}
}

// sandbox calls the control API of the sandbox. It sends an object as JSON, unless object is nil, and decodes the answer.
func sandbox(method, path string, object, into any) error {
	var body bytes.Buffer
	if object != nil {
		if err := json.NewEncoder(&body).Encode(object); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, os.Getenv("AWS_ENDPOINT_URL")+"/_sandbox/"+path, &body)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("sandbox: %s %s: %s", method, path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
