package adapter_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/adapter"
	"approval-workflow/handler/web"
)

// TestClickIsSigned checks that click.json has the link of the e-mail that asks jo at 09:30:06 for the request in task.json.
func TestClickIsSigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 22, 9, 30, 6, 0, time.UTC)))
		link := strings.TrimPrefix(send(t, jo, readFile(t, "task.json")).ApproveURL, apiURL)
		event := readClick(t)
		if got := event.RawPath + "?" + event.RawQueryString; got != link {
			t.Errorf("path and query = %s, want %s", got, link)
		}
		values, err := url.ParseQuery(event.RawQueryString)
		if err != nil || len(values) != len(event.QueryStringParameters) {
			t.Errorf("%d parameters, error %v, want %d", len(event.QueryStringParameters), err, len(values))
		}
		for name, got := range event.QueryStringParameters {
			if want := values.Get(name); got != want {
				t.Errorf("queryStringParameters.%s = %s, want %s", name, got, want)
			}
		}
	})
}

// TestClick clicks on a link as it is in the e-mail, on one that a mail program added a parameter to, and on the button of a
// page, whose form comes in base64.
func TestClick(t *testing.T) {
	form := base64.StdEncoding.EncodeToString([]byte("reason=Looks+good%21&approver=x&token=x"))
	for _, test := range []struct{ method, added, body, reason string }{
		{"GET", "", "", ""},
		{"GET", "&utm_source=mail", "", ""},
		{"POST", "", form, "Looks good!"},
	} {
		fake, event := newFake(t, jo, readFile(t, "task.json")), readClick(t)
		event.RequestContext.HTTP.Method, event.Headers["content-type"] = test.method, "application/x-www-form-urlencoded"
		event.RawQueryString += test.added
		event.Body, event.IsBase64Encoded = test.body, true
		response := invoke(t, newHandler(fake, io.Discard, jo), event)
		if response.StatusCode != 200 || !strings.Contains(response.Body, "<h1>Approved</h1>") {
			t.Errorf("status = %d and a page of %d bytes, want 200 and the page Approved", response.StatusCode, len(response.Body))
		}
		if got, want := response.Headers["Content-Type"], "text/html; charset=utf-8"; got != want {
			t.Errorf("content type = %q, want %q", got, want)
		}
		if status, record := decided(t, fake); status != "approved" || record.Approver != jo || record.Reason != test.reason {
			t.Errorf("decision = %s by %s: %q, want approved by jo: %q", status, record.Approver, record.Reason, test.reason)
		}
	}
}

// TestEvent checks that an event arrives as the request that the gateway got, and that the answer gets back to it.
func TestEvent(t *testing.T) {
	type request struct {
		Method, Path, Query, URI, Body, From string
		Languages, Agent, Purposes           []string
	}
	var got request
	handler := adapter.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = request{
			Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, URI: r.RequestURI, Body: string(body), From: r.RemoteAddr,
			Languages: r.Header["Accept-Language"], Agent: r.Header["User-Agent"],
			Purposes: slices.Sorted(slices.Values(r.Header["Sec-Purpose"])),
		}
		w.Header()["Set-Cookie"], w.Header()["Vary"] = []string{"a=1", "b=2"}, []string{"Accept", "Cookie"}
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("\xff\x00"))
	}))
	event := clickOn(t, "/a?b%zz#c", "x=%zz&y=\x7f&a=b?c")
	event.RequestContext.HTTP.Method, event.QueryStringParameters = "gEt", map[string]string{"x": "other"}
	event.Body, event.IsBase64Encoded = "/wA=", true
	event.Headers["sec-purpose"], event.Headers["Sec-Purpose"] = "prefetch", "none" // only AWS writes all names in small letters
	response := invoke(t, handler, event)
	want := request{
		Method: "gEt", Path: "/a?b%zz#c", Query: "x=%zz&y=\x7f&a=b?c", URI: "/a%3Fb%25zz%23c?x=%zz&y=\x7f&a=b?c", Body: "\xff\x00",
		From: "203.0.113.7", Languages: []string{"en-GB,en;q=0.5"},
		Agent: []string{readClick(t).Headers["user-agent"]}, Purposes: []string{"none", "prefetch"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if response.StatusCode != http.StatusTeapot || response.Body != "/wA=" || !response.IsBase64Encoded ||
		response.Headers["Vary"] != "Accept,Cookie" || !cmp.Equal(response.Cookies, []string{"a=1", "b=2"}) {
		t.Errorf("response = %+v, want what the handler wrote", response)
	}
}

// TestMethodInAnotherCase checks that a method that is not in capitals does not decide: it is a different method. No method
// fails the invocation.
// https://www.rfc-editor.org/rfc/rfc9110#section-9.1
func TestMethodInAnotherCase(t *testing.T) {
	for path, want := range map[string]int{"/approve": 405, "/reject": 405, "/other": 404} {
		for _, method := range []string{"get", "Get", "gET", "post", "Post", "head", "propfind", "not a method"} {
			event := clickOn(t, path, readClick(t).RawQueryString)
			event.RouteKey, event.RequestContext.HTTP.Method = "$default", method
			checkUntouched(t, method+" "+path, event, want)
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
		checkUntouched(t, name, clickOn(t, path, ""), 404)
		checkUntouched(t, name+" and a query", clickOn(t, path, query), 404)
	}
}

// TestPathOfTheTask checks that no path of the gateway leads to the route of the state machine's task.
func TestPathOfTheTask(t *testing.T) {
	for _, path := range []string{web.SendRequest, strings.TrimPrefix(web.SendRequest, "/"), "/" + web.SendRequest, ""} {
		event := clickOn(t, path, "")
		event.RequestContext.HTTP.Method, event.RequestContext.HTTP.Path = "POST", web.SendRequest
		event.Body = string(readFile(t, "task.json"))
		checkUntouched(t, "POST "+path, event, 404)
	}
}

// TestQueryComesThrough checks that another query than that of the link does not decide, although the queryStringParameters
// are those of the link.
func TestQueryComesThrough(t *testing.T) {
	query := readClick(t).RawQueryString
	for name, other := range map[string]string{
		"control character":             query + "\x7f",
		"damaged escape":                query + "&x=%zz",
		"question mark":                 "?" + query,
		"empty":                         "",
		"only a number sign":            "#" + query,
		"token in place of a signature": strings.Replace(query, "signature", "token=a-token&x", 1),
	} {
		event := readClick(t)
		event.RawQueryString = other
		checkUntouched(t, name, event, 400)
	}
}
