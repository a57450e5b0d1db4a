package web

import (
	"fmt"
	"io"
	"net/http"

	"approval-workflow/handler/approval"
)

// ExecutionEnded is the path of the event about the end of an execution. It is not a route of the API.
const ExecutionEnded = "/execution-ended"

// end serves an event about the end of an execution.
func (s *server) end(r *http.Request) answer {
	event, err := io.ReadAll(r.Body)
	if err != nil {
		return eventFailed(fmt.Errorf("read event: %w", err))
	}
	end, err := approval.ParseEnd(event)
	if err != nil {
		return eventFailed(err)
	}
	reported, err := s.service.Report(r.Context(), end)
	a := answer{status: http.StatusOK, outcome: "reported", message: "Outcome reported"}
	if err != nil {
		a = eventFailed(err)
	}
	if a.err == nil {
		a.err = reported.HistoryErr
	}
	a.execution = end.Execution.Name
	return a
}
