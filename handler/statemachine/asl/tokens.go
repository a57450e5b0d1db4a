package asl

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// The answers to a task token that ends no task.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
var (
	// ErrInvalidToken means that no task ever had the token.
	ErrInvalidToken = errors.New("InvalidToken: Invalid token")
	// ErrTaskTimedOut means that the task was answered before, has ended or has timed out.
	ErrTaskTimedOut = errors.New("TaskTimedOut: Task Timed Out: 'Provided task does not exist anymore'")
)

// Tasks are the tasks that wait for their task tokens, and those that have waited. It is safe for concurrent use.
type Tasks struct {
	mu          sync.Mutex
	byToken     map[string]*waiting
	byExecution map[string]*waiting // the newest task, by the ARN of the execution
}

// Wait is a task that waits for its token, or has waited.
type Wait struct {
	// Payload is the payload of the task's function. It contains the token.
	Payload json.RawMessage
	// Since is when the task began to wait.
	Since time.Time
	// Open reports whether the task still accepts an answer.
	Open bool
}

type waiting struct {
	Wait
	answered chan struct{} // closed with the answer
	output   json.RawMessage
}

// NewTasks returns an empty set of tasks.
func NewTasks() *Tasks {
	return &Tasks{byToken: map[string]*waiting{}, byExecution: map[string]*waiting{}}
}

// Succeed ends the task that waits with token. The result of the task is output, a JSON value. Only the first answer
// counts. Its error is [ErrInvalidToken] or [ErrTaskTimedOut].
func (t *Tasks) Succeed(token string, output []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	task, ok := t.byToken[token]
	switch {
	case !ok:
		return ErrInvalidToken
	case !task.Open:
		return ErrTaskTimedOut
	}
	task.Open, task.output = false, output
	close(task.answered)
	return nil
}

// Newest returns the newest task of an execution, by the ARN of the execution.
func (t *Tasks) Newest(executionID string) Wait {
	t.mu.Lock()
	defer t.mu.Unlock()
	if task := t.byExecution[executionID]; task != nil {
		return task.Wait
	}
	return Wait{}
}

// newToken returns a token that looks like AWS's: base64.
func newToken() string {
	secret := make([]byte, 512)
	rand.Read(secret) // never fails
	return base64.StdEncoding.EncodeToString(secret)
}

// open starts a task of an execution that waits for a token.
func (t *Tasks) open(executionID, token string, payload json.RawMessage) *waiting {
	task := &waiting{Wait: Wait{Payload: payload, Since: time.Now(), Open: true}, answered: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byToken[token], t.byExecution[executionID] = task, task
	return task
}

// end closes a task and returns its answer, if it has one. An answer that was accepted counts, even if the task ends for
// another reason at the same moment.
func (t *Tasks) end(task *waiting) (json.RawMessage, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	task.Open = false
	return task.output, task.output != nil
}
