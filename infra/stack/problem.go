package stack

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"approval-workflow/handler/approval"
	"approval-workflow/infra"
)

// problem returns err with the key and the command that fixes it.
func (s setting) problem(err error) error {
	value := s.example
	if unread, ok := errors.AsType[*approval.SettingError](err); ok && unread.Suggestion != "" {
		value = unread.Suggestion
	}
	return fmt.Errorf("%s: %w. Run: pulumi config set %s %s", s.key, err, s.key, quote(value))
}

// explain returns the problem of the setting that sets the argument.
func explain(wrong *infra.ArgumentError, args infra.ApprovalWorkflowArgs) error {
	for _, s := range settings {
		if s.argument != wrong.Argument {
			continue
		}
		if s.argument == "Approvals" {
			s.example = strconv.Itoa(min(len(args.Emails), approval.MaxApprovals))
		}
		return s.problem(wrong.Err)
	}
	return wrong
}

var plain = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// quote returns a word as the shell reads it.
func quote(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
