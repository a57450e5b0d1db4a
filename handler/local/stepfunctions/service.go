// Package stepfunctions implements the Step Functions API of the local run: one state machine, whose executions are in
// memory.
package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/statemachine/asl"
)

const (
	arnPrefix       = "arn:aws:states:us-east-1:000000000000:"
	executionPrefix = arnPrefix + "execution:approval-workflow:"

	// StateMachineARN is the ARN of the state machine.
	StateMachineARN = arnPrefix + "stateMachine:approval-workflow"
)

// Service runs the executions of the state machine. It is an http.Handler and safe for concurrent use.
type Service struct {
	machine *asl.Machine
	tasks   *asl.Tasks
	created time.Time
	ended   func(event []byte) // is told of each end

	mu         sync.Mutex
	executions []*execution // the oldest first
	closed     bool
	running    sync.WaitGroup
}

// execution is an execution of the state machine. The mutex of its Service guards it.
type execution struct {
	arn, name, input         string
	status                   approval.Status
	start, stop              time.Time
	output, errorName, cause *string
	visits                   []string // the states that it has entered
	cancel                   context.CancelFunc
	done                     chan struct{} // closed when its run has ended
}

// statusRunning is the status of an execution that has not ended. The others are those of package approval.
const statusRunning approval.Status = "RUNNING"

// NewService returns a Service that runs machine. When an execution has ended, it calls ended with the event that EventBridge
// sends, on a goroutine of its own.
func NewService(machine *asl.Machine, ended func(event []byte)) *Service {
	return &Service{machine: machine, tasks: asl.NewTasks(), created: now(), ended: ended}
}

// Close ends every execution, and waits for them and for what is told of their ends. Nobody can start another one afterwards.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	for _, e := range s.executions {
		e.cancel()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// start starts an execution, or returns the running one with the same name and input, because a start is idempotent.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func (s *Service) start(name, input string) (*execution, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, apiError{"ServiceUnavailable", "The local run is ending."}
	}
	arn := executionPrefix + name
	if e := s.find(arn); e != nil {
		if e.status == statusRunning && e.input == input {
			return e, nil
		}
		return nil, apiError{"ExecutionAlreadyExists", fmt.Sprintf("Execution Already Exists: '%s'", arn)}
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &execution{
		arn: arn, name: name, input: input, status: statusRunning, start: now(), cancel: cancel, done: make(chan struct{})}
	s.executions = append(s.executions, e)
	s.running.Go(func() {
		defer close(e.done)
		output, err := s.machine.Run(ctx, asl.Execution{
			ID: arn, Name: name, StartTime: e.start, Input: json.RawMessage(input),
			Entered: func(state string) { s.enter(e, state) },
		}, s.tasks)
		s.finish(e, output, err)
	})
	return e, nil
}

// enter records a visit, unless the execution was stopped before.
func (s *Service) enter(e *execution, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.status == statusRunning {
		e.visits = append(e.visits, state)
	}
}

// finish records how a run ended, unless it was stopped.
func (s *Service) finish(e *execution, output json.RawMessage, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.status != statusRunning || errors.Is(err, context.Canceled) {
		return
	}
	defer s.tell(e)
	e.stop = now()
	if err == nil {
		text := string(output)
		e.status, e.output = approval.StatusSucceeded, &text
		return
	}
	failure := &asl.Error{Name: "States.Runtime", Cause: err.Error()}
	errors.As(err, &failure)
	e.status, e.errorName = approval.StatusFailed, &failure.Name
	if failure.Cause != "" { // a time-out has none
		e.cause = &failure.Cause
	}
}

// abort stops an execution if it is running, and returns when it ended. Its task accepts no answers afterwards.
func (s *Service) abort(e *execution, errorName, cause *string) time.Time {
	s.mu.Lock()
	if e.status == statusRunning {
		e.status, e.stop, e.errorName, e.cause = approval.StatusAborted, now(), errorName, cause
		e.cancel()
		s.tell(e)
	}
	stop := e.stop
	s.mu.Unlock()
	<-e.done
	return stop
}

// tell tells of the end of an execution. The caller holds the mutex, so whoever is told and looks at the execution sees its end.
func (s *Service) tell(e *execution) {
	if s.closed { // and perhaps nobody waits for the goroutine
		return
	}
	event := e.event()
	s.running.Go(func() { s.ended(event) })
}

// find returns the execution with that ARN, or nil. The caller holds the mutex.
func (s *Service) find(arn string) *execution {
	for _, e := range s.executions {
		if e.arn == arn {
			return e
		}
	}
	return nil
}

// now returns the time as precisely as the API reports it, in milliseconds.
func now() time.Time { return time.Now().Truncate(time.Millisecond) }
