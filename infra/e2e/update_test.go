//go:build e2e

package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// changeCode deploys a function with another message.
func changeCode(t *testing.T, s *stack, box mailbox) {
	const changed = "Approved by other code"
	s.replace(t, "handler/approval/decision.go", "Workflow approved successfully", changed)
	if diff := cmp.Diff([]string{"update aws:lambda/function:Function"}, s.changes(t)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	s.up(t)
	execution := s.start(t, `"text"`)
	s.open(t, box.take(t, execution).link(t, "/approve"), http.StatusOK, changed)
	wait(t, execution).checkSucceeded(t, "")
}

// remindAndExpire deploys with a short timeout and a reminder, and decides nothing.
func remindAndExpire(t *testing.T, s *stack, box mailbox) {
	s.pulumi(t, "config", "set", "timeout", "41s")
	s.pulumi(t, "config", "set", "reminders", "1")
	s.up(t)
	execution := s.start(t, `null`)
	first, reminder := box.take(t, execution), box.take(t, execution)
	if !strings.HasPrefix(string(reminder), "Reminder 1 of 1: ") {
		t.Error("the second e-mail is not a reminder")
	}
	s.open(t, first.link(t, "/approve"), http.StatusGone, "newer e-mail replaced")
	wait(t, execution).checkFailed(t, "Expired", "Nobody decided within 41s (reminders: 1)")
	s.open(t, reminder.link(t, "/approve"), http.StatusGone, "in time")
}

// confirm deploys links that ask. It opens one as a mail scanner does, and then as a person who presses the button.
func confirm(t *testing.T, s *stack, box mailbox) {
	s.pulumi(t, "config", "set", "timeout", "24h")
	s.pulumi(t, "config", "rm", "reminders")
	s.pulumi(t, "config", "set", "confirm", "true")
	s.up(t)
	execution := s.start(t, `{}`)
	link := box.take(t, execution).link(t, "/approve")
	browser := http.Header{"Accept": {"text/html"}}
	s.send(t, http.MethodHead, link, browser, http.StatusNotFound, "") // the API has no route for HEAD
	s.send(t, http.MethodGet, link, browser, http.StatusOK, `<form method="post">`)
	s.open(t, link, http.StatusMethodNotAllowed, "asks to confirm")
	s.send(t, http.MethodPost, link, nil, http.StatusOK, "pproved")
	wait(t, execution).checkSucceeded(t, `"ageSeconds"`)
}
