package approval

import (
	"net/url"
	"strconv"
	"time"
)

// Link is the content of a link in the e-mail, except for the decision. Only the token proves anything: whoever has it
// can change the rest.
type Link struct {
	// Token answers the waiting task.
	Token Token
	// Execution is the execution that waits.
	Execution ExecutionRef
	// SentAt is when the e-mail was sent, to the second, or zero if the link does not say.
	SentAt time.Time
	// ExpiresAt is when the link stops working, to the second, or zero if the link does not say.
	ExpiresAt time.Time
	// Confirm reports whether the e-mail promised that the link asks before it decides.
	Confirm bool
}

// The parameters of a link.
const (
	paramToken        = "token"
	paramStateMachine = "workflow"
	paramExecution    = "execution"
	paramStarted      = "started" // milliseconds since 1970
	paramSent         = "sent"    // seconds since 1970
	paramExpires      = "expires" // seconds since 1970
	paramConfirm      = "confirm"
)

// url returns the address of the link for a decision.
func (l Link) url(apiURL string, decision Decision) string {
	return apiURL + decision.Path + "?" + l.query()
}

// query encodes the link's parameters. It escapes the token, because base64 contains + and /.
func (l Link) query() string {
	query := paramToken + "=" + url.QueryEscape(string(l.Token)) +
		"&" + paramStateMachine + "=" + url.QueryEscape(l.Execution.StateMachine) +
		"&" + paramExecution + "=" + url.QueryEscape(l.Execution.Name) +
		"&" + paramStarted + "=" + strconv.FormatInt(l.Execution.StartedAt.UnixMilli(), 10) +
		"&" + paramSent + "=" + strconv.FormatInt(l.SentAt.Unix(), 10) +
		"&" + paramExpires + "=" + strconv.FormatInt(l.ExpiresAt.Unix(), 10)
	if l.Confirm {
		query += "&" + paramConfirm + "=true"
	}
	return query
}

// ParseLink decodes the parameters of a click. It returns an [*Error] unless there is exactly one token. It ignores other
// parameters that are malformed, and returns what it could decode even with an error.
func ParseLink(values url.Values) (Link, error) {
	token, err := parseToken(values[paramToken])
	link := Link{
		Token:     token,
		SentAt:    parseSeconds(values.Get(paramSent)),
		ExpiresAt: parseSeconds(values.Get(paramExpires)),
		Confirm:   values.Get(paramConfirm) == "true",
	}
	if name := values.Get(paramStateMachine); ValidName(name) {
		link.Execution.StateMachine = name
	}
	if name := values.Get(paramExecution); ValidName(name) {
		link.Execution.Name = name
	}
	if started, err := strconv.ParseInt(values.Get(paramStarted), 10, 64); err == nil {
		link.Execution.StartedAt = time.UnixMilli(started)
	}
	return link, err
}

// parseSeconds returns the zero time if text is not a number.
func parseSeconds(text string) time.Time {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
