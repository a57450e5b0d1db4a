package web

import (
	"log/slog"
	"net/http"
)

// log writes one line about a request. It leaves out the URL, because the query contains the token.
func (s *server) log(r *http.Request, a answer) {
	outcome := a.outcome
	if a.code != "" {
		outcome = a.code
	}
	attrs := []slog.Attr{
		slog.String("route", r.Pattern),
		slog.Int("status", a.status),
		slog.String("outcome", outcome),
		slog.String("execution", a.execution),
	}
	if a.ageSeconds != nil {
		attrs = append(attrs, slog.Int64("ageSeconds", *a.ageSeconds))
	}
	if a.suspect {
		attrs = append(attrs, slog.Bool("suspect", true))
	}
	if a.err != nil {
		attrs = append(attrs, slog.String("error", a.err.Error()))
	}
	s.logger.LogAttrs(r.Context(), a.level(), "request", attrs...)
}

func (a answer) level() slog.Level {
	switch {
	case a.status >= http.StatusInternalServerError, a.forTask && a.code != "":
		return slog.LevelError
	case a.code != "", a.suspect:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
