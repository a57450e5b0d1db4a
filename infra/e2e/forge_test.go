//go:build e2e

package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
)

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

// with returns a copy of values with other values of some parameters.
func with(values url.Values, namesAndValues ...string) url.Values {
	changed := url.Values{}
	for name := range values {
		changed[name] = values[name]
	}
	for i := 0; i < len(namesAndValues); i += 2 {
		changed.Set(namesAndValues[i], namesAndValues[i+1])
	}
	return changed
}

// without returns a copy of values without a parameter.
func without(values url.Values, name string) url.Values {
	changed := with(values)
	changed.Del(name)
	return changed
}

// take returns a copy of values with the values that from has for some parameters.
func take(values, from url.Values, names ...string) url.Values {
	changed := with(values)
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
