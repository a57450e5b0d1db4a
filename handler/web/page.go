package web

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
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

	// beforeForm and afterForm are the parts of a page around the form of the page that asks.
	beforeForm, afterForm, _ = strings.Cut(strings.Replace(pageSource, "{{style}}", style, 1), "{{form}}\n")
)

// fill replaces each {{name}} in source by its escaped value. Names are only in text and in quoted attributes, where the
// same escaping is enough. Package html/template can escape anywhere, but its reflection keeps every method of the AWS SDK
// in the binary, which is a third of its size.
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

// contentSecurityPolicy allows a page its own style, forms to this API and nothing else.
var contentSecurityPolicy = func() string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}()

// confirmation is what the page that asks shows in addition to its title and message.
type confirmation struct {
	workflow, execution string // empty if the link does not say
	expires             string // when the link stops working; empty if the link does not say
	button, class       string
	other, otherURL     string // the link to the other decision
}

// notInLink is shown instead of a value that the link does not contain.
const notInLink = "not in this link"

// page returns the answer as a page. Its message is that of the JSON.
func (a answer) page() []byte {
	page := fill(beforeForm, map[string]string{"kind": a.kind(), "title": a.title, "message": a.message})
	if c := a.confirmation; c != nil {
		page += fill(formSource, map[string]string{
			"workflow":  cmp.Or(c.workflow, notInLink),
			"execution": cmp.Or(c.execution, notInLink),
			"expires":   cmp.Or(c.expires, notInLink),
			"button":    c.button,
			"class":     c.class,
			"other":     c.other,
			"otherURL":  c.otherURL,                           // it begins with our own path, so it cannot have a scheme
			"maxUnits":  strconv.Itoa(2 * approval.MaxReason), // browsers count UTF-16 code units
		})
	}
	return []byte(page + afterForm)
}

// kind returns the CSS class of the page: a decision's status, "asked" or "failure".
func (a answer) kind() string {
	if a.code == "" {
		return a.outcome
	}
	for _, decision := range approval.Decisions() {
		if a.code == string(decision.Decided) {
			return decision.Status
		}
	}
	return "failure"
}
