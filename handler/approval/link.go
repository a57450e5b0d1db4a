package approval

import (
	"net/url"
	"strconv"
	"time"
)

// Link is what a link of the e-mail carries beside the decision. Only the token is proof of anything: who has it could
// have changed the rest.
type Link struct {
	// Token answers the waiting task.
	Token Token
	// Reference names the execution that waits.
	Reference Reference
	// SentAt is when the e-mail was sent, to the second; zero if the link does not say.
	SentAt time.Time
	// ExpiresAt is when the link stops working, to the second; zero if it does not say.
	ExpiresAt time.Time
	// Confirm tells that the e-mail promised to ask before the link decides.
	Confirm bool
}

// Reference names an execution of this workflow.
type Reference struct {
	// Workflow is the name of the state machine.
	Workflow string
	// Execution is the execution's name.
	Execution string
	// StartedAt is when it was started, to the millisecond. Who guesses the name of another execution does not know it.
	StartedAt time.Time
}

// The parameters of a link.
const (
	paramToken     = "token"
	paramWorkflow  = "workflow"
	paramExecution = "execution"
	paramStarted   = "started" // milliseconds since 1970
	paramSent      = "sent"    // seconds since 1970
	paramExpires   = "expires" // seconds since 1970
	paramConfirm   = "confirm"
)

// query writes the link's parameters, the token first. It must be escaped, since base64 has + and /.
func (l Link) query() string {
	query := paramToken + "=" + url.QueryEscape(string(l.Token)) +
		"&" + paramWorkflow + "=" + url.QueryEscape(l.Reference.Workflow) +
		"&" + paramExecution + "=" + url.QueryEscape(l.Reference.Execution) +
		"&" + paramStarted + "=" + strconv.FormatInt(l.Reference.StartedAt.UnixMilli(), 10) +
		"&" + paramSent + "=" + strconv.FormatInt(l.SentAt.Unix(), 10) +
		"&" + paramExpires + "=" + strconv.FormatInt(l.ExpiresAt.Unix(), 10)
	if l.Confirm {
		query += "&" + paramConfirm + "=true"
	}
	return query
}

// ParseLink reads the parameters of a click. It fails if there is not one token; the rest it reads as far as it is
// sound, also when it fails.
func ParseLink(values url.Values) (Link, error) {
	token, err := parseToken(values[paramToken])
	link := Link{Token: token, Confirm: values.Get(paramConfirm) == "true"}
	if name := values.Get(paramWorkflow); ValidName(name) {
		link.Reference.Workflow = name
	}
	if name := values.Get(paramExecution); ValidName(name) {
		link.Reference.Execution = name
	}
	if started, err := strconv.ParseInt(values.Get(paramStarted), 10, 64); err == nil {
		link.Reference.StartedAt = time.UnixMilli(started)
	}
	link.SentAt = parseSeconds(values.Get(paramSent))
	link.ExpiresAt = parseSeconds(values.Get(paramExpires))
	return link, err
}

func parseSeconds(text string) time.Time {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
