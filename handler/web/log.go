package web

import (
	"log/slog"
	"net/http"
)

// log writes one line about a request. It leaves out the URL, because whoever has it can decide.
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
	if a.approver != "" {
		attrs = append(attrs, slog.String("approver", a.approver))
	}
	if a.ageSeconds != nil {
		attrs = append(attrs, slog.Int64("ageSeconds", *a.ageSeconds))
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
	case a.code != "":
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
