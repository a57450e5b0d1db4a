package asl

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTokens(t *testing.T) {
	tasks, token := NewTasks(), newToken()
	if len(token) != 684 || !regexp.MustCompile(`^[A-Za-z0-9+/]+=$`).MatchString(token) {
		t.Errorf("a token of %d characters does not look like AWS's", len(token))
	}
	if err := tasks.Succeed(token, []byte(`1`)); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("unknown token: error = %v, want %v", err, ErrInvalidToken)
	}
	waiting := tasks.open("arn:id", token, nil)
	if err := tasks.Succeed(token, []byte(`1`)); err != nil {
		t.Errorf("first answer: %v", err)
	}
	if err := tasks.Succeed(token, []byte(`2`)); !errors.Is(err, ErrTaskTimedOut) {
		t.Errorf("second answer: error = %v, want %v", err, ErrTaskTimedOut)
	}
	if output, ok := tasks.end(waiting); !ok || string(output) != `1` {
		t.Errorf("output = %s, want the first answer", output)
	}
}

// checkNewest compares the newest task of an execution with want.
func checkNewest(t *testing.T, tasks *Tasks, id string, want Wait) {
	t.Helper()
	if diff := cmp.Diff(want, tasks.Newest(id)); diff != "" {
		t.Errorf("newest task of %s (-want +got):\n%s", id, diff)
	}
}

// TestNewest follows the newest task of an execution from its start to its end, beside another execution.
func TestNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks, start := NewTasks(), time.Now()
		checkNewest(t, tasks, "a", Wait{})
		first := tasks.open("a", "A", json.RawMessage(`1`))
		checkNewest(t, tasks, "a", Wait{Payload: json.RawMessage(`1`), Since: start, Open: true})
		_, _ = tasks.end(first)
		checkNewest(t, tasks, "a", Wait{Payload: json.RawMessage(`1`), Since: start})

		time.Sleep(time.Minute)
		_ = tasks.open("a", "B", json.RawMessage(`2`))
		_ = tasks.open("b", "C", json.RawMessage(`3`))
		checkNewest(t, tasks, "a", Wait{Payload: json.RawMessage(`2`), Since: start.Add(time.Minute), Open: true})
		if err := tasks.Succeed("B", []byte(`4`)); err != nil {
			t.Fatal(err)
		}
		checkNewest(t, tasks, "a", Wait{Payload: json.RawMessage(`2`), Since: start.Add(time.Minute)})
		checkNewest(t, tasks, "b", Wait{Payload: json.RawMessage(`3`), Since: start.Add(time.Minute), Open: true})
	})
}

// TestNewestOfExecution checks that the newest task of an execution has the payload that the function got.
func TestNewestOfExecution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, start := new(harness), time.Now()
		h.invoked = func(n int) error {
			time.Sleep(time.Second)
			got := h.tasks.Newest("arn:id")
			if !got.Open || !got.Since.Equal(start.Add(time.Duration(n)*61*time.Second)) {
				t.Errorf("invocation %d: open = %t, since %s", n, got.Open, got.Since)
			}
			if !strings.Contains(string(got.Payload), h.tokens[n]) {
				t.Errorf("invocation %d: the payload does not contain the token of the task", n)
			}
			return nil
		}
		retry := retryTask(`{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 1}`)
		if _, err := h.run(t, t.Context(), retry, `{}`); err != nil {
			t.Error(err)
		}
		if got := h.tasks.Newest("arn:id"); got.Open || len(h.tokens) != 2 {
			t.Errorf("after %d invocations and the end, open = %t, want 2 and false", len(h.tokens), got.Open)
		}
	})
}
