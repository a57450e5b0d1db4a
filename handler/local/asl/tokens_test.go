package asl

import (
	"errors"
	"regexp"
	"testing"
)

func TestTokens(t *testing.T) {
	tasks := NewTasks()
	if err := tasks.Succeed("unknown", []byte(`1`)); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("unknown token: error = %v, want %v", err, ErrInvalidToken)
	}
	token, waiting := tasks.open()
	if len(token) != 684 || !regexp.MustCompile(`^[A-Za-z0-9+/]+=$`).MatchString(token) {
		t.Errorf("a token of %d characters does not look like AWS's", len(token))
	}
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
