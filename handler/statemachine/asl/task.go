package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"time"
)

// task is a state that invokes a Lambda function and waits for an answer to the task token.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
type task struct {
	Type, Comment, Resource string
	Parameters              struct {
		FunctionName string
		Payload      json.RawMessage
	}
	TimeoutSeconds int
	Retry          []retrier
	Catch          []catcher
	transition

	function Function
	payload  template
}

type catcher struct {
	ErrorEquals errorEquals
	Next        string
}

var resourceSyntax = regexp.MustCompile(`^arn:[a-z-]+:states:::lambda:invoke\.waitForTaskToken$`)

func (t *task) prepare(functions Functions) error {
	t.function = functions[t.Parameters.FunctionName]
	switch {
	case !resourceSyntax.MatchString(t.Resource):
		return fmt.Errorf("unknown Resource %q", t.Resource)
	case t.function == nil:
		return fmt.Errorf("Parameters.FunctionName: unknown function %q", t.Parameters.FunctionName)
	case t.Parameters.Payload == nil:
		return errors.New("Parameters.Payload is missing")
	case t.TimeoutSeconds < 1:
		return errors.New("TimeoutSeconds must be a positive number")
	}
	allowed := maps.Clone(inState)
	maps.Copy(allowed, inTask)
	var err error
	if t.payload, err = parseTemplate("Parameters.Payload", t.Parameters.Payload, allowed); err != nil {
		return err
	}
	for i, r := range t.Retry {
		if err := r.check(i == len(t.Retry)-1); err != nil {
			return fmt.Errorf("Retry[%d]: %w", i, err)
		}
	}
	for i, c := range t.Catch {
		if err := c.ErrorEquals.check(i == len(t.Catch)-1); err != nil {
			return fmt.Errorf("Catch[%d]: %w", i, err)
		}
	}
	return t.check()
}

func (t *task) transitions() []Transition {
	follow := t.transition.transitions()
	for _, c := range t.Catch {
		follow = append(follow, Transition{To: c.Next, When: c.ErrorEquals.when()})
	}
	return follow
}

func (t *task) run(ctx context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	used := make([]int, len(t.Retry)) // retries of each retrier
	for {
		v.token = newToken()
		payload, err := t.payload.render(v, input)
		if err != nil {
			return nil, "", err // no Catch catches an error from before the task
		}
		output, err := t.attempt(ctx, v, payload)
		failure, failed := errors.AsType[*Error](err)
		if !failed {
			return output, t.Next, err // succeeded, or stopped
		}
		delay, again := nextDelay(t.Retry, used, failure.Name)
		if !again {
			return t.catch(v, failure)
		}
		v.retryCount++
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, "", context.Cause(ctx)
		}
	}
}

// attempt invokes the function once and returns the answer to the task token.
func (t *task) attempt(ctx context.Context, v visit, payload json.RawMessage) (json.RawMessage, error) {
	waiting := v.tasks.open(v.execution.ID, v.token, payload)
	failed := make(chan error, 1)
	go func() { // as on Lambda, the invocation does not end with the task
		if err := t.function(context.WithoutCancel(ctx), payload); err != nil {
			failure := &Error{Name: errTaskFailed, Cause: err.Error()}
			_ = errors.As(err, &failure)
			failed <- failure
		}
	}()
	timeout := time.NewTimer(time.Duration(t.TimeoutSeconds) * time.Second)
	defer timeout.Stop()
	var err error
	select {
	case <-waiting.answered:
	case err = <-failed:
	case <-timeout.C:
		err = &Error{Name: errTimeout}
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if output, ok := v.tasks.end(waiting); ok {
		return output, limit(v.state, output)
	}
	return nil, err
}

// catch returns what follows an error that is not retried.
func (t *task) catch(v visit, failure *Error) (json.RawMessage, string, error) {
	for _, c := range t.Catch {
		if c.ErrorEquals.match(failure.Name) {
			output := encode(struct{ Error, Cause string }{failure.Name, failure.Cause})
			return output, c.Next, limit(v.state, output)
		}
	}
	return nil, "", failure
}
