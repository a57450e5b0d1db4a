package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
)

// TestHangingStartIsLimited checks that the start waits for both services at the same time, and not longer than it may.
func TestHangingStartIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var calls atomic.Int64
		config := newAWS(func(_ http.ResponseWriter, r *http.Request) {
			if time.Since(begin) == 0 {
				calls.Add(1)
			}
			<-r.Context().Done()
		})
		err := prepare(newPorts(config).Keys.(*linkKey), config)
		checkKind(t, "start", err, approval.ErrUnavailable)
		for _, call := range []string{"derive the key of the links", "connect to Step Functions"} {
			if !strings.Contains(err.Error(), call) {
				t.Errorf("error = %v, want %q in it", err, call)
			}
		}
		if got := fmt.Sprint(time.Since(begin)); got != "4s" || calls.Load() != 2 {
			t.Errorf("time = %s and %d calls at once, want 4s and 2", got, calls.Load())
		}
	})
}

// TestConnections counts the connections that a click opens, after what can happen to the one that the start has left to it.
func TestConnections(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(*server)
		want   int64
	}{
		{"of the start", func(*server) {}, 0},
		{"of an earlier click", func(s *server) { s.click() }, 0},
		{"closed by AWS while the function was frozen", func(s *server) { s.CloseClientConnections() }, 1},
		{"closed by AWS instead of an answer", func(s *server) { s.drop.Store(true) }, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			test.before(s)
			before := s.connections.Load()
			if status := s.click(); status != 200 {
				t.Errorf("status = %d, want 200", status)
			}
			if got := s.connections.Load() - before; got != test.want {
				t.Errorf("the click opened %d connections, want %d", got, test.want)
			}
		})
	}
}

// server is an AWS that counts its connections, and a function that has started there.
type server struct {
	*httptest.Server
	connections *atomic.Int64
	// drop closes the connection of the next call without an answer.
	drop  atomic.Bool
	click func() (status int)
}

func newServer(t *testing.T) *server {
	s := &server{}
	w := newWorkflow(t, newHistory(t, "waiting"))
	answer := answerCalls(t, w.answer)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.drop.Swap(false) {
			panic(http.ErrAbortHandler)
		}
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GenerateMac") {
			w.Header().Set("Connection", "close") // KMS has another host, so its connection is of no use for a click
		}
		time.Sleep(50 * time.Millisecond) // an answer that is too quick may cost its connection: see awstest
		answer(w, r)
	}))
	s.connections = countConnections(s.Server)
	s.Start()
	t.Cleanup(s.Close)
	s.click, _ = w.startAt(t, s.URL)
	return s
}
