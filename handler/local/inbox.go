package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/stepfunctions"
)

// inbox shows the mailbox with the state of each link.
type inbox struct {
	address    string // which the links begin with
	mailbox    *mailbox
	executions *stepfunctions.Service
}

// listedMail is an e-mail with what its reader can do.
type listedMail struct {
	mail
	// ExecutionARN identifies the execution that the e-mail is about.
	ExecutionARN string   `json:"executionArn"`
	Approve      mailLink `json:"approve"`
	Reject       mailLink `json:"reject"`
}

// mailLink is a link of an e-mail.
type mailLink struct {
	URL string `json:"url"`
	// Closed says why the link no longer decides. It is empty for a link that works.
	Closed string `json:"closed,omitempty"`
}

// The values of [mailLink.Closed].
const (
	closedByEnd      = "the execution has ended"
	closedByApproval = "this approver has approved"
)

// list serves GET /emails. It returns all e-mails as JSON, the oldest first.
func (i inbox) list(w http.ResponseWriter, r *http.Request) {
	listed := []listedMail{} // an empty list is [], not null
	for _, email := range i.mailbox.list() {
		listed = append(listed, i.look(r.Context(), email))
	}
	writeJSON(w, listed)
}

// latest serves GET /emails/latest. It returns the newest e-mail that can still approve, as text.
func (i inbox) latest(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	for _, email := range slices.Backward(i.mailbox.list()) {
		if i.look(r.Context(), email).Approve.Closed == "" {
			fmt.Fprintf(w, "To:         %s\nSubject:    %s\nReceived:   %s\n\n%s\n",
				email.To, email.Subject, email.ReceivedAt.Format(time.DateTime+" MST"), email.Body)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprintln(w, "No e-mail waits for a decision. Start an execution, then look again.")
}

// look returns an e-mail with its links and their state.
func (i inbox) look(ctx context.Context, email mail) listedMail {
	listed := listedMail{mail: email}
	listed.Approve.URL, listed.Reject.URL = i.find(email, approval.Approve), i.find(email, approval.Reject)
	ref := executionOf(listed.Approve.URL)
	listed.ExecutionARN = stepfunctions.ExecutionARN(ref)
	execution, err := i.executions.Read(ctx, ref)
	if err != nil { // the e-mail shows the links as they are
		return listed
	}
	approved := func(record approval.Record) bool { return record.Approver == email.To }
	switch {
	case execution.Status != approval.StatusWaiting && execution.Status != approval.StatusMoving:
		listed.Approve.Closed, listed.Reject.Closed = closedByEnd, closedByEnd
	case slices.ContainsFunc(execution.Request.Approvals, approved):
		listed.Approve.Closed = closedByApproval // whoever has approved can still reject
	}
	return listed
}

// find returns the e-mail's link for a decision. It has a line of its own, which no text of the requester can begin.
func (i inbox) find(email mail, decision approval.Decision) string {
	for line := range strings.Lines(email.Body) {
		if strings.HasPrefix(line, i.address+decision.Path+"?") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// executionOf returns the execution that a link identifies.
func executionOf(link string) approval.ExecutionRef {
	parsed, err := url.Parse(link)
	if err != nil {
		return approval.ExecutionRef{}
	}
	stateMachine, name, _ := strings.Cut(parsed.Query().Get("execution"), ":")
	return approval.ExecutionRef{StateMachine: stateMachine, Name: name}
}
