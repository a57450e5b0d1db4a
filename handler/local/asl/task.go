package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// task is a state that uses a service.
type task struct {
	Type, Comment, Resource string
	Parameters              json.RawMessage
	TimeoutSeconds          int
	ResultSelector          json.RawMessage
	ResultPath              *resultPath
	Retry                   []retrier
	Catch                   []catcher
	transition

	service  service
	selector *template
}

// service is what the Resource of a task names.
type service interface {
	// prepare reads the fields of the task that depend on its Resource.
	prepare(t *task, resources Resources) error
	// attempt uses the service once and returns the result.
	attempt(ctx context.Context, v visit, input json.RawMessage) (json.RawMessage, error)
}

type catcher struct {
	Comment     string
	ErrorEquals errorEquals
	ResultPath  *resultPath
	Next        string
}

var resourceSyntax = regexp.MustCompile(`^arn:[a-z-]+:states:::(.+)$`)

func (t *task) prepare(resources Resources) error {
	if err := t.prepareService(resources); err != nil {
		return err
	}
	if t.ResultSelector != nil {
		selector, err := parseObject("ResultSelector", t.ResultSelector, contextPaths)
		if err != nil {
			return err
		}
		t.selector = &selector
	}
	if err := t.ResultPath.check(); err != nil {
		return err
	}
	for i := range t.Retry {
		if err := t.Retry[i].prepare(i == len(t.Retry)-1); err != nil {
			return fmt.Errorf("Retry[%d]: %w", i, err)
		}
	}
	for i, c := range t.Catch {
		if err := c.check(i == len(t.Catch)-1); err != nil {
			return fmt.Errorf("Catch[%d]: %w", i, err)
		}
	}
	return t.check()
}

func (t *task) prepareService(resources Resources) error {
	name := resourceSyntax.FindStringSubmatch(t.Resource)
	switch {
	case name != nil && name[1] == "lambda:invoke.waitForTaskToken":
		t.service = &callback{}
	case name != nil && name[1] == "states:startExecution.sync:2":
		t.service = &nested{}
	default:
		return fmt.Errorf("unknown Resource %q", t.Resource)
	}
	if t.Parameters == nil {
		return errors.New("Parameters is missing")
	}
	return t.service.prepare(t, resources)
}

func (c catcher) check(last bool) error {
	if c.Next == "" {
		return errors.New("Next is missing")
	}
	if err := c.ResultPath.check(); err != nil {
		return err
	}
	return c.ErrorEquals.check(last)
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
		output, err := t.attempt(ctx, v, input)
		failure, failed := errors.AsType[*Error](err)
		if !failed {
			return output, t.Next, err // succeeded, or stopped
		}
		delay, again := nextDelay(t.Retry, used, failure.Name)
		if !again {
			return t.catch(v, input, failure)
		}
		v.retryCount++
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, "", context.Cause(ctx)
		}
	}
}

func (t *task) attempt(ctx context.Context, v visit, input json.RawMessage) (json.RawMessage, error) {
	result, err := t.service.attempt(ctx, v, input)
	if err == nil {
		err = limit(v.state, result)
	}
	if err == nil && t.selector != nil {
		result, err = t.selector.render(v, result)
	}
	if err != nil {
		return nil, err
	}
	return t.ResultPath.apply(v.state, input, result)
}

// catch returns what follows an error that is not retried.
func (t *task) catch(v visit, input json.RawMessage, failure *Error) (json.RawMessage, string, error) {
	for _, c := range t.Catch {
		if c.ErrorEquals.match(failure.Name) {
			result, err := encode(struct{ Error, Cause string }{failure.Name, failure.Cause})
			if err != nil {
				return nil, "", err
			}
			output, err := c.ResultPath.apply(v.state, input, result)
			return output, c.Next, err
		}
	}
	return nil, "", failure
}
