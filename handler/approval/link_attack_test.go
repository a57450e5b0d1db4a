package approval

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"
)

// refused reports whether a query is not a link of this workflow.
func refused(query string) bool {
	link, signature, err := parseLink(query)
	return err != nil || !link.verify([]byte(testKey), signature)
}

// TestLinkChangedByOneCharacter checks that no change of one character gives a link with other values.
func TestLinkChangedByOneCharacter(t *testing.T) {
	link := typicalLink()
	link.Confirm = true
	query := SignedQuery(link, testKey)
	for i := range query {
		checkRefusedOrSame(t, link, query[:i]+query[i+1:])
		checkRefusedOrSame(t, link, query[:i]+query[i:i+1]+query[i:])
		for b := range 256 {
			checkRefusedOrSame(t, link, query[:i]+string([]byte{byte(b)})+query[i+1:])
			checkRefusedOrSame(t, link, query[:i]+string([]byte{byte(b)})+query[i:])
		}
	}
}

func checkRefusedOrSame(t *testing.T, link Link, query string) {
	t.Helper()
	got, signature, err := parseLink(query)
	if err == nil && got.verify([]byte(testKey), signature) && got != link {
		t.Errorf("the link %q is accepted as %+v", query, got)
	}
}

// TestLinkChanged changes each value of a link to another one that is well formed.
func TestLinkChanged(t *testing.T) {
	query := SignedQuery(typicalLink(), testKey)
	tests := map[string][2]string{
		"another execution":             {"5d8c1a52", "5d8c1a53"},
		"another state machine":         {"1a2b3c4", "1a2b3c5"},
		"border of the names":           {"-1a2b3c4:5d8c", ":-1a2b3c45d8c"},
		"another start":                 {"1795339805123", "1795339805124"},
		"another case of the address":   {"jo@example.com", "Jo@example.com"},
		"another address":               {"jo@example.com", "ed@example.com"},
		"white space after the address": {"jo@example.com", "jo@example.com+"},
		"sent later":                    {"1795339806", "1795339807"},
		"confirm added":                 {"&signature", "&confirm=true&signature"},
		"values swapped":                {"started=1795339805123&approver=jo@example.com", "started=1795339806&approver=jo@example.com"},
		"other names":                   {"approver=", "Approver="},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(query, change[0]) {
				t.Fatalf("the link does not contain %s", change[0])
			}
			if changed := strings.Replace(query, change[0], change[1], 1); !refused(changed) {
				t.Errorf("the link %s is accepted", changed)
			}
		})
	}
	link := typicalLink()
	link.Confirm = true
	if asks := SignedQuery(link, testKey); refused(asks) || !refused(strings.Replace(asks, "&confirm=true", "", 1)) {
		t.Error("confirm can be dropped")
	}
}

// TestLinkMissingOrRepeated drops, repeats and empties each parameter.
func TestLinkMissingOrRepeated(t *testing.T) {
	link := typicalLink()
	link.Confirm = true
	query := SignedQuery(link, testKey)
	for _, part := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		for change, changed := range map[string]string{
			"dropped":                  strings.Replace(query, part, "", 1),
			"repeated":                 query + "&" + part,
			"repeated with more":       query + "&" + part + "0",
			"repeated, escaped name":   query + "&%" + "6" + string("0123456789abcdef"[name[0]&15]) + part[1:],
			"empty":                    strings.Replace(query, part, name+"=", 1),
			"without an equals sign":   strings.Replace(query, part, name, 1),
			"in upper case":            strings.Replace(query, part, strings.ToUpper(name)+part[len(name):], 1),
			"separated by a semicolon": strings.Replace(query, part, "x=1;"+part, 1),
		} {
			if name[0] >= 'p' && change == "repeated, escaped name" {
				changed = strings.Replace(changed, "&%6", "&%7", 1)
			}
			if !refused(changed) {
				t.Errorf("%s %s: the link %s is accepted", name, change, changed)
			}
		}
	}
}

// TestLinkIntegers checks the times of links that are signed as they are. Only one form of an integer is accepted.
func TestLinkIntegers(t *testing.T) {
	const form = "execution=sm:x&started=STARTED&approver=jo@example.com&sent=SENT"
	for _, text := range []string{
		"9223372036854775808", "-9223372036854775809", "1e9", "+5", "05", "-0", "0x10", "1_000", "5.0", " 5", "5 ", "٥", "now", "",
	} {
		for _, name := range []string{"STARTED", "SENT"} {
			query := strings.Replace(form, name, url.QueryEscape(text), 1)
			query = strings.NewReplacer("STARTED", "5", "SENT", "5").Replace(query)
			if _, _, err := parseLink(query + "&signature=" + strings.Repeat("A", signatureLength)); err == nil {
				t.Errorf("%s %q is accepted", name, text)
			}
		}
	}
}

// TestLinkSignature checks signatures that somebody without the key may try, and those of another version.
func TestLinkSignature(t *testing.T) {
	link := typicalLink()
	good := link.sign([]byte(testKey))
	full := mac(signatureVersion + link.query(url.QueryEscape))
	last := strings.IndexByte(alphabet, good[len(good)-1])
	signatures := map[string]string{
		"another key":                link.sign([]byte("another key of 32 bytes for this")),
		"no key":                     link.sign(nil),
		"another version":            encode(mac("approval-workflow link v2\n" + link.query(url.QueryEscape))),
		"another purpose":            encode(mac(link.query(url.QueryEscape))),
		"the encoding of the e-mail": encode(mac(signatureVersion + link.query(escapeValue))),
		"the other half":             encode(full[signatureBytes:]),
		"all 256 bits":               base64.RawURLEncoding.EncodeToString(full),
		"fewer bits":                 base64.RawURLEncoding.EncodeToString(full[:signatureBytes-1]),
		"padding":                    good + "%3D%3D",
		"padding without an escape":  good + "==",
		"unused bits set":            good[:len(good)-1] + alphabet[last+1:last+2],
		"standard alphabet":          strings.NewReplacer("-", "%2B", "_", "%2F").Replace(good),
		"line break":                 good + "%0A",
		"another link's":             Link{Execution: link.Execution, Approver: link.Approver, SentAt: link.SentAt.Add(time.Second)}.sign([]byte(testKey)),
		"upper case":                 strings.ToUpper(good),
		"lower case":                 strings.ToLower(good),
		"hexadecimal":                "f9ef38e1efa1b7f56dda39",
		"nothing":                    "",
	}
	query := link.query(escapeValue) + "&signature="
	if refused(query + good) {
		t.Fatal("the link itself is refused")
	}
	for name, signature := range signatures {
		if signature == good || !refused(query+signature) {
			t.Errorf("%s: the signature is accepted", name)
		}
	}
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// mac returns all 256 bits that the key gives for a text.
func mac(text string) []byte {
	mac := hmac.New(sha256.New, []byte(testKey))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func encode(mac []byte) string { return base64.RawURLEncoding.EncodeToString(mac[:signatureBytes]) }
