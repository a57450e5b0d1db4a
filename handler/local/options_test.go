package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRunRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		name  string
		args  []string
		usage bool
		want  string
	}{
		{"unknown flag", []string{"-port", "80"}, true, "-port"},
		{"argument", []string{"now"}, true, `unexpected argument "now"`},
		{"no duration", []string{"-timeout", "soon"}, true, "-timeout"},
		{"no whole seconds", []string{"-timeout", "1500ms"}, true, "-timeout 1.5s is not a positive number of whole seconds"},
		{"no time at all", []string{"-timeout", "0s"}, true, "-timeout 0s is not"},
		{"more than a year", []string{"-timeout", "8761h"}, true, "-timeout 8761h0m0s is longer than a year"},
		{"fewer than no reminders", []string{"-reminders", "-1"}, true, "-reminders -1 is negative"},
		{"too many reminders", []string{"-timeout", "5s", "-reminders", "3"}, true, "-timeout 5s leaves no second for each of the 4"},
		{"no port", []string{"-addr", "localhost"}, true, `-addr "localhost" is not host:port`},
		{"empty port", []string{"-addr", "localhost:"}, true, `-addr "localhost:" is not host:port`},
		{"taken port", []string{"-addr", taken.Addr().String()}, false, "choose another address with -addr"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := run(t.Context(), test.args, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %v, want one line with %q", err, test.want)
			}
			if got := errors.As(err, new(usageError)); got != test.usage {
				t.Errorf("is a usage error: %t, want %t", got, test.usage)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, &stdout, io.Discard); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"-addr", "-timeout"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the help does not name %s", want)
		}
	}
}

func TestAddresses(t *testing.T) {
	tests := []struct {
		addr, want string
		loopback   bool
		own, other []string // Host headers
	}{
		{"127.0.0.1:0", "http://127.0.0.1:4321", true,
			[]string{"127.0.0.1:4321", "localhost:4321", "LOCALHOST", "[::1]:4321", "[::1]", "127.1.2.3"},
			[]string{"evil.example", "localhost.evil.example", "192.0.2.7:4321", "0.0.0.0", ""}},
		{"localhost:0", "http://localhost:4321", true, []string{"localhost:4321"}, []string{"evil.example"}},
		{"[::1]:0", "http://[::1]:4321", true, []string{"[::1]:4321"}, []string{"evil.example"}},
		{"box.example:0", "http://box.example:4321", false, []string{"box.example:4321", "Box.Example", "127.0.0.1"},
			[]string{"evil.example", "192.0.2.7"}},
		{"0.0.0.0:0", "http://127.0.0.1:4321", false, []string{"192.0.2.7:4321", "127.0.0.1"}, []string{"evil.example", ""}},
		{"[::]:0", "http://127.0.0.1:4321", false, []string{"[2001:db8::7]:4321"}, []string{"evil.example"}},
		{":0", "http://127.0.0.1:4321", false, []string{"192.0.2.7"}, []string{"evil.example", ""}},
	}
	for _, test := range tests {
		t.Run(test.addr, func(t *testing.T) {
			opts, err := parseFlags([]string{"-addr", test.addr}, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if got := opts.address(&net.TCPAddr{Port: 4321}); got != test.want || opts.loopback() != test.loopback {
				t.Errorf("address %s, loopback %t, want %s, %t", got, opts.loopback(), test.want, test.loopback)
			}
			guarded := opts.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			status := func(host string) int {
				r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
				r.Host = host
				guarded.ServeHTTP(w, r)
				return w.Code
			}
			for _, host := range test.own {
				if got := status(host); got != http.StatusOK {
					t.Errorf("Host %q: status %d", host, got)
				}
			}
			for _, host := range test.other {
				if got := status(host); got != http.StatusForbidden {
					t.Errorf("Host %q: status %d", host, got)
				}
			}
		})
	}
}

func TestWarnsOfOpenAddress(t *testing.T) {
	r := start(t, "-addr", "0.0.0.0:0")
	if !strings.Contains(r.log.String(), "local: warning: 0.0.0.0:0 is open to other machines") {
		t.Errorf("no warning in %s", r.log)
	}
	if !strings.HasPrefix(r.address, "http://127.0.0.1:") {
		t.Errorf("address %s", r.address)
	}
}
