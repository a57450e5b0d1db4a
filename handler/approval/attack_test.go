package approval

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"
)

// checkRefused checks that a query is not a link of this workflow. The error says so in the same words for every query, and
// quotes nothing of it.
func checkRefused(t *testing.T, what, query string) {
	t.Helper()
	link, err := verified(query)
	if CodeOf(err) != CodeInvalidLink || MessageOf(err) != "" || link != (Link{}) {
		t.Errorf("%s: VerifyLink = %+v, %v, want %s", what, link, err, CodeInvalidLink)
	}
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("%s: the error quotes the query", what)
	}
}

// TestLinkChangedByOneCharacter checks that no change of one character gives a link with other values.
func TestLinkChangedByOneCharacter(t *testing.T) {
	query, link := confirmQuery()
	check := func(query string) {
		if got, err := verified(query); err == nil && got != link {
			t.Fatalf("the link %q is accepted as %+v", query, got)
		}
	}
	for i := range query {
		check(query[:i] + query[i+1:])
		check(query[:i] + query[i:i+1] + query[i:])
		for b := range 256 {
			check(query[:i] + string([]byte{byte(b)}) + query[i+1:])
			check(query[:i] + string([]byte{byte(b)}) + query[i:])
		}
	}
}

// TestLinkChanged changes each value of a link to another one that is well formed.
func TestLinkChanged(t *testing.T) {
	query := SignedQuery(typicalLink(), testKey)
	asks, _ := confirmQuery()
	for name, change := range map[string][3]string{
		"another execution":             {query, "5d8c1a52", "5d8c1a53"},
		"another state machine":         {query, "1a2b3c4", "1a2b3c5"},
		"border of the names":           {query, "-1a2b3c4%3A5d8c", "%3A-1a2b3c45d8c"},
		"another start":                 {query, "1795339805123", "1795339805124"},
		"another case of the address":   {query, "jo%40example.com", "Jo%40example.com"},
		"another address":               {query, "jo%40example.com", "ed%40example.com"},
		"white space after the address": {query, "jo%40example.com", "jo%40example.com%20"},
		"sent later":                    {query, "1795339806", "1795339807"},
		"confirm added":                 {query, "&signature", "&confirm=true&signature"},
		"confirm with another value":    {query, "&signature", "&confirm=false&signature"},
		"confirm dropped":               {asks, "&confirm=true", ""},
		"values swapped":                {query, "started=1795339805123&approver=jo%40example.com", "started=1795339806&approver=jo%40example.com"},
		"other names":                   {query, "approver=", "Approver="},
		"malformed escape":              {query, "&signature", "&x=%zz&signature"},
	} {
		if !strings.Contains(change[0], change[1]) {
			t.Fatalf("the link does not contain %s", change[1])
		}
		if _, err := verified(change[0]); err != nil {
			t.Errorf("the link itself is refused: %v", err)
		}
		checkRefused(t, name, strings.Replace(change[0], change[1], change[2], 1))
	}
}

// TestLinkMissingOrRepeated drops, repeats and empties each parameter, and puts a secret into each, as a reader of the history
// may do with a task token.
func TestLinkMissingOrRepeated(t *testing.T) {
	query, link := confirmQuery()
	for _, part := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		for change, changed := range map[string]string{
			"dropped":                  strings.Replace(query, part, "", 1),
			"repeated":                 query + "&" + part,
			"repeated with more":       query + "&" + part + "0",
			"repeated, escaped name":   query + "&" + escapeEverything(name[:1]) + part[1:],
			"empty":                    strings.Replace(query, part, name+"=", 1),
			"without an equals sign":   strings.Replace(query, part, name, 1),
			"in upper case":            strings.Replace(query, part, strings.ToUpper(name)+part[len(name):], 1),
			"separated by a semicolon": strings.Replace(query, part, "x=1;"+part, 1),
			"another value":            strings.Replace(query, part, name+"="+url.QueryEscape(secret), 1),
			"unescaped value":          strings.Replace(query, part, name+"="+secret, 1),
			"repeated otherwise":       query + "&" + name + "=" + secret,
		} {
			checkRefused(t, name+" "+change, changed)
		}
	}
	for _, changed := range []string{"", secret, "token=" + secret, strings.Split(query, "&signature=")[0] + "&token=" + secret} {
		checkRefused(t, "without a signature", changed)
	}
	checkVerified(t, query+"&token="+secret, link) // an extra parameter changes nothing
}

// TestLinkInOneParameter checks the form of links with long names: exactly one parameter with one line for each value.
func TestLinkInOneParameter(t *testing.T) {
	query, link := confirmQuery()
	values := link.values()
	values[paramSignature] = link.sign([]byte(testKey))
	text := strings.Join(values[:], "\n")
	form := func(text string) string { return "fields=" + new(big.Int).SetBytes([]byte(text)).Text(62) }
	checkVerified(t, form(text), link)
	checkVerified(t, form(text)+"&approver=ed%40example.com&confirm=false&signature=x", link) // further parameters change nothing
	for name, changed := range map[string]string{
		"not base 62":       "fields=" + url.QueryEscape(text),
		"a line too much":   form(text + "\n"),
		"a line less":       form(text[strings.IndexByte(text, '\n')+1:]),
		"without confirm":   form(strings.Replace(text, "\ntrue\n", "\n\n", 1)),
		"another confirm":   form(strings.Replace(text, "\ntrue\n", "\nfalse\n", 1)),
		"another approver":  form(strings.Replace(text, "jo@", "ed@", 1)),
		"no approver":       form(strings.Replace(text, link.Approver, "", 1)),
		"no signature":      form(strings.TrimSuffix(text, values[paramSignature])),
		"another signature": form(strings.ToLower(text)),
		"a blank in front":  "fields=%20" + strings.TrimPrefix(form(text), "fields="),
		"repeated":          form(text) + "&" + form(text),
		"empty":             "fields=",
		"zero":              "fields=0",
		"of another link":   form(text) + "x",
	} {
		checkRefused(t, name, changed)
	}
	checkRefused(t, "beside another link", query+"&"+form("x"))
}

