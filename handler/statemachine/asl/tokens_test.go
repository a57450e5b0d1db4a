package asl

import (
	"encoding/json"
	"errors"
	"regexp"
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
