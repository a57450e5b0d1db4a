package web

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"approval-workflow/handler/approval"
)

// failure is the answer to an [approval.Error].
type failure struct {
	status int
	title  string // of the page; empty for a code that only the state machine's task gets
	what   string // says what happened, unless the error has a message
	advice string // says what to do now
}

// failures are the answers by code. A code that is missing gets the answer of [approval.CodeInternal].
var failures = map[approval.Code]failure{
	approval.CodeInvalidRequest:  {status: http.StatusBadRequest},
	approval.CodeInvalidEvent:    {status: http.StatusBadRequest},
	approval.CodeTooFewApprovers: {status: http.StatusPreconditionFailed},
	approval.CodeNotificationRefused: {
		status: http.StatusBadGateway,
		what:   "The e-mail was refused.",
		advice: "A retry does not help. Check the topic and the function's permissions.",
	},
	approval.CodeNotificationUnavailable: {
		status: http.StatusServiceUnavailable,
		what:   "The e-mail was not accepted. A retry may help.",
	},
	approval.CodeInvalidLink: {
		status: http.StatusBadRequest,
		title:  "This link does not work",
		what:   "The link is not complete, it was changed, it was revoked, or it is not from this workflow.",
		advice: "Nothing was decided. Open the complete link of the newest e-mail. If that does not work either, ask the requester to " +
			"start the request again.",
	},
	approval.CodeNotApprover: {
		status: http.StatusForbidden,
		title:  "You are not an approver of this request",
		what:   "This request asks other people, or the operators of this workflow changed who approves it.",
		advice: "Nothing was decided.",
	},
	approval.CodeRequester: {
		status: http.StatusForbidden,
		title:  "You are the requester",
		what:   "The request names you as its requester, so somebody else has to decide. Nothing was decided.",
		advice: "To withdraw the request, stop its execution.",
	},
	approval.CodeAlreadyCounted: {
		status: http.StatusConflict,
		title:  "Your approval counts",
		what:   "You have approved this request before.",
		advice: "You do not have to do anything. You can still reject it with the other link in the e-mail.",
	},
	approval.CodeInvalidReason: {
		status: http.StatusBadRequest,
		title:  "The reason was not accepted",
		advice: "Nothing was decided. Go back, change the reason and press the button again.",
	},
	// decidedBefore says the rest.
	approval.CodeAlreadyApproved: {status: http.StatusConflict, title: "Already approved"},
	approval.CodeAlreadyRejected: {status: http.StatusConflict, title: "Already rejected"},
	approval.CodeExpired: {
		status: http.StatusGone,
		title:  "This request has expired",
		what:   "This request was not decided in time. Your click has no effect.",
		advice: "If the request is still needed, the requester can start it again.",
	},
	approval.CodeStopped: {
		status: http.StatusGone,
		title:  "This request was withdrawn",
		what:   "Somebody stopped the execution, which withdraws the request. Your click has no effect.",
	},
	approval.CodeClosed: {
		status: http.StatusGone,
		title:  "This request is closed",
		what:   "This request was already decided, it expired, or its execution has ended. Your click has no effect.",
	},
	approval.CodeUnavailable: {
		status: http.StatusServiceUnavailable,
		title:  "Not recorded yet",
		what:   "AWS did not confirm the decision. Treat it as not recorded.",
		advice: "The link still works. Open it again in a minute to decide, or to see what was recorded.",
	},
	approval.CodeInternal: {
		status: http.StatusInternalServerError,
		title:  "Not recorded",
		what:   "The decision did not reach the workflow. Treat it as not recorded.",
		advice: "Tell the operators of this workflow. The function's log says why.",
	},
}

// undecidedFailures are the answers to errors that come before a decision was sent.
var undecidedFailures = func() map[approval.Code]failure {
	all := maps.Clone(failures)
	all[approval.CodeUnavailable] = failure{
		status: http.StatusServiceUnavailable,
		title:  "Please try again",
		what:   "AWS did not answer, or the request is being sent again. Nothing was decided.",
		advice: "The link still works. Open it again in a minute.",
	}
	all[approval.CodeInternal] = failure{
		status: http.StatusInternalServerError,
		title:  "This does not work now",
		what:   "The workflow could not check this link. Nothing was decided.",
		advice: "Tell the operators of this workflow. The function's log says why.",
	}
	return all
}()

