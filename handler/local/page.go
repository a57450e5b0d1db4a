package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"approval-workflow/handler/local/stepfunctions"
	"approval-workflow/handler/statemachine/asl"
)

//go:embed page
var pageFiles embed.FS

// pageScripts are the parts of the page's script. The last one runs it.
var pageScripts = []string{"executions.js", "emails.js", "groups.js", "main.js"}

// newPage returns a handler that serves the page with a picture of the machine, or without one if the machine cannot be
// drawn. Its form offers the groups. The page's script uses the same addresses as other clients.
func newPage(machine *asl.Machine, opts options) (http.HandlerFunc, error) {
	picture, undrawn := newDiagram(machine)
	style, script := readPage("page.css"), readPage(pageScripts...)
	var body bytes.Buffer
	err := template.Must(template.ParseFS(pageFiles, "page/*.html")).ExecuteTemplate(&body, "page.html", struct {
		Style           template.CSS
		Script          template.JS
		StateMachineARN string
		Picture         diagram
		Undrawn         error
		Approvers       group
		Groups          groups
	}{template.CSS(style), template.JS(script), stepfunctions.StateMachineARN, picture, undrawn, //nolint:gosec // our own files
		group{opts.approvers, opts.approvals}, opts.groups})
	if err != nil {
		return nil, err
	}
	policy := "default-src 'none'; connect-src 'self'; img-src data:; style-src " + hashSource(style) +
		"; script-src " + hashSource(script) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		_, _ = w.Write(body.Bytes()) // the client may be gone
	}, nil
}

// readPage returns files of the page, one after the other.
func readPage(names ...string) string {
	var text []byte
	for _, name := range names {
		part, err := pageFiles.ReadFile("page/" + name)
		if err != nil {
			panic(err) // the build embeds the files, so an error shows at the first start
		}
		text = append(text, part...)
	}
	return string(text)
}

// hashSource returns the source expression of a Content-Security-Policy that allows exactly this text.
func hashSource(text string) string {
	hash := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}
