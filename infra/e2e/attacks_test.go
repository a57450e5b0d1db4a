//go:build e2e

package e2e

import (
	"maps"
	"net/url"
	"strings"
)

// attacks returns the queries of links that must be refused, by name.
func attacks(k known) map[string]string {
	queries := map[string]string{}
	maps.Copy(queries, changedValues(k))
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
			"the task token": k.token, "its last character changed": value[:len(value)-1] + next(value[len(value)-1]),
			"its first character dropped": value[1:], "a space at its end": value + " ", "a leading zero": "0" + value,
			"too long": strings.Repeat(value, 1+4_000/len(value)), "a null byte at its end": value + "\x00",
		} {
			queries[name+" with "+change] = with(k.link, name, changed).Encode()
		}
	}
	return queries
}

// next returns another character of the alphabet of every parameter.
func next(c byte) string {
	if c == '9' {
		return "0"
	}
	return string(c + 1)
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
		"a link of the version before":                 {"token": {k.token}, "execution": {own.Get("execution")}, "expires": {own.Get("sent")}},
		"only the token":                               {"token": {k.token}},
	}
}