// failed returns the answer to an error. Its message shows nothing of the underlying error, which may be internal.
func failed(err error) answer { return failedWith(failures, err) }

// undecided is failed for an error that comes before a decision was sent.
func undecided(err error) answer { return failedWith(undecidedFailures, err) }

func failedWith(failures map[approval.Code]failure, err error) answer {
	code := approval.CodeOf(err)
	f, ok := failures[code]
	if !ok {
		f = failures[approval.CodeInternal]
	}
	what := f.what
	if known, ok := errors.AsType[*approval.Error](err); ok && known.Message != "" {
		what = known.Message
	}
	a := answer{status: f.status, title: f.title, code: string(code), err: err}
	a.message = strings.TrimSpace(what + " " + f.advice)
	if code.Transient() {
		a.header = http.Header{"Retry-After": {"30"}}
	}
	return a
}

// eventFailed returns the answer to an error about an event. Its message shows the underlying error, because
// the error of a Lambda function stays within the account.
func eventFailed(err error) answer {
	a := failed(err)
	if cause := errors.Unwrap(err); cause != nil {
		a.message += " " + cause.Error()
	}
	return a
}

// withRequest adds to the answer of a click that did not decide what is known of the request, and what that means for
// whoever clicked to decide.
func withRequest(a answer, clicked approval.Decision, view approval.View) answer {
	a.view = view
	switch approval.Code(a.code) {
	case approval.CodeAlreadyCounted: // how many approvals are still needed
		f := failures[approval.CodeAlreadyCounted]
		a.message = f.what + " " + stillNeeded(view.Missing()) + ". " + f.advice
	case approval.CodeStopped:
		if view.Withdrawal != "" {
			a.reasons = `They wrote: "` + view.Withdrawal + `"`
		}
	case approval.CodeAlreadyApproved:
		a.message, a.reasons = decidedBefore(approval.Approve, view)+" "+adviceAfterApproval(clicked), reasons(view)
	case approval.CodeAlreadyRejected:
		a.message, a.reasons = decidedBefore(approval.Reject, view)+" That decision is final. To ask again, the "+
			"requester has to start a new execution.", reasons(view)
	}
	return a
}

// decidedBefore says who decided on a request, and when.
func decidedBefore(decision approval.Decision, view approval.View) string {
	var deciders []string
	for _, record := range deciding(decision, view) {
		name := record.Approver
		if isOwn(record, view) {
			name = "you"
		}
		deciders = append(deciders, "by "+name+" at "+formatTime(record.DecidedAt))
	}
	text := "This request was " + decision.Status + " before"
	for i, decider := range deciders {
		separator := ", "
		if i > 0 && i == len(deciders)-1 {
			separator = " and "
		}
		text += separator + decider
	}
	return text + "."
}

// deciding returns the records that made a decision.
func deciding(decision approval.Decision, view approval.View) []approval.Record {
	if decision == approval.Approve {
		return view.Approvals
	}
	if view.Rejection == nil {
		return nil
	}
	return []approval.Record{*view.Rejection}
}

// isOwn reports whether a decision is that of whoever clicked.
func isOwn(record approval.Record, view approval.View) bool {
	return strings.EqualFold(record.Approver, view.Approver)
}

// adviceAfterApproval says what can be done about an approval.
func adviceAfterApproval(clicked approval.Decision) string {
	if clicked == approval.Reject {
		return "The execution has gone on, so nobody can reject it any more. If you object, ask the requester what can " +
			"still be done."
	}
	return "That decision is final. There is nothing left to do."
}

// reasons quotes the reasons of all who decided. They come after everything that the workflow says.
func reasons(view approval.View) string {
	var quoted []string
	for _, record := range records(view) {
		whose := "The reason of " + record.Approver
		if isOwn(record, view) {
			whose = "Your reason"
		}
		if record.Reason != "" {
			quoted = append(quoted, whose+`: "`+record.Reason+`"`)
		}
	}
	return strings.Join(quoted, " ")
}

// records returns the decisions so far.
func records(view approval.View) []approval.Record {
	return slices.Concat(deciding(approval.Approve, view), deciding(approval.Reject, view))
}
