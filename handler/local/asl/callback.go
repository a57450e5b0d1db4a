package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// callback invokes a Lambda function and waits for an answer to the task token.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
type callback struct {
	function Function
	payload  template
	timeout  time.Duration
}

func (c *callback) prepare(t *task, resources Resources) error {
	if t.TimeoutSeconds < 1 {
		return errors.New("TimeoutSeconds must be a positive number")
	}
	c.timeout = time.Duration(t.TimeoutSeconds) * time.Second
	var parameters struct {
		FunctionName string
		Payload      json.RawMessage
	}
	if err := decode("Parameters", t.Parameters, &parameters); err != nil {
		return err
	}
	c.function = resources.Functions[parameters.FunctionName]
	if c.function == nil {
		return fmt.Errorf("Parameters.FunctionName: unknown function %q", parameters.FunctionName)
	}
	if parameters.Payload == nil {
		return errors.New("Parameters.Payload is missing")
	}
	allowed := append([]string{tokenPath}, contextPaths...)
	var err error
	c.payload, err = parseTemplate("Parameters.Payload", parameters.Payload, allowed)
	return err
}

func (c *callback) attempt(ctx context.Context, v visit, input json.RawMessage) (json.RawMessage, error) {
	token, waiting := v.tasks.open(v.execution.ID)
	defer v.tasks.end(waiting)
	v.token = token
	payload, err := c.payload.renderPayload(v, input)
	if err != nil {
		return nil, err
	}
	v.tasks.setPayload(waiting, payload)
	failed := make(chan error, 1)
	go func() { // as on Lambda, the invocation does not end with the task
		if err := c.function(context.WithoutCancel(ctx), payload); err != nil {
			failed <- asError(err)
		}
	}()
	timeout := time.NewTimer(c.timeout)
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
		return output, nil
	}
	return nil, err
}
