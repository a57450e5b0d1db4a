package asl

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
)

// The answers to a task token that ends no task.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
var (
	// ErrInvalidToken is a token that was never given out.
	ErrInvalidToken = errors.New("InvalidToken: Invalid token")
	// ErrTaskTimedOut is the token of a task that was answered, has ended or has timed out.
	ErrTaskTimedOut = errors.New("TaskTimedOut: Task Timed Out: 'Provided task does not exist anymore'")
)

// Tasks are the tasks that wait, or waited, for their task tokens. It is safe for concurrent use.
type Tasks struct {
	mu      sync.Mutex
	byToken map[string]*waiting
}

type waiting struct {
	answered chan struct{} // closed with the answer
	output   json.RawMessage
	closed   bool
}

// NewTasks returns an empty set of tasks.
func NewTasks() *Tasks { return &Tasks{byToken: map[string]*waiting{}} }

// Succeed ends the task that waits with token by output, a JSON value. The first answer wins. It fails with
// [ErrInvalidToken] or [ErrTaskTimedOut].
func (t *Tasks) Succeed(token string, output []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	task, ok := t.byToken[token]
	switch {
	case !ok:
		return ErrInvalidToken
	case task.closed:
		return ErrTaskTimedOut
	}
	task.closed, task.output = true, output
	close(task.answered)
	return nil
}

// open starts a task with a new token, which looks like those of AWS: base64 that a link has to escape.
func (t *Tasks) open() (string, *waiting) {
	secret := make([]byte, 512)
	_, _ = rand.Read(secret) // never fails
	token := base64.StdEncoding.EncodeToString(secret)
	task := &waiting{answered: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byToken[token] = task
	return token, task
}

// end takes no more answers and returns the one that came, if any: an answer that was accepted counts, even if the
// task ended for another reason at the same moment.
func (t *Tasks) end(task *waiting) (json.RawMessage, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	task.closed = true
	return task.output, task.output != nil
}
