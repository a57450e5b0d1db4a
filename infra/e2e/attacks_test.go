//go:build e2e

package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// attack tries to decide on a request without a link for it. Every link is refused with the same words and without a call
// to AWS. The attacker knows the history of the execution, the links of other requests and those of another stack.
func attack(t *testing.T, g *gate, foreign email) {
	r, other := g.askAll(t, `{}`), g.askAll(t, `{}`)
	task := g.newestTask(t, r.execution)
	link := r.emails[ann].link(t, "/approve")
	attacks := attacks(known{
		link: link.Query(), bob: g.approvers[bob], token: task.TaskToken,
		other: other.emails[ann].link(t, "/approve").Query(), foreign: foreign.link(t, "/approve").Query(),
	})
	before := lastCall(t)
	t.Run("links", func(t *testing.T) { tryLinks(t, link, attacks) })
	t.Run("requests", func(t *testing.T) { tryRequests(t, link, task) })
	t.Run("no call to AWS", func(t *testing.T) { noCallSince(t, before) })
	t.Run("the same link in another form", func(t *testing.T) {
		form := r.emails[bob].link(t, "/approve").RawQuery // has no effect
		send(t, http.MethodPost, rewritten(link), nil, form).check(t, http.StatusOK, counted)
		r.do(t, approve(bob, 200, approved), approvedBy(ann, bob))
	})
	stop(t, other)
}

// tryLinks opens links that this workflow did not make. A form repeats the parameters of the good link.
func tryLinks(t *testing.T, good *url.URL, attacks map[string]string) {
	want := ""
	for name, query := range attacks {
		link := *good
		link.RawQuery = query
		for method, form := range map[string]string{http.MethodGet: "", http.MethodPost: good.RawQuery} {
			got := send(t, method, &link, nil, form)
			if want == "" {
				want = got.body
			}
			if got.status != http.StatusBadRequest || got.body != want || !strings.Contains(got.body, `"InvalidLink"`) {
				t.Errorf("%s: %s = %d %s, want %d and the body of every other", name, method, got.status, got, http.StatusBadRequest)
			}
		}
	}
	t.Logf("%d links were refused, each by GET and POST", len(attacks))
}

// tryRequests sends requests that are not a click on a link.
func tryRequests(t *testing.T, good *url.URL, task task) {
	for _, method := range []string{"get", "post", "Get", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		if got := send(t, method, good, nil, ""); got.status < 400 {
			t.Errorf("%s = %d %s, want an error", method, got.status, got)
		}
	}
	for _, path := range []string{"/Approve", "/approve/" + task.TaskToken, "/send-request", "/"} {
		link := *good
		link.Path = path
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := send(t, method, &link, nil, task.text); got.status != http.StatusNotFound {
				t.Errorf("%s %.9s = %d %s, want %d", method, path, got.status, got, http.StatusNotFound)
			}
		}
	}
}

// lastCall returns the number of the newest API call, or 0 if the tests do not run on the sandbox.
func lastCall(t *testing.T) int {
	if !onSandbox() {
		return 0
	}
	all := calls(t, "")
	return all[len(all)-1].ID
}

// noCallSince checks that the function called nothing since a call, except for the key of the links after a start.
func noCallSince(t *testing.T, last int) {
	for _, c := range calls(t, "since="+strconv.Itoa(last)) {
		if strings.Contains(c.Caller, "-function-") && c.Service != "kms" {
			t.Errorf("the function called %s %s", c.Service, c.Operation)
		}
	}
}

// rewritten returns a link as a mail system may rewrite it: other encodings, another order, and one more parameter.
func rewritten(link *url.URL) *url.URL {
	changed := *link
	changed.RawQuery = "utm_source=mail"
	for parameter := range strings.SplitSeq(link.RawQuery, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		value = strings.NewReplacer("@", "%40", ":", "%3a", "a", "%61").Replace(value)
		changed.RawQuery = name + "=" + value + "&" + changed.RawQuery
	}
	return &changed
}

// known is what an attacker knows. The attacker has no link of the request, but a link is the best start for a forgery.
type known struct {
	link    url.Values // of the request; the attacker must not use all of it
	other   url.Values // of another request to the same approver
	foreign url.Values // of another stack
	bob     string     // the address of another approver
	token   string     // the task token in the history of the execution
}

// parameters are the parameters of a link in their order.
var parameters = []string{"execution", "started", "approver", "sent", "signature"}

// with returns a copy of values with another value of a parameter.
func with(values url.Values, name, value string) url.Values {
	changed := maps.Clone(values)
	changed.Set(name, value)
	return changed
}

