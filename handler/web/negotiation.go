package web

import (
	"mime"
	"strconv"
	"strings"
)

// prefersHTML reports whether a client prefers text/html to JSON: it accepts text/html and gives JSON a lower weight.
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
