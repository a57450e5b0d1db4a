package web

import (
	"cmp"
	"errors"
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

const openAgain = "Open the complete link from the e-mail again."

// failures are the answers by code. A code that is missing gets the answer of [approval.CodeInternal].
var failures = map[approval.Code]failure{
	approval.CodeInvalidRequest:      {status: http.StatusBadRequest},
	approval.CodeNoConfirmedApprover: {status: http.StatusPreconditionFailed},
	approval.CodeNotificationRefused: {
		status: http.StatusBadGateway,
		what:   "The e-mail was refused.",
		advice: "A retry does not help. Check the topic and the function's permissions.",
	},
	approval.CodeNotificationUnavailable: {
		status: http.StatusServiceUnavailable,
		what:   "The e-mail was not accepted. A retry may help.",
	},
	approval.CodeInvalidToken: {
		status: http.StatusBadRequest,
		title:  "This link does not work",
		what:   "The link's token does not belong to this workflow.",
		advice: "Nothing was decided. " + openAgain,
	},
	approval.CodeInvalidReason: {
		status: http.StatusBadRequest,
		title:  "The reason is too long",
		advice: "Nothing was decided. Go back, shorten the reason and press the button again.",
	},
	approval.CodeAlreadyApproved: alreadyDecided(approval.Approve),
	approval.CodeAlreadyRejected: alreadyDecided(approval.Reject),
	approval.CodeExpired: {
		status: http.StatusGone,
		title:  "This request has expired",
		what:   "Nobody decided in time. Nothing was changed.",
		advice: "If the request is still needed, the requester can start it again.",
	},
	approval.CodeStopped: {
		status: http.StatusGone,
		title:  "This request was withdrawn",
		what:   "The execution was stopped before anyone decided. Nothing was changed.",
	},
	approval.CodeReplaced: {
		status: http.StatusGone,
		title:  "A newer e-mail replaced this one",
		what:   "The request is still open, but a newer e-mail replaced this link.",
		advice: "Nothing was changed. Use the links in the newest e-mail.",
	},
	approval.CodeClosed: {
		status: http.StatusGone,
		title:  "This request is closed",
		what:   "This request was already decided, it expired, or its execution has ended. Nothing was changed.",
	},
	approval.CodeUnavailable: {
		status: http.StatusServiceUnavailable,
		title:  "Not recorded yet",
		what:   "AWS Step Functions did not confirm the decision. Treat it as not recorded.",
		advice: "The link still works. Open it again in a minute to decide, or to see what was recorded.",
	},
	approval.CodeInternal: {
		status: http.StatusInternalServerError,
		title:  "Not recorded",
		what:   "The decision did not reach the workflow. Treat it as not recorded.",
		advice: "Tell the operators of this workflow. The function's log says why.",
	},
}

func alreadyDecided(decision approval.Decision) failure {
	return failure{
		status: http.StatusConflict,
		title:  "Already " + decision.Status,
		what:   "This request was " + decision.Status + " before. That decision is final.",
		advice: "There is nothing left to do.",
	}
}

// failed returns the answer to an error. Its message shows nothing of the underlying error, which may be internal.
func failed(err error) answer {
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