// without returns a copy of values without a parameter.
func without(values url.Values, name string) url.Values {
	changed := maps.Clone(values)
	changed.Del(name)
	return changed
}

// take returns a copy of values with the values that from has for some parameters.
func take(values, from url.Values, names ...string) url.Values {
	changed := maps.Clone(values)
	for _, name := range names {
		changed.Set(name, from.Get(name))
	}
	return changed
}

// signed returns a copy of values with a signature that is right except for its key.
func signed(values url.Values, key string) url.Values {
	var text []string
	for _, name := range parameters[:4] {
		text = append(text, name+"="+url.QueryEscape(values.Get(name)))
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("approval-workflow link v1\n" + strings.Join(text, "&")))
	return with(values, "signature", base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16]))
}

// attacks returns the queries of links that must be refused, by name.
func attacks(k known) map[string]string {
	queries := changedValues(k)
	for name, values := range forged(k) {
		queries[name] = values.Encode()
	}
	queries["no parameters"] = ""
	queries["a malformed escape"] = k.link.Encode() + "&%zz"
	queries["the parameters of a link as one value"] = "link=" + url.QueryEscape(k.link.Encode())
	return queries
}

// changedValues returns queries in which one parameter differs from a good link's.
func changedValues(k known) map[string]string {
	queries := map[string]string{}
	for _, name := range parameters {
		value := k.link.Get(name)
		queries[name+" missing"] = without(k.link, name).Encode()
		queries[name+" empty"] = with(k.link, name, "").Encode()
		queries[name+" twice"] = k.link.Encode() + "&" + url.Values{name: {value}}.Encode()
		queries[name+" in another case"] = strings.Replace(k.link.Encode(), name+"=", strings.ToUpper(name)+"=", 1)
		for change, changed := range map[string]string{
			"the task token": k.token, "its last character changed": next(value),
			"its first character dropped": value[1:], "a space at its end": value + " ", "a leading zero": "0" + value,
			"too long": strings.Repeat(value, 1+4_000/len(value)), "a null byte at its end": value + "\x00",
		} {
			queries[name+" with "+change] = with(k.link, name, changed).Encode()
		}
	}
	return queries
}

// next returns a value of a parameter with another last character.
func next(value string) string {
	last := len(value) - 1
	return value[:last] + strings.Replace(string(value[last]+1), ":", "0", 1) // : comes after 9
}

// forged returns the parameters of links that combine what an attacker knows.
func forged(k known) map[string]url.Values {
	request, own := []string{"execution", "started"}, k.link
	unsigned := without(own, "signature")
	return map[string]url.Values{
		"another approver":                             with(own, "approver", k.bob),
		"the approver in upper case":                   with(own, "approver", strings.ToUpper(own.Get("approver"))),
		"two approvers":                                with(own, "approver", own.Get("approver")+","+k.bob),
		"another request":                              take(own, k.other, request...),
		"another request and its time":                 take(own, k.other, append(request, "sent")...),
		"the start of another request":                 take(own, k.other, "started"),
		"the signature of another request":             take(own, k.other, "signature"),
		"the link of another stack":                    k.foreign,
		"the signature of another stack":               take(own, k.foreign, "signature"),
		"the request of another stack":                 take(own, k.foreign, request...),
		"an ARN as the execution":                      with(own, "execution", "arn:aws:states:us-east-1:123456789012:execution:"+own.Get("execution")),
		"sent out of range":                            with(own, "sent", strings.Repeat("9", 20)),
		"sent negative":                                with(own, "sent", "-"+own.Get("sent")),
		"sent with a sign":                             with(own, "sent", "+"+own.Get("sent")),
		"started out of range":                         with(own, "started", strings.Repeat("9", 20)),
		"confirm added":                                with(own, "confirm", "true"),
		"confirm false":                                with(own, "confirm", "false"),
		"confirm is the token":                         with(own, "confirm", k.token),
		"a padded signature":                           with(own, "signature", own.Get("signature")+"=="),
		"a signature of zeros":                         with(own, "signature", strings.Repeat("A", 22)),
		"a part of the token as the signature":         with(own, "signature", k.token[:22]),
		"signed with the token":                        signed(own, k.token),
		"signed with no key":                           signed(own, ""),
		"signed with the text that the key comes from": signed(own, "approval-workflow link key v1"),
		"the token instead of a signature":             with(unsigned, "token", k.token),
		"the task token instead of a signature":        with(unsigned, "taskToken", k.token),
		"only the token":                               {"token": {k.token}},
	}
}
