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
	// beforeButtons and afterButtons are the parts of the form around its buttons.
	beforeButtons, afterButtons, _ = strings.Cut(formSource, "{{buttons}}\n")
)

const buttonSource = `<button class="{{class}}" formaction="{{action}}" aria-label="{{verb}} {{what}}">{{verb}}</button>` + "\n"

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

// page returns the answer as a page. Its message is that of the JSON.
func (a answer) page() []byte {
	page := fill(beforeForm, map[string]string{"kind": a.kind(), "title": a.title, "message": a.message})
	return []byte(page + details(a.view) + a.form() + afterForm)
}

// form returns the form whose buttons decide, if there are any.
func (a answer) form() string {
	if len(a.buttons) == 0 {
		return ""
	}
	form := fill(beforeButtons, map[string]string{"maxUnits": strconv.Itoa(2 * approval.MaxReason)}) // browsers count UTF-16 code units
	for _, button := range a.buttons {
		form += fill(buttonSource, map[string]string{
			"class":  strings.ToLower(button.Verb),
			"action": button.Path + "?" + a.query, // our own path comes first, so it cannot have a scheme
			"verb":   button.Verb,
			"what":   shorten(cmp.Or(a.view.Subject, a.view.Execution)),
		})
	}
	return form + afterButtons
}

// kind returns the CSS class of the page: a decision's status, "counted", "asked" or "failure".
func (a answer) kind() string {
	switch a.code {
	case "":
		return a.outcome
	case string(approval.CodeAlreadyCounted):
		return "counted"
	}
	for _, decision := range approval.Decisions() {
		if a.code == string(decision.Decided) {
			return decision.Status
		}
	}
	return "failure"
}