// TestLinkTimes checks the times of links that are signed as they are. Only one form of an integer is accepted, from 1970 to
// the year 9999.
func TestLinkTimes(t *testing.T) {
	const overflows = math.MaxInt64 - 62_135_596_800 // to a year that fits
	wrong := []string{
		"9223372036854775808", "-9223372036854775809", "9223372036854775807", "-9223372036854775808", "-1", fmt.Sprint(overflows),
		fmt.Sprint((lastSecond + 1) * 1000), "1e9", "+5", "05", "-0", "0x10", "1_000", "5.0", " 5", "5 ", "٥", "now", "",
	}
	check := func(started, sent string, accepted bool) {
		query := "execution=sm:x&started=" + url.QueryEscape(started) + "&approver=jo@example.com&sent=" + url.QueryEscape(sent)
		if _, _, err := parseLink(query + "&signature=" + strings.Repeat("A", signatureLength)); (err == nil) != accepted {
			t.Errorf("started=%q, sent=%q: error = %v, want none: %t", started, sent, err, accepted)
		}
	}
	check("0", "0", true)
	check(fmt.Sprint(lastSecond*1000+999), fmt.Sprint(lastSecond), true)
	check("5", fmt.Sprint(lastSecond+1), false)
	for _, text := range wrong {
		check(text, "5", false)
		check("5", text, false)
	}
}

// TestLinkSignature checks signatures that somebody without the key may try, and those of another version.
func TestLinkSignature(t *testing.T) {
	link := typicalLink()
	good := link.sign([]byte(testKey))
	full := mac(signatureVersion + link.query(url.QueryEscape))
	last := strings.IndexByte(alphabet, good[len(good)-1])
	other := Link{Execution: link.Execution, Approver: link.Approver, SentAt: link.SentAt.Add(time.Second)}
	query := link.query(escapeValue) + "&signature="
	checkVerified(t, query+good, link)
	for name, signature := range map[string]string{
		"another stack's key":       link.sign([]byte("another key of 32 bytes for this")),
		"no key":                    link.sign(nil),
		"another version":           encode(mac("approval-workflow link v2\n" + link.query(url.QueryEscape))),
		"another purpose":           encode(mac(link.query(url.QueryEscape))),
		"another encoding":          encode(mac(signatureVersion + strings.ReplaceAll(link.query(escapeValue), "%40", "@"))),
		"the other half":            encode(full[signatureBytes:]),
		"all 256 bits":              base64.RawURLEncoding.EncodeToString(full),
		"fewer bits":                base64.RawURLEncoding.EncodeToString(full[:signatureBytes-1]),
		"padding":                   good + "%3D%3D",
		"padding without an escape": good + "==",
		"unused bits set":           good[:len(good)-1] + alphabet[last+1:last+2],
		"standard alphabet":         strings.NewReplacer("-", "%2B", "_", "%2F").Replace(good),
		"line break":                good + "%0A",
		"another link's":            other.sign([]byte(testKey)),
		"upper case":                strings.ToUpper(good),
		"lower case":                strings.ToLower(good),
		"hexadecimal":               "f9ef38e1efa1b7f56dda39",
		"nothing":                   "",
	} {
		if signature == good {
			t.Errorf("%s: the signature is the good one", name)
		}
		checkRefused(t, name, query+signature)
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

// FuzzParseLink checks that any query that is accepted says one thing only: its canonical form is the same link, and only
// the signature of that form is good.
func FuzzParseLink(f *testing.F) {
	query := SignedQuery(typicalLink(), testKey)
	for _, seed := range []string{
		"", query, query + "&confirm=true", "token=AQDEAAAAKgAAAA%2Btoken", strings.ReplaceAll(query, "&", ";"),
		escapeEverything(query), query + "&" + query, "execution=%ff:%00&started=-1&approver=&sent=9223372036854775807&signature=%3d",
		"execution=a:b:c&started=1&approver=a%26sent%3D2&sent=3&signature=" + strings.Repeat("A", signatureLength),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		link, signature, err := parseLink(query)
		if err != nil {
			if link != (Link{}) || signature != "" {
				t.Errorf("parseLink(%q) returns a link with an error", query)
			}
			return
		}
		if good := link.sign([]byte(testKey)); link.verify([]byte(testKey), signature) != (signature == good) {
			t.Errorf("parseLink(%q): the signature %q is not compared with %q", query, signature, good)
		}
		checkVerified(t, link.query(url.QueryEscape)+"&signature="+link.sign([]byte(testKey)), link)
	})
}
