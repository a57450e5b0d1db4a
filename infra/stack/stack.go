// Package stack reads the arguments of the approval workflow from the configuration of a Pulumi stack. Its errors are
// for whoever runs the pulumi command.
package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agext/levenshtein"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"approval-workflow/handler/approval"
	"approval-workflow/infra"
)

type arguments = infra.ApprovalWorkflowArgs

// setting is a key of the configuration. Pulumi.yaml describes it to users.
type setting struct {
	key      string
	argument string // the field that the key sets
	example  string // a correct value
	set      func(args *arguments, text string) error
}

var settings = []setting{
	{"email", "Emails", "you@example.com", set(approval.ParseAddresses, func(a *arguments) *[]string { return &a.Emails })},
	{"timeout", "Timeout", "24h", set(approval.ParseTimeout, func(a *arguments) *time.Duration { return &a.Timeout })},
	{"reminders", "Reminders", "2", set(parseNumber, func(a *arguments) *int { return &a.Reminders })},
	{"approvals", "Approvals", "1", set(parseNumber, func(a *arguments) *int { return &a.Approvals })},
	{"confirm", "Confirm", "true", set(parseBool, func(a *arguments) *bool { return &a.Confirm })},
	{"logRetentionDays", "LogRetentionDays", "30", set(parseNumber, func(a *arguments) *int { return &a.LogRetentionDays })},
	{"alarmEmail", "AlarmEmails", "ops@example.com", set(approval.ParseAddresses,
		func(a *arguments) *[]string { return &a.AlarmEmails })},
	{"dashboard", "Dashboard", "true", set(parseBool, func(a *arguments) *bool { return &a.Dashboard })},
	{"audit", "Audit", "true", set(parseBool, func(a *arguments) *bool { return &a.Audit })},
	{"auditRetentionDays", "AuditRetentionDays", "365", set(parseNumber,
		func(a *arguments) *int { return &a.AuditRetentionDays })},
}

// set returns a function that parses a text into a field of the arguments. It leaves the field unchanged if the text is
// wrong, so that the text causes no second error.
func set[T any](parse func(text string) (T, error), field func(*arguments) *T) func(*arguments, string) error {
	return func(args *arguments, text string) error {
		value, err := parse(text)
		if err == nil {
			*field(args) = value
		}
		return err
	}
}

// LoadArgs returns the arguments that the stack's configuration sets. A key that is not set has the default, and Code
// is nil. Its error lists every problem, each with the command that fixes it.
func LoadArgs(ctx *pulumi.Context) (*infra.ApprovalWorkflowArgs, error) {
	problems := unknownKeys(ctx.Project())
	values := config.New(ctx, "")
	args := arguments{}.WithDefaults()
	unread := map[string]bool{} // arguments
	for _, s := range settings {
		text, err := values.Try(s.key)
		if err != nil { // the key is not set
			continue
		}
		if err := s.set(&args, text); err != nil {
			problems = append(problems, s.problem(err))
			unread[s.argument] = true
		}
	}
	for _, wrong := range args.Validate() {
		if !unread[wrong.Argument] {
			problems = append(problems, explain(wrong, args))
		}
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("configuration of the stack:\n%w", errors.Join(problems...))
	}
	return &args, nil
}

func parseNumber(text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return number, nil
}

func parseBool(text string) (bool, error) {
	value, err := strconv.ParseBool(text)
	if err != nil {
		suggestion := map[string]string{"yes": "true", "on": "true", "no": "false", "off": "false"}[strings.ToLower(text)]
		return false, &approval.SettingError{Problem: fmt.Sprintf("%q is not true or false", text), Suggestion: suggestion}
	}
	return value, nil
}

// problem returns err with the key and the command that fixes it.
func (s setting) problem(err error) error {
	value := s.example
	if unread, ok := errors.AsType[*approval.SettingError](err); ok && unread.Suggestion != "" {
		value = unread.Suggestion
	}
	return fmt.Errorf("%s: %w. Run: pulumi config set %s %s", s.key, err, s.key, quote(value))
}

// explain returns the problem of the setting that sets the argument.
func explain(wrong *infra.ArgumentError, args arguments) error {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.argument == wrong.Argument })
	if i < 0 {
		return wrong
	}
	s := settings[i]
	if s.argument == "Approvals" {
		s.example = strconv.Itoa(min(len(args.Emails), approval.MaxApprovals))
	}
	return s.problem(wrong.Err)
}

var plain = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// quote returns a word as the shell reads it.
func quote(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// maxDistance is the largest number of wrong letters in a key that is still understood.
const maxDistance = 3

// unknownKeys returns a problem for each key of the project that is not a setting, because Pulumi would ignore such a key.
// It reads the environment, in which the engine passes the configuration, because the SDK cannot list the keys.
func unknownKeys(project string) []error {
	values := map[string]string{}
	var secrets []string
	_ = json.Unmarshal([]byte(os.Getenv("PULUMI_CONFIG")), &values) // without an engine there is no configuration
	_ = json.Unmarshal([]byte(os.Getenv("PULUMI_CONFIG_SECRET_KEYS")), &secrets)
	for _, name := range secrets {
		values[name] = "VALUE"
	}
	var keys []string
	for _, s := range settings {
		keys = append(keys, s.key)
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if key, ok := strings.CutPrefix(name, project+":"); ok && !slices.Contains(keys, key) {
			problems = append(problems, unknownKey(keys, key, values[name]))
		}
	}
	return problems
}

func unknownKey(keys []string, key, value string) error {
	nearest := slices.MinFunc(keys, func(a, b string) int { return distance(a, key) - distance(b, key) })
	if distance(nearest, key) > maxDistance {
		return fmt.Errorf("%s: unknown key. The keys are %s. Run: pulumi config rm %s",
			key, strings.Join(keys, ", "), quote(key))
	}
	return fmt.Errorf("%s: unknown key. Did you mean %s? Run: pulumi config rm %s && pulumi config set %s %s",
		key, nearest, quote(key), nearest, quote(value))
}

func distance(a, b string) int {
	return levenshtein.Distance(strings.ToLower(a), strings.ToLower(b), nil)
}

// Name returns the name of a workflow with the name of the stack at its end, so that the e-mails, the pages and the
// resources show which stack they belong to. Its error says how to give the stack another name.
func Name(ctx *pulumi.Context, workflow string) (string, error) {
	name := workflow + "-" + ctx.Stack()
	if err := infra.CheckName(name); err != nil {
		return "", fmt.Errorf("name of the stack: %w. Run: pulumi stack rename NAME", err)
	}
	return name, nil
}
