package main

import (
	"context"
	"errors"
	"fmt"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
)

// callback is an approval.Callback that answers the tasks of the state machine.
type callback struct {
	tasks *asl.Tasks
}

// Succeed implements [approval.Callback].
func (c callback) Succeed(_ context.Context, token approval.Token, output []byte) error {
	err := c.tasks.Succeed(string(token), output)
	if errors.Is(err, asl.ErrInvalidToken) || errors.Is(err, asl.ErrTaskTimedOut) {
		return fmt.Errorf("%w: %w", approval.ErrClosed, err)
	}
	return err
}
