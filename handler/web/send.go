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

func (s *server) send(r *http.Request) answer {
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		return eventFailed(fmt.Errorf("read payload: %w", err))
	}
	request, err := approval.ParseRequest(payload)
	var result answer
	if err != nil {
		result = eventFailed(err)
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
		failed := eventFailed(err)
		failed.unreachable = sent.Unreachable
		return failed
	}
	outcome := "requested"
	switch {
	case sent.Reminder > 0:
		outcome = "reminded"
	case sent.Emails == 0:
		outcome = "continued" // after an approval, while others are still needed
	}
	return answer{
		status: http.StatusOK, outcome: outcome, message: "Approval requested",
		unusedKeys: sent.UnusedKeys, unreachable: sent.Unreachable,
	}
}
