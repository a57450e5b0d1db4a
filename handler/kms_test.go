package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// TestLinkKey checks that KMS is asked until it has answered once, and that the key then stays in memory.
func TestLinkKey(t *testing.T) {
	f := &fakeKMS{tb: t, refuse: func() (int, string) { return http.StatusServiceUnavailable, "" }}
	key := f.linkKey()
	checkKind(t, "start", key.prefetch(), approval.ErrUnavailable)
	_, err := key.LinkKey(t.Context())
	checkKind(t, "first use", err, approval.ErrUnavailable)
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

func TestHangingStartIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		err := newPorts(hangingAWS).Keys.(*linkKey).prefetch()
		checkKind(t, "start", err, approval.ErrUnavailable)
		if got := fmt.Sprint(time.Since(begin)); got != "4s" {
			t.Errorf("time = %s, want 4s", got)
		}
	})
}
