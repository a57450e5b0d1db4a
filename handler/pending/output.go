package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"approval-workflow/handler/approval"
)

// maxSubject is the largest number of characters of a subject in the table.
const maxSubject = 40

func writeJSON(w io.Writer, requests []request) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(requests)
}

func writeTable(w io.Writer, requests []request) error {
	if len(requests) == 0 {
		_, err := fmt.Fprintln(w, "No request is open.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "OPEN UNTIL\tEXECUTION\tSUBJECT\tGROUP\tAPPROVALS\tWAITING FOR")
	for _, r := range requests {
		fmt.Fprintln(table, strings.Join([]string{
			r.until(), r.Name, dash(shorten(r.Subject)), dash(r.Group), r.approvals(), r.waitingFor(),
		}, "\t"))
	}
	return table.Flush()
}

func (r request) until() string {
	if r.OpenUntil.IsZero() {
		return "-"
	}
	return r.OpenUntil.UTC().Format(approval.TimeLayout)
}

// approvals returns how many of the approvals there are, and whose.
func (r request) approvals() string {
	needed := "?" // as in a group that does not exist
	if r.ApprovalsNeeded > 0 {
		needed = fmt.Sprint(r.ApprovalsNeeded)
	}
	text := fmt.Sprintf("%d of %s", len(r.Approvals), needed)
	if len(r.Approvals) == 0 {
		return text
	}
	var approvers []string
	for _, record := range r.Approvals {
		approvers = append(approvers, record.Approver)
	}
	return text + ": " + strings.Join(approvers, ", ")
}

// waitingFor returns who can still approve, and whether that is enough.
func (r request) waitingFor() string {
	switch missing := r.ApprovalsNeeded - len(r.Approvals); {
	case r.OpenUntil.IsZero():
		return "(its e-mails are being sent)"
	case r.ApprovalsNeeded == 0 || len(r.WaitingFor) < missing:
		return cmp.Or(strings.Join(r.WaitingFor, ", "), "nobody") + " (too few)"
	}
	return strings.Join(r.WaitingFor, ", ")
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > maxSubject {
		return string(runes[:maxSubject-1]) + "…"
	}
	return text
}

func dash(text string) string { return cmp.Or(text, "-") }
