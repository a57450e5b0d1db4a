package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"approval-workflow/handler/approval"
)

func (r *localRun) emails() []mail {
	r.t.Helper()
	var emails []mail
	if err := json.Unmarshal([]byte(r.request(http.MethodGet, r.address+"/emails", nil).body), &emails); err != nil {
		r.t.Fatal(err)
	}
	return emails
}

// email waits for an e-mail about an execution.
func (r *localRun) email(executionARN string) mail {
	r.t.Helper()
	return r.emailsTo("", executionARN, 1)[0]
}

// emailsTo waits until an approver has that many e-mails about an execution, and returns them, the oldest first. An empty
// approver means everybody.
func (r *localRun) emailsTo(approver, executionARN string, count int) []mail {
	r.t.Helper()
	name := executionARN[strings.LastIndex(executionARN, ":")+1:]
	var found []mail
	r.poll(func() bool {
		found = nil
		for _, email := range r.emails() {
			if (approver == "" || email.To == approver) && strings.Contains(email.Body, "Execution:  "+name+"\n") {
				found = append(found, email)
			}
		}
		return len(found) >= count
	})
	return found
}

// link returns the e-mail's link for a decision.
func (r *localRun) link(email mail, decision approval.Decision) string {
	r.t.Helper()
	for line := range strings.Lines(email.Body) {
		if strings.HasPrefix(line, r.address+decision.Path+"?") {
			return strings.TrimSpace(line)
		}
	}
	r.t.Fatalf("the e-mail has no link to %s", decision.Path)
	return ""
}

// tokenLike matches a task token, which has 684 characters, and its escaped form in an address.
var tokenLike = regexp.MustCompile(`[A-Za-z0-9+/=%]{100}`)

// checkNoSecrets checks that nothing that was printed contains a task token or the signature of a link, and that the
// local run shows task tokens nowhere else.
func (r *localRun) checkNoSecrets() {
	r.t.Helper()
	printed := r.log.String()
	for _, email := range r.emails() {
		for _, decision := range approval.Decisions() {
			link, err := url.Parse(r.link(email, decision))
			if err != nil {
				r.t.Fatal("a link does not parse")
			}
			signature := link.Query().Get("signature")
			if len(signature) != 22 {
				r.t.Errorf("a signature has %d characters, want 22", len(signature))
			} else if strings.Contains(printed, signature[:11]) || strings.Contains(printed, signature[11:]) {
				r.t.Error("the log contains a signature")
			}
		}
		if tokenLike.MatchString(email.Body) {
			r.t.Error("an e-mail contains a task token")
		}
	}
	if tokenLike.MatchString(printed) {
		r.t.Error("the log contains a task token")
	}
	for _, path := range []string{"/requests", "/executions"} {
		if tokenLike.MatchString(r.request(http.MethodGet, r.address+path, nil).body) {
			r.t.Errorf("%s contains a task token", path)
		}
	}
}
