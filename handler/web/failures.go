package web

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
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

// openAgain is the advice to whoever has opened something else than a link.
const openAgain = "Open the complete link from the e-mail again."

// failures are the answers by code. A code that is missing gets the answer of [approval.CodeInternal].
var failures = map[approval.Code]failure{
	approval.CodeInvalidRequest:  {status: http.StatusBadRequest},
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
		what:   "The link is not complete, it was changed, or it is not from this workflow.",
		advice: "Nothing was decided. " + openAgain + " If the e-mail is from before an upgrade, ask the requester to start again.",
	},
	approval.CodeNotApprover: {
		status: http.StatusForbidden,
		title:  "You are not an approver any more",
		what:   "The operators of this workflow removed you from the approvers.",
		advice: "Nothing was decided.",
	},
	approval.CodeRequester: {
		status: http.StatusForbidden,
		title:  "You started this request",
		what:   "You started this request, so somebody else has to decide. Nothing was decided.",
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
	known := &approval.Error{Code: approval.CodeInternal}
	errors.As(err, &known)
	f, ok := failures[known.Code]
	if !ok {
		f = failures[approval.CodeInternal]
	}
	a := answer{status: f.status, title: f.title, code: string(known.Code), err: err}
	a.message = strings.TrimSpace(cmp.Or(known.Message, f.what) + " " + f.advice)
	if known.Code.Transient() {
		a.header = http.Header{"Retry-After": {"30"}}
	}
	return a
}

// taskFailed returns the answer to an error of the state machine's task. Its message shows the underlying error, because
// the error of a Lambda function stays within the account.
func taskFailed(err error) answer {
	a := failed(err)
	a.forTask = true
	var known *approval.Error
	if errors.As(err, &known) && known.Err != nil {
		a.message += " " + known.Err.Error()
	}
	return a
}
