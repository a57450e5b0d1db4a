package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestContentNegotiation(t *testing.T) {
	tests := []struct {
		name   string
		accept []string
		html   bool
	}{
		{"no header", nil, false},
		{"curl", []string{"*/*"}, false},
		{"API client", []string{"application/json, text/plain, */*"}, false},
		{"browser", []string{browserAccept}, true},
		{"browser through the adapter", strings.Split(browserAccept, ","), true},
		{"both equally", []string{"text/html, application/json"}, false},
		{"HTML preferred", []string{"application/json;q=0.5, text/html;q=0.9"}, true},
		{"JSON preferred", []string{"application/json, text/html;q=0.9"}, false},
		{"HTML refused", []string{"text/html;q=0, */*"}, false},
		{"invalid", []string{";;;,text/html;q=x"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t)
			request := httptest.NewRequest("GET", c.approve(), nil)
			request.Header["Accept"] = test.accept
			want := "application/json"
			if test.html {
				want = "text/html; charset=utf-8"
			}
			if got := c.do(request).Header().Get("Content-Type"); got != want {
				t.Errorf("content type = %q, want %q", got, want)
			}
			c.checkDecisions(1)
		})
	}
}
