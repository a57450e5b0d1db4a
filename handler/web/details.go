package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"approval-workflow/handler/approval"
)

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
