package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"approval-workflow/handler/local/stepfunctions"
)

var (
	//go:embed page.html
	pageSource string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

// newPage returns the handler of the one page. It is a client of the public addresses like any other.
func newPage() http.Handler {
	var body bytes.Buffer
	err := template.Must(template.New("page").Parse(pageSource)).Execute(&body, struct {
		Style           template.CSS
		Script          template.JS
		StateMachineARN string
	}{template.CSS(pageStyle), template.JS(pageScript), stepfunctions.StateMachineARN}) //nolint:gosec // our own files
	if err != nil {
		panic(err) // nothing in it varies: a fault shows at the first start
	}
	policy := "default-src 'none'; connect-src 'self'; img-src data:; style-src " + hashSource(pageStyle) +
		"; script-src " + hashSource(pageScript) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(body.Bytes()) // a client that is gone changes nothing
	})
}

// hashSource allows this very text in a Content-Security-Policy.
func hashSource(text string) string {
	hash := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}
