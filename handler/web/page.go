package web

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"mime"
	"strconv"
	"strings"

	"approval-workflow/handler/approval"
)

var (
	//go:embed page.html
	pageSource string
	//go:embed form.html
	formSource string
	//go:embed page.css
	style string

	// beforeForm and afterForm are a page without the form of one that asks.
	beforeForm, afterForm, _ = strings.Cut(strings.Replace(pageSource, "{{style}}", style, 1), "{{form}}\n")
)

// fill puts values for the {{names}} of a source, where they stand as text or in a quoted attribute: there it is enough
// to escape them alike. Package html/template would do it for any place, but its reflection keeps every method of the
// AWS SDK in the binary, a third of it.
func fill(source string, values map[string]string) string {
	var filled strings.Builder
	for {
		text, rest, found := strings.Cut(source, "{{")
		filled.WriteString(text)
		if !found {
			return filled.String()
		}
		name, rest, _ := strings.Cut(rest, "}}")
		filled.WriteString(html.EscapeString(values[name]))
		source = rest
	}
}

// contentSecurityPolicy allows a page its own style, a form to this API, and nothing else.
var contentSecurityPolicy = func() string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}()

// confirmation is what a page that asks before it decides shows beside its title and message.
type confirmation struct {
	workflow, execution string // empty if the link does not say
	expires             string // when the link stops working; empty alike
	button, class       string
	other, otherURL     string // the decision that is not about to be made
}

// page is the answer for a browser, in the same words as the JSON.
func (a answer) page() []byte {
	kind := "fault"
	switch a.code {
	case "":
		kind = a.outcome
	case string(approval.CodeAlreadyApproved):
		kind = string(approval.Approved)
	case string(approval.CodeAlreadyRejected):
		kind = string(approval.Rejected)
	}
	page := fill(beforeForm, map[string]string{"kind": kind, "title": a.title, "message": a.message})
	if c := a.confirmation; c != nil {
		page += fill(formSource, map[string]string{
			"workflow":  cmp.Or(c.workflow, untold),
			"execution": cmp.Or(c.execution, untold),
			"expires":   cmp.Or(c.expires, untold),
			"button":    c.button,
			"class":     c.class,
			"other":     c.other,
			"otherURL":  c.otherURL,                           // a path of ours, so that no scheme can begin it
			"maxUnits":  strconv.Itoa(2 * approval.MaxReason), // of UTF-16, which browsers count
		})
	}
	return []byte(page + afterForm)
}

const untold = "not told by this link"

// prefersHTML tells whether a client would rather have text/html than JSON: it names text/html, and gives JSON no
// weight as great.
func prefersHTML(accept []string) bool {
	html, json := 0.0, 0.0
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		mediaType, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, ok := params["q"]; ok {
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		switch mediaType {
		case "text/html":
			html = max(html, weight)
		case "application/json":
			json = max(json, weight)
		}
	}
	return html > json
}
