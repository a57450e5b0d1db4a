package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// task invokes a Lambda function and waits until its task token is answered.
type task struct {
	Type, Comment, Resource string
	Parameters              json.RawMessage
	TimeoutSeconds          int
	Retry                   []retrier
	Catch                   []catcher
	transition

	payload  template
	function Function
}

type catcher struct {
	Comment     string
	ErrorEquals errorEquals
	Next        string
}

var resource = regexp.MustCompile(`^arn:[a-z-]+:states:::lambda:invoke\.waitForTaskToken$`)

func (t *task) prepare(functions map[string]Function) error {
	if !resource.MatchString(t.Resource) {
		return fmt.Errorf("unknown Resource %q", t.Resource)
	}
	if t.TimeoutSeconds < 1 {
		return errors.New("TimeoutSeconds must be a positive number")
	}
	if err := t.prepareParameters(functions); err != nil {
		return err
	}
	for i := range t.Retry {
		if err := t.Retry[i].prepare(i == len(t.Retry)-1); err != nil {
			return fmt.Errorf("Retry[%d]: %w", i, err)
		}
	}
	for i, c := range t.Catch {
		if err := c.ErrorEquals.check(i == len(t.Catch)-1); err != nil {
			return fmt.Errorf("Catch[%d]: %w", i, err)
		}
		if c.Next == "" {
			return fmt.Errorf("Catch[%d]: Next is missing", i)
		}
	}
	return t.check()
}

func (t *task) prepareParameters(functions map[string]Function) error {
	var parameters struct {
		FunctionName string
		Payload      json.RawMessage
	}
	if t.Parameters == nil {
		return errors.New("Parameters is missing")
	}
	if err := decode("Parameters", t.Parameters, &parameters); err != nil {
		return err
	}
	t.function = functions[parameters.FunctionName]
	if t.function == nil {
		return fmt.Errorf("Parameters.FunctionName: unknown function %q", parameters.FunctionName)
	}
	if parameters.Payload == nil {
		return errors.New("Parameters.Payload is missing")
	}
	allowed := append([]string{tokenPath}, contextPaths...)
	var err error
	t.payload, err = parseTemplate("Parameters.Payload", parameters.Payload, allowed)
	return err
}

func (t *task) targets() []string {
	names := t.transition.targets()
	for _, c := range t.Catch {
		names = append(names, c.Next)
	}
	return names
}

func (t *task) run(ctx context.Context, v visit, input json.RawMessage) (json.RawMessage, string, error) {
	used := make([]int, len(t.Retry)) // retries of each retrier
	for {
		output, err := t.attempt(ctx, v, input)
		var failure *Error
		if !errors.As(err, &failure) {
			return output, t.Next, err // answered, or stopped
		}
		delay, again := nextDelay(t.Retry, used, failure.Name)
		if !again {
			return t.caught(failure)
		}
		v.retryCount++
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, "", context.Cause(ctx)
		}
	}
}

// attempt invokes the function once, with a token of its own, and waits for the answer.
func (t *task) attempt(ctx context.Context, v visit, input json.RawMessage) (json.RawMessage, error) {
	token, waiting := v.tasks.open()
	defer v.tasks.end(waiting)
	v.token = token
	payload, err := t.payload.render(v, input)
	if err == nil {
		err = limit(v.state, payload)
	}
	if err != nil {
		return nil, err
	}
	failed := make(chan error, 1)
	go func() { // which goes on to its end, as on Lambda, whatever becomes of the task
		if err := t.function(context.WithoutCancel(ctx), payload); err != nil {
			failed <- asError(err)
		}
	}()
	timeout := time.NewTimer(time.Duration(t.TimeoutSeconds) * time.Second)
	defer timeout.Stop()
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

func asError(err error) error {
	var failure *Error
	if errors.As(err, &failure) {
		return failure
	}
	return &Error{Name: errTaskFailed, Cause: err.Error()}
}

// caught is how the state goes on after a failure that is not retried.
func (t *task) caught(failure *Error) (json.RawMessage, string, error) {
	for _, c := range t.Catch {
		if c.ErrorEquals.match(failure.Name) {
			output, err := encode(struct{ Error, Cause string }{failure.Name, failure.Cause})
			return output, c.Next, err
		}
	}
	return nil, "", failure
}
