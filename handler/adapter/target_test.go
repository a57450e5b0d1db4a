package adapter_test

import (
	"io"
	"net/url"
	"strings"
	"testing"

	"approval-workflow/handler/web"
)

// TestMethodInAnotherCase checks that a method that is not in capitals does not decide: it is a different method.
// https://www.rfc-editor.org/rfc/rfc9110#section-9.1
func TestMethodInAnotherCase(t *testing.T) {
	for path, want := range map[string]int{"/approve": 405, "/reject": 405, "/other": 404} {
		for _, method := range []string{"get", "Get", "gET", "post", "Post", "head", "propfind"} {
			fake, event := newFake(t), clickOn(t, path, readClick(t).RawQueryString)
			event.RouteKey, event.RequestContext.HTTP.Method = "$default", method
			if got := invoke(t, newHandler(fake, io.Discard), event).StatusCode; got != want {
				t.Errorf("%s %s: status = %d, want %d", method, path, got, want)
			}
			checkUntouched(t, fake)
		}
	}
}

// TestPathIsNoQuery sends events whose path contains the query of a link. API Gateway decodes the path, and other senders of
// such events do not.
func TestPathIsNoQuery(t *testing.T) {
	query := readClick(t).RawQueryString
	for name, path := range map[string]string{
		"decoded question mark":    "/approve?" + query,
		"encoded question mark":    "/approve%3F" + query,
		"encoded twice":            "/approve%253F" + query,
		"encoded query":            "/approve%3F" + url.QueryEscape(query),
		"question mark in a query": "/approve?x=1?" + query,
		"number sign":              "/approve#?" + query,
		"percent sign":             "/%zz?" + query,
		"control character":        "/approve\x7f?" + query,
		"not UTF-8":                "/approve\xff?" + query,
	} {
		for _, rest := range []string{"", query} {
			fake := newFake(t)
			if got := invoke(t, newHandler(fake, io.Discard), clickOn(t, path, rest)).StatusCode; got != 404 {
				t.Errorf("%s, and a query of %d bytes: status = %d, want 404", name, len(rest), got)
			}
			checkUntouched(t, fake)
		}
	}
}

// TestQueryComesThrough checks that the query is what the gateway got, whatever the queryStringParameters are.
func TestQueryComesThrough(t *testing.T) {
	query := readClick(t).RawQueryString
	for name, test := range map[string]struct {
		query string
		want  int
	}{
		"as it is":           {query, 200},
		"with a tag":         {query + "&utm_source=mail", 200},
		"control character":  {query + "\x7f", 400},
		"damaged escape":     {query + "&x=%zz", 400},
		"question mark":      {"?" + query, 400},
		"empty":              {"", 400},
		"only a number sign": {"#" + query, 400},
	} {
		event := clickOn(t, "/approve", test.query)
		event.QueryStringParameters = readClick(t).QueryStringParameters
		response := invoke(t, newHandler(newFake(t), io.Discard), event)
		if response.StatusCode != test.want {
			t.Errorf("%s: status = %d, want %d", name, response.StatusCode, test.want)
		}
	}
}

// TestPathOfTheTask checks that no path of the gateway leads to the route of the state machine's task.
func TestPathOfTheTask(t *testing.T) {
	for _, path := range []string{web.SendRequest, strings.TrimPrefix(web.SendRequest, "/"), "/" + web.SendRequest, ""} {
		event := clickOn(t, path, "")
		event.RequestContext.HTTP.Method, event.RequestContext.HTTP.Path = "POST", web.SendRequest
		event.Body = string(readFile(t, "task.json"))
		fake := newFake(t)
		if got := invoke(t, newHandler(fake, io.Discard), event).StatusCode; got != 404 {
			t.Errorf("a path of %d bytes: status = %d, want 404", len(path), got)
		}
		checkUntouched(t, fake)
	}
}
