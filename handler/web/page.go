package web

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"

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

const (
	detailSource = "<dt>{{name}}</dt>\n<dd>{{value}}</dd>\n"
	quoteSource  = "<dt>{{name}}</dt>\n" + `<dd class="quote" dir="auto">{{value}}</dd>` + "\n"
	linkSource   = "<dt>{{name}}</dt>\n" + `<dd class="quote"><a href="{{value}}" target="_blank" ` +
		`rel="noopener noreferrer nofollow">{{value}}</a></dd>` + "\n"
)

// detail is a name and a value of the list. A detail without a value is left out.
type detail struct{ source, name, value string }

// details returns what is known of a request as a list. It marks what the requester and the approvers typed as a quotation,
// so that nobody takes it for the workflow's own.
func details(view approval.View) string {
	all := []detail{
		{quoteSource, "Subject", view.Subject},
		{quoteSource, "Message", view.Message},
		{quoteSource, "Requester", view.Requester},
		{linkSource, "Review (the requester's link)", webAddress(view.Review)},
		{detailSource, "Workflow", view.StateMachine},
		{detailSource, "Execution", view.Execution},
		{detailSource, "Approver", view.Approver},
		{detailSource, "Approvals", formatApprovals(view)},
		{detailSource, "Open until", formatTime(view.Expires)},
	}
	for _, record := range records(view) {
		all = append(all, detail{quoteSource, "Reason of " + record.Approver, record.Reason})
	}
	var list string
	for _, detail := range all {
		if detail.value != "" {
			list += fill(detail.source, map[string]string{"name": detail.name, "value": detail.value})
		}
	}
	if list == "" {
		return ""
	}
	return "<h2>The request</h2>\n<dl>\n" + list + "</dl>\n"
}

// webAddress returns an address if a link may lead there, or "". With another scheme, a link could run a script.
func webAddress(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" || parsed.Host == "" {
		return ""
	}
	return address
}

// formatApprovals returns who has approved, of how many who have to. It is empty before the only approval that is needed.
func formatApprovals(view approval.View) string {
	if view.ApprovalsNeeded < 2 && len(view.Approvals) == 0 {
		return ""
	}
	var names []string
	for _, record := range view.Approvals {
		names = append(names, record.Approver)
	}
	text := fmt.Sprintf("%d of %d", len(names), view.ApprovalsNeeded)
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	return text
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(approval.TimeLayout)
}

// maxName is the largest number of characters of a subject in the name of a button.
const maxName = 100

// shorten shortens a text for the name of a button.
func shorten(text string) string {
	if runes := []rune(text); len(runes) > maxName {
		return string(runes[:maxName]) + "…"
	}
	return text
}
