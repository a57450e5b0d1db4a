package web

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"approval-workflow/handler/approval"
)

// SendRequest is the path of the send-request invocation. It is not a route of the API.
const SendRequest = "/send-request"

type taskKey struct{}

// WithTask marks the context of a request that comes from the state machine's task. [SendRequest] refuses every other
// request. The gateway cannot set a context.
func WithTask(ctx context.Context) context.Context { return context.WithValue(ctx, taskKey{}, true) }

func (s *server) send(r *http.Request) answer {
	if r.Context().Value(taskKey{}) == nil {
		return notFound(r)
	}
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		return taskFailed(fmt.Errorf("read payload: %w", err))
	}
	request, err := approval.ParseRequest(payload)
	var result answer
	if err != nil {
		result = taskFailed(err)
	} else {
		result = s.sendParsed(r.Context(), request)
	}
	if approval.ValidName(request.Execution.Name) {
		result.execution = request.Execution.Name
	}
	return result
}

func (s *server) sendParsed(ctx context.Context, request approval.Request) answer {
	sent, err := s.service.Send(ctx, request)
	if err != nil {
		return taskFailed(err)
	}
	outcome := "requested"
	switch {
	case sent.Reminder > 0:
		outcome = "reminded"
	case sent.Emails == 0:
		outcome = "continued" // after an approval, while others are still needed
	}
	return answer{
		status: http.StatusOK, outcome: outcome, message: "Approval requested", forTask: true, unusedKeys: sent.UnusedKeys,
	}
}
