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

// newPage returns a handler that serves the page. The page's script uses the same addresses as other clients.
func newPage() http.Handler {
	var body bytes.Buffer
	err := template.Must(template.New("page").Parse(pageSource)).Execute(&body, struct {
		Style           template.CSS
		Script          template.JS
		StateMachineARN string
	}{template.CSS(pageStyle), template.JS(pageScript), stepfunctions.StateMachineARN}) //nolint:gosec // these are our own files
	if err != nil {
		panic(err) // nothing in the page varies, so an error shows at the first start
	}
	policy := "default-src 'none'; connect-src 'self'; img-src data:; style-src " + hashSource(pageStyle) +
		"; script-src " + hashSource(pageScript) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(body.Bytes()) // the client may be gone
	})
}

// hashSource returns the source expression of a Content-Security-Policy that allows exactly this text.
func hashSource(text string) string {
	hash := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}
