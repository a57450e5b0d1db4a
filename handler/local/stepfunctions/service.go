// Package stepfunctions is the Step Functions API of the local run: one state machine, and its executions in memory.
package stepfunctions

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"approval-workflow/handler/local/asl"
)

const arnPrefix = "arn:aws:states:us-east-1:000000000000:"

// StateMachineARN is the one state machine.
const StateMachineARN = arnPrefix + "stateMachine:approval-workflow"

const executionPrefix = arnPrefix + "execution:approval-workflow:"

// Service runs the executions of the state machine. It is an http.Handler and safe for concurrent use.
type Service struct {
	machine *asl.Machine
	tasks   *asl.Tasks

	mu         sync.Mutex
	executions []*execution // in the order of their start
	closed     bool
	running    sync.WaitGroup
}

// execution is guarded by its service's lock.
type execution struct {
	name, input, status       string
	start, stop               time.Time
	output, errorName, reason *string
	cancel                    context.CancelCauseFunc
	done                      chan struct{} // closed when its run has ended
}

const (
	statusRunning   = "RUNNING"
	statusSucceeded = "SUCCEEDED"
	statusFailed    = "FAILED"
	statusAborted   = "ABORTED"
)

var (
	errStopped = errors.New("the execution was stopped")
	errClosing = errors.New("the local run ends")
)

// NewService returns a Service that runs machine, with the task tokens in tasks.
func NewService(machine *asl.Machine, tasks *asl.Tasks) *Service {
	return &Service{machine: machine, tasks: tasks}
}

// Close ends every execution, and waits until they have ended. None can be started any more.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	for _, e := range s.executions {
		e.cancel(errClosing)
	}
	s.mu.Unlock()
	s.running.Wait()
}

// start begins an execution, or finds the running one of the same name and input: a start is idempotent.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func (s *Service) start(name, input string) (*execution, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fault{"ServiceUnavailable", "The local run is ending."}
	}
	if e := s.find(name); e != nil {
		if e.status == statusRunning && e.input == input {
			return e, nil
		}
		return nil, fault{"ExecutionAlreadyExists", fmt.Sprintf("Execution Already Exists: '%s'", executionPrefix+name)}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	e := &execution{name: name, input: input, status: statusRunning, start: now(), cancel: cancel, done: make(chan struct{})}
	s.executions = append(s.executions, e)
	s.running.Go(func() {
		defer close(e.done)
		output, err := s.machine.Run(ctx, asl.Execution{
			ID: executionPrefix + name, Name: name, StartTime: e.start, Input: json.RawMessage(input),
		}, s.tasks)
		s.finish(e, output, err)
	})
	return e, nil
}

// finish puts the end of a run on record, unless the execution was stopped before.
func (s *Service) finish(e *execution, output json.RawMessage, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.status != statusRunning || errors.Is(err, errClosing) {
		return
	}
	e.stop = now()
	if err == nil {
		text := string(output)
		e.status, e.output = statusSucceeded, &text
		return
	}
	failure := &asl.Error{Name: "States.Runtime", Cause: err.Error()}
	errors.As(err, &failure)
	e.status, e.errorName, e.reason = statusFailed, &failure.Name, &failure.Cause
}

// abort stops an execution if it runs. Its task takes no more answers once this returns the time of its end.
func (s *Service) abort(e *execution, errorName, cause *string) time.Time {
	s.mu.Lock()
	if e.status == statusRunning {
		e.status, e.stop, e.errorName, e.reason = statusAborted, now(), errorName, cause
		e.cancel(errStopped)
	}
	stop := e.stop
	s.mu.Unlock()
	<-e.done
	return stop
}

// find returns the execution of that name, or nil.
func (s *Service) find(name string) *execution {
	for _, e := range s.executions {
		if e.name == name {
			return e
		}
	}
	return nil
}

// now is the time as the API tells it, in milliseconds.
func now() time.Time { return time.Now().Truncate(time.Millisecond) }

// newID is a random UUID, as AWS names executions and requests.
func newID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
