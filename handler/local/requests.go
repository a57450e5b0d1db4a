package main

import (
	"net/http"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/stepfunctions"
)

// requests are the requests that wait for a decision.
type requests struct {
	executions *stepfunctions.Service
}

// openRequest says how far a request has got.
type openRequest struct {
	// ExecutionARN identifies the execution that waits.
	ExecutionARN string `json:"executionArn"`
	// Approvals are the records of the approvals so far.
	Approvals []approval.Record `json:"approvals"`
	// ApprovalsNeeded is the number of approvers who have to agree.
	ApprovalsNeeded int `json:"approvalsNeeded"`
	// OpenUntil is when the request expires. Each approval moves it, because the wait begins again.
	OpenUntil time.Time `json:"openUntil"`
}

// list serves GET /requests. It returns the requests as JSON, the newest first. A request is missing in the second
// between two e-mails, when no task waits.
func (r requests) list(w http.ResponseWriter, _ *http.Request) {
	open := []openRequest{} // an empty list is [], not null
	for _, request := range r.executions.Waiting() {
		open = append(open, openRequest{
			ExecutionARN:    request.Execution.ARN,
			Approvals:       request.Approvals,
			ApprovalsNeeded: request.ApprovalsNeeded,
			OpenUntil:       request.EnteredAt.Add(request.Schedule.Duration()),
		})
	}
	writeJSON(w, open)
}
