package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"approval-workflow/handler/approval"
)

// answer is what a request comes to: what the client is told, and what the log is.
type answer struct {
	status  int
	title   string
	message string      // the body of the answer
	code    string      // the kind of failure, empty on success
	header  http.Header // beyond those that every answer carries

	pageOnly     bool          // there is no JSON for it
	confirmation *confirmation // of a page that asks

	outcome    string // for the log
	execution  string // for the log: the task's own name, or what the link says
	ageSeconds *int64 // for the log: of a decision, since the e-mail
	suspect    bool   // for the log: hardly a person's decision
	err        error  // for the log
}

// of names the execution that the link says it is for.
func (a answer) of(link approval.Link) answer {
	a.execution = link.Reference.Execution
	return a
}

func notFound(*http.Request) answer {
	return answer{
		status: http.StatusNotFound, code: "NotFound", title: "Nothing here",
		message: "There is no such page. Open the link from the e-mail again, whole and unchanged.",
	}
}

func methodNotAllowed(*http.Request) answer {
	return answer{
		status: http.StatusMethodNotAllowed, code: "MethodNotAllowed", title: "Method not allowed",
		message: "A decision is made with GET or POST. Nothing was decided.",
		header:  http.Header{"Allow": {strings.Join(methods, ", ")}},
	}
}

func confirmByPost() answer {
	return answer{
		status: http.StatusMethodNotAllowed, code: "ConfirmationRequired", title: "Confirmation required",
		message: "This workflow asks to confirm. Nothing was decided: send POST to the same address to decide.",
		header:  http.Header{"Allow": {http.MethodPost}},
	}
}

// failures are the answers to an [approval.Error]. What happened is the error's own message, if it has one. Those without
// a title answer the state machine, which takes no page.
var failures = map[approval.Code]struct {
	status       int
	title        string
	what, advice string
}{
	approval.CodeInvalidRequest:      {status: http.StatusBadRequest},
	approval.CodeNoConfirmedApprover: {status: http.StatusPreconditionFailed},
	approval.CodeNotificationRefused: {
		status: http.StatusBadGateway, what: "The e-mail was refused.",
		advice: "Retrying does not help: check the topic and the function's permissions.",
	},
	approval.CodeNotificationUnavailable: {
		status: http.StatusServiceUnavailable, what: "The e-mail was not accepted for now.",
	},
	approval.CodeInvalidToken: {
		http.StatusBadRequest, "This link does not work", "The link's token is not one of this workflow.",
		"Nothing was decided. Open the link from the e-mail again, whole and unchanged.",
	},
	approval.CodeInvalidReason: {
		http.StatusBadRequest, "The reason is too long", "",
		"Nothing was decided: go back, shorten it and press the button again.",
	},
	approval.CodeAlreadyApproved: {
		http.StatusConflict, "Already approved", "This request was approved before, and that stands.",
		"There is nothing left to do.",
	},
	approval.CodeAlreadyRejected: {
		http.StatusConflict, "Already rejected", "This request was rejected before, and that stands.",
		"There is nothing left to do.",
	},
	approval.CodeExpired: {
		http.StatusGone, "This request has expired", "Nobody decided in time. Nothing was changed.",
		"If it is still wanted, whoever asked can start it again.",
	},
	approval.CodeStopped: {
		http.StatusGone, "This request was withdrawn",
		"Its execution was stopped before a decision came. Nothing was changed.", "",
	},
	approval.CodeReplaced: {
		http.StatusGone, "A newer e-mail replaced this one", "The request is still open, but a newer e-mail replaced this link.",
		"Nothing was changed: use the links of the newest e-mail.",
	},
	approval.CodeClosed: {
		http.StatusGone, "This request is closed",
		"It was already decided, it expired, or its execution has ended. Nothing was changed.", "",
	},
	approval.CodeUnavailable: {
		http.StatusServiceUnavailable, "Not recorded yet",
		"AWS Step Functions did not confirm the decision: take it as not recorded.",
		"The link still works: open it again in a minute, and it decides or tells what was recorded.",
	},
	approval.CodeInternal: {
		http.StatusInternalServerError, "Not recorded",
		"The decision could not be handed to the workflow: take it as not recorded.",
		"Tell whoever runs this workflow: the function's log says why.",
	},
}

// failed is the one place where an error becomes a status and words for the client.
func failed(err error) answer {
	known := &approval.Error{Code: approval.CodeInternal}
	errors.As(err, &known)
	f, ok := failures[known.Code]
	if !ok {
		f = failures[approval.CodeInternal]
	}
	a := answer{status: f.status, title: f.title, code: string(known.Code), err: err}
	a.message = strings.TrimSpace(cmp.Or(known.Message, f.what) + " " + f.advice)
	if f.title == "" {
		a.message += cause(known)
	}
	if known.Code.Transient() {
		a.header = http.Header{"Retry-After": {"30"}}
	}
	return a
}

// cause shows the system's own words to the one who started the execution: unlike a click's answer, the Lambda error
// stays within the account.
func cause(err *approval.Error) string {
	if err.Err == nil {
		return ""
	}
	return " " + err.Err.Error()
}

// answer makes a handler of decide: it writes the answer in the form that the client prefers, and one line of log.
func (s *server) answer(handle func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := handle(r)
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("Referrer-Policy", "no-referrer") // the address holds the token
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Robots-Tag", "noindex")
		header.Set("Vary", "Accept")
		for name, values := range a.header {
			header[name] = values
		}
		var body []byte
		if a.pageOnly || a.title != "" && prefersHTML(r.Header.Values("Accept")) {
			body = a.page()
			header.Set("Content-Type", "text/html; charset=utf-8")
			header.Set("Content-Security-Policy", contentSecurityPolicy)
		} else {
			body = a.json()
			header.Set("Content-Type", "application/json")
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(body) // a client that is gone changes nothing
		s.log(r, a)
	}
}

func (a answer) json() []byte {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(struct { // strings always encode
		Error   string `json:"error,omitempty"`
		Message string `json:"message"`
	}{a.code, a.message})
	return body.Bytes()
}

// log writes the request's one line. The address is left out: its query holds the token.
func (s *server) log(r *http.Request, a answer) {
	level, outcome := slog.LevelInfo, a.outcome
	if a.code != "" {
		level, outcome = slog.LevelWarn, a.code
	}
	if a.status >= http.StatusInternalServerError || a.code != "" && a.title == "" { // for the task it is an error whatever its status
		level = slog.LevelError
	}
	if a.suspect {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("route", r.Pattern),
		slog.Int("status", a.status),
		slog.String("outcome", outcome),
		slog.String("execution", a.execution),
	}
	if a.ageSeconds != nil {
		attrs = append(attrs, slog.Int64("ageSeconds", *a.ageSeconds))
	}
	if a.suspect {
		attrs = append(attrs, slog.Bool("suspect", true))
	}
	if a.err != nil {
		attrs = append(attrs, slog.String("error", a.err.Error()))
	}
	s.logger.LogAttrs(r.Context(), level, "request", attrs...)
}
