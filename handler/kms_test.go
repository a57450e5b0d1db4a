package main

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// TestLinkKey checks that KMS is asked until it has answered once, and that the key then stays in memory.
func TestLinkKey(t *testing.T) {
	f := &fakeKMS{tb: t, refuse: func() (int, string) { return http.StatusServiceUnavailable, "" }}
	key := f.linkKey()
	for _, name := range []string{"start", "first use"} {
		_, err := key.LinkKey(t.Context())
		checkKind(t, name, err, approval.ErrUnavailable)
	}
	f.refuse = nil
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if got, err := key.LinkKey(t.Context()); err != nil || string(got) != approvaltest.Key {
				t.Errorf("the key is not the MAC that KMS returned (error: %v)", err)
			}
		})
	}
	group.Wait()
	if f.calls != 3 {
		t.Errorf("calls = %d, want 3", f.calls)
	}
}

// TestGenerations checks that each generation has a text of its own, and what the text of the first one is.
func TestGenerations(t *testing.T) {
	f := &fakeKMS{tb: t}
	for generation := range 12 {
		key := f.linkKey()
		key.generation = generation + 1
		if _, err := key.LinkKey(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if f.messages[0] != firstMessage {
		t.Errorf("text of the first generation = %q, want %q", f.messages[0], firstMessage)
	}
	slices.Sort(f.messages)
	if got := len(slices.Compact(f.messages)); got != 12 {
		t.Errorf("12 generations have %d texts", got)
	}
}

// TestCheckKey checks that KMS is asked although the key is in memory, where it stays whatever KMS answers.
func TestCheckKey(t *testing.T) {
	f := &fakeKMS{tb: t}
	key := f.linkKey()
	_, err := key.LinkKey(t.Context())
	if err := errors.Join(err, key.CheckKey(t.Context())); err != nil || f.calls != 2 {
		t.Errorf("error = %v after %d calls, want none after 2", err, f.calls)
	}
	for _, code := range []string{"DisabledException", "KMSInvalidStateException", "AccessDeniedException", "NotFoundException"} {
		f.refuse = func() (int, string) { return http.StatusBadRequest, exception(code) }
		if err := key.CheckKey(t.Context()); err == nil || errors.Is(err, approval.ErrUnavailable) || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: error = %v, want one that does not pass", code, err)
		}
	}
	f.refuse = func() (int, string) { return http.StatusServiceUnavailable, "" }
	checkKind(t, "KMS does not answer", key.CheckKey(t.Context()), approval.ErrUnavailable)
	if got, err := key.LinkKey(t.Context()); err != nil || string(got) != approvaltest.Key {
		t.Errorf("the key is not in memory any more (error: %v)", err)
	}
}

// TestLinkKeyRefusesShortMAC checks that an answer without a MAC does not become a key that everybody knows.
func TestLinkKeyRefusesShortMAC(t *testing.T) {
	short := encode(strings.Repeat("x", 31))
	for _, answer := range []string{`{}`, `{"Mac":""}`, `{"Mac":null}`, `{"Mac":"` + short + `"}`} {
		f := &fakeKMS{tb: t, refuse: func() (int, string) { return http.StatusOK, answer }}
		if key, err := f.linkKey().LinkKey(t.Context()); err == nil || key != nil {
			t.Errorf("answer = %s: the key has %d bytes (error: %v), want an error", answer, len(key), err)
		}
	}
}
