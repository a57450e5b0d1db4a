package web_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const (
	apiURL = "https://api.example"
	ann    = "ann@example.com"
	bob    = "bob@example.com"
	carol  = "carol@example.com"
	token  = "AQCAAAAKgAA+S3CRET/token=="
)

// started is when the execution in payload started.
var started = time.UnixMilli(1795339805123)

// payload returns the payload of a task that waits for a number of approvals.
func payload(input string, approvalsNeeded int) string {
	return fmt.Sprintf(`{"taskToken": %q, "input": %s, "approvals": [], "approvalsNeeded": %d, "retryCount": 0,
		"enteredAt": "2000-01-01T00:00:00Z", "schedule": {"intervalSeconds": 60, "pauseSeconds": 1, "reminders": 1},
		"execution": {"name": "release-42", "startedAt": "2026-11-22T09:30:05.123Z",
		"id": "arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42"}}`, token, input, approvalsNeeded)
}

var emailLink = regexp.MustCompile(`(?m)^` + apiURL + `/approve\?(\S+)$`)

// query returns the query of both links in the last e-mail to an approver.
func (c *client) query(approver string) string {
	c.t.Helper()
	var query string
	for _, email := range c.aws.Emails() {
		if found := emailLink.FindStringSubmatch(email.Body); found != nil && email.To == approver {
			query = found[1]
		}
	}
	if query == "" {
		c.t.Fatalf("no e-mail to %s has a link", approver)
	}
	return query
}

// approve returns the target of the first approver's link to approve.
func (c *client) approve() string { c.t.Helper(); return "/approve?" + c.query(ann) }

// reject returns the target of the first approver's link to reject.
func (c *client) reject() string { c.t.Helper(); return "/reject?" + c.query(ann) }

// values returns the decoded parameters of the first approver's links.
func (c *client) values() url.Values {
	c.t.Helper()
	values, err := url.ParseQuery(c.query(ann))
	if err != nil {
		c.t.Fatal("the query of a link is malformed")
	}
	return values
}

// action is the only place of an answer that may contain a signature: where a button leads.
var action = regexp.MustCompile(` formaction="/(approve|reject)\?[^"]*"`)

func withoutActions(page string) string { return action.ReplaceAllString(page, "") }

// checkSecrets checks that text contains neither the task token nor the signature of a link.
func (c *client) checkSecrets(text string) {
	c.t.Helper()
	secrets := []string{token, url.QueryEscape(token), "S3CRET", "signature="}
	for _, email := range c.aws.Emails() {
		if _, signature, found := strings.Cut(emailLink.FindString(email.Body), "signature="); found {
			secrets = append(secrets, signature)
		}
	}
	for i, secret := range secrets {
		if strings.Contains(text, secret) {
			c.t.Fatalf("the log or the answer contains secret %d: the token (0 to 2) or a signature", i)
		}
	}
}
