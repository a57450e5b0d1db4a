package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"slices"
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

const buttonSource = `<button class="{{class}}" formaction="{{action}}" name="decision" value="{{decision}}" ` +
	`aria-label="{{verb}} {{what}}">{{verb}}</button>` + "\n"

// fill appends source to a page, with the escaped value in place of each {{name}}. Names are only in text and in quoted
// attributes, where the same escaping is enough. Package html/template can escape anywhere, but its reflection keeps every method
// of the AWS SDK in the binary, which is a third of its size.
func fill(page *bytes.Buffer, source string, values map[string]string) {
	for {
		text, rest, found := strings.Cut(source, "{{")
		page.WriteString(text)
		if !found {
			return
		}
		name, rest, _ := strings.Cut(rest, "}}")
		page.WriteString(html.EscapeString(values[name]))
		source = rest
	}
}

// contentSecurityPolicy allows a page its own style, forms to this API and nothing else.
var contentSecurityPolicy = func() string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}()

// usualPage is enough for most pages with a small input, in bytes.
const usualPage = 6 << 10

// page returns the answer as a page. Its message is that of the JSON.
func (a answer) page() []byte {
	page := bytes.NewBuffer(make([]byte, 0, usualPage))
	fill(page, beforeForm, map[string]string{"kind": a.kind(), "title": a.title, "message": a.message})
	question(page, a.view)
	a.form(page)
	facts(page, a.view)
	page.WriteString(afterForm)
	return page.Bytes()
}

// form writes the form whose buttons decide, if there are any.
func (a answer) form(page *bytes.Buffer) {
	if len(a.buttons) == 0 {
		return
	}
	// Our own path comes first in an action, so it cannot have a scheme. The form has one for browsers that ignore those of the
	// buttons. Without it, w3m would leave out the query.
	action := func(button approval.Decision) string { return button.Path + "?" + a.query }
	fill(page, beforeButtons, map[string]string{
		"action":   action(a.buttons[0]),
		"maxUnits": strconv.Itoa(2 * approval.MaxReason), // browsers count UTF-16 code units
	})
	for _, button := range a.buttons {
		fill(page, buttonSource, map[string]string{
			"class":    strings.ToLower(button.Verb),
			"action":   action(button),
			"decision": button.Status,
			"verb":     button.Verb,
			"what":     shorten(cmp.Or(a.view.Subject, a.view.Execution)),
		})
	}
	page.WriteString(afterButtons)
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

// The label of a wide detail is above its value, because it may be long.
const (
	detailSource = "<dt>{{name}}</dt>\n<dd>{{value}}</dd>\n"
	quoteSource  = "<dt>{{name}}</dt>\n" + `<dd class="quote" dir="auto">{{value}}</dd>` + "\n"
	reasonSource = `<dt class="wide">{{name}}</dt>` + "\n" + `<dd class="wide quote" dir="auto">{{value}}</dd>` + "\n"
	linkSource   = `<dt class="wide">{{name}}</dt>` + "\n" + `<dd class="wide quote"><a href="{{value}}" target="_blank" ` +
		`rel="noopener noreferrer nofollow">{{value}}</a></dd>` + "\n"
	inputSource = "<details>\n<summary>Input</summary>\n" + `<pre class="quote" dir="auto">{{input}}</pre>` + "\n</details>\n"
)

// maxInput limits the input on a page in bytes.
const maxInput = 64 << 10

// detail is a name and a value of a list. A detail without a value is left out.
type detail struct{ source, name, value string }

// question writes what is asked, and by whom. It marks what the requester typed as a quotation, so that nobody takes it for
// the workflow's own.
func question(page *bytes.Buffer, view approval.View) {
	what := detail{quoteSource, "Subject", view.Subject}
	if view.Subject == "" {
		what = execution(view)
	}
	list(page, "The request", []detail{
		what,
		{quoteSource, "Message", view.Message},
		{quoteSource, "Requester", view.Requester},
		{linkSource, "Review (the requester's link)", webAddress(view.Review)},
	})
}

// facts writes what else is known of a request. It marks what the requester and the approvers typed as quotations.
func facts(page *bytes.Buffer, view approval.View) {
	name := execution(view)
	if view.Subject == "" { // then the question names it
		name.value = ""
	}
	all := []detail{
		{detailSource, "Workflow", view.StateMachine},
		name,
		{detailSource, "Approver", view.Approver},
		{detailSource, "Group", view.Group},
		{detailSource, "Approvals", formatApprovals(view)},
		{detailSource, "Open until", formatTime(view.Expires)},
		{reasonSource, "Why it was withdrawn", view.Withdrawal},
	}
	for _, record := range records(view) {
		if record.Reason != "" {
			all = append(all, detail{reasonSource, "Reason of " + record.Approver, record.Reason})
		}
	}
	list(page, "Details", all)
	if len(view.Input) > 0 {
		fill(page, inputSource, map[string]string{"input": approval.FormatInput(view.Input, maxInput)})
	}
}

// execution returns the detail that names the execution. Without a subject, it says what is asked.
func execution(view approval.View) detail { return detail{detailSource, "Execution", view.Execution} }

// list writes the details that have a value, under a heading.
func list(page *bytes.Buffer, heading string, details []detail) {
	details = slices.DeleteFunc(details, func(d detail) bool { return d.value == "" })
	if len(details) == 0 {
		return
	}
	fill(page, "<h2>{{heading}}</h2>\n<dl>\n", map[string]string{"heading": heading})
	for _, detail := range details {
		fill(page, detail.source, map[string]string{"name": detail.name, "value": detail.value})
	}
	page.WriteString("</dl>\n")
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
