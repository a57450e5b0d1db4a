package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestGuard(t *testing.T) {
	tests := []struct {
		addr       string
		own, other []string // Host headers
	}{
		{
			"127.0.0.1:0",
			[]string{"127.0.0.1:4321", "localhost:4321", "LOCALHOST", "[::1]:4321", "[::1]", "127.1.2.3"},
			[]string{"evil.example", "localhost.evil.example", "192.0.2.7:4321", "0.0.0.0", ""},
		},
		{"localhost:0", []string{"localhost:4321"}, []string{"evil.example"}},
		{"[::1]:0", []string{"[::1]:4321"}, []string{"evil.example"}},
		{"box.example:0", []string{"box.example:4321", "Box.Example", "127.0.0.1"}, []string{"evil.example", "192.0.2.7"}},
		{"0.0.0.0:0", []string{"192.0.2.7:4321", "127.0.0.1"}, []string{"evil.example", ""}},
		{"[::]:0", []string{"[2001:db8::7]:4321"}, []string{"evil.example"}},
		{":0", []string{"192.0.2.7"}, []string{"evil.example", ""}},
	}
	for _, test := range tests {
		t.Run(test.addr, func(t *testing.T) {
			opts, err := parseFlags([]string{"-addr", test.addr}, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			guarded := opts.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			for _, host := range test.own {
				if got := statusForHost(guarded, host); got != http.StatusOK {
					t.Errorf("Host %q: status = %d, want %d", host, got, http.StatusOK)
				}
			}
			for _, host := range test.other {
				if got := statusForHost(guarded, host); got != http.StatusForbidden {
					t.Errorf("Host %q: status = %d, want %d", host, got, http.StatusForbidden)
				}
			}
		})
	}
}

func statusForHost(handler http.Handler, host string) int {
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	r.Host = host
	handler.ServeHTTP(w, r)
	return w.Code
}
