package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"mime"
	"strconv"
	"strings"

	"approval-workflow/handler/approval"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var style string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// contentSecurityPolicy allows a page its own style, a form to this API, and nothing else.
var contentSecurityPolicy = func() string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}()

// confirmation is what a page that asks before it decides shows beside its title and message.
type confirmation struct {
	Workflow, Execution string
	Expires             string // when the link stops working
	Button, Class       string
	Other, OtherURL     string // the decision that is not about to be made
	MaxUnits            int    // of UTF-16, which browsers count
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
	var body bytes.Buffer
	err := pageTemplate.Execute(&body, struct {
		Kind, Title, Message string
		Style                template.CSS
		Confirmation         *confirmation
	}{kind, a.title, a.message, template.CSS(style), a.confirmation}) //nolint:gosec // the style is our own file
	if err != nil {
		return []byte(template.HTMLEscapeString(a.title + ". " + a.message))
	}
	return body.Bytes()
}

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
