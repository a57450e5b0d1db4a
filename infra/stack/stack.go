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
	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
	"approval-workflow/infra"
)

type arguments = infra.ApprovalWorkflowArgs

// setting is a key of the configuration, or of a group in it. Pulumi.yaml describes it to users.
type setting[Arguments any] struct {
	key      string
	argument string // the field that the key sets
	example  string // a correct value
	set      func(args *Arguments, text string) error
}

var settings = []setting[arguments]{
	{"email", "Emails", "you@example.com", set(parseAddresses, func(a *arguments) *[]string { return &a.Emails })},
	{"groups", "Groups", `{"dba":{"email":"you@example.com"}}`, setGroups},
	{"timeout", "Timeout", "24h", set(approval.ParseTimeout, func(a *arguments) *time.Duration { return &a.Timeout })},
	{"reminders", "Reminders", "2", set(parseNumber, func(a *arguments) *int { return &a.Reminders })},
	{"spread", "Spread", "30s", set(parseSpread, func(a *arguments) **time.Duration { return &a.Spread })},
	{"approvals", "Approvals", "1", set(parseNumber, func(a *arguments) *int { return &a.Approvals })},
	{"confirm", "Confirm", "true", set(parseBool, func(a *arguments) *bool { return &a.Confirm })},
	{"linkGeneration", "LinkGeneration", "2", set(parseNumber, func(a *arguments) *int { return &a.LinkGeneration })},
	{"domain", "Domain", "approvals.example.com", set(parseText, func(a *arguments) *string { return &a.Domain })},
	{"certificateArn", "CertificateArn", "arn:aws:acm:REGION:ACCOUNT:certificate/ID", set(parseText,
		func(a *arguments) *string { return &a.CertificateArn })},
	{"hostedZoneId", "HostedZoneID", "Z0123456789EXAMPLE", set(parseText, func(a *arguments) *string { return &a.HostedZoneID })},
	{"outcomes", "Outcomes", "deciders", set(approval.ParseOutcomes, func(a *arguments) *approval.Outcomes { return &a.Outcomes })},
	{"notify", "NotifyEmails", "team@example.com", set(parseAddresses, func(a *arguments) *[]string { return &a.NotifyEmails })},
	{"logRetentionDays", "LogRetentionDays", "30", set(parseNumber, func(a *arguments) *int { return &a.LogRetentionDays })},
	{"alarmEmail", "AlarmEmails", "ops@example.com", set(parseAddresses,
		func(a *arguments) *[]string { return &a.AlarmEmails })},
	{"dashboard", "Dashboard", "true", set(parseBool, func(a *arguments) *bool { return &a.Dashboard })},
	{"audit", "Audit", "true", set(parseBool, func(a *arguments) *bool { return &a.Audit })},
	{"auditRetentionDays", "AuditRetentionDays", "365", set(parseNumber,
		func(a *arguments) *int { return &a.AuditRetentionDays })},
	{"protect", "Protect", "true", set(parseBool, func(a *arguments) *bool { return &a.Protect })},
}

// set returns a function that parses a text into a field of the arguments. It leaves the field unchanged if the text is
// wrong, so that the text causes no second error.
func set[Arguments, T any](parse func(text string) (T, error), field func(*Arguments) *T) func(*Arguments, string) error {
	return func(args *Arguments, text string) error {
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
	args := arguments{}.WithDefaults()
	unread := map[string]bool{} // arguments
	for _, s := range settings {
		text, isSet := ctx.GetConfig(ctx.Project() + ":" + s.key)
		if !isSet {
			continue
		}
		if err := s.set(&args, text); err != nil {
			problems = append(problems, s.problems(err)...)
			unread[s.argument] = true
		}
		warnOfSecret(ctx, s.key)
	}
	for _, wrong := range args.Validate() {
		if !unread[wrong.Argument] {
			problems = append(problems, explain(wrong, args))
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return &args, nil
}

// warnOfSecret says where the value of a key is not secret, although it is secret in the configuration.
func warnOfSecret(ctx *pulumi.Context, key string) {
	if ctx.IsConfigSecret(ctx.Project() + ":" + key) {
		_ = ctx.Log.Warn(key+": --secret hides this value in the configuration only. The state of the stack and AWS show it", nil)
	}
}

// Exit reports every problem of an error to the user and ends the program as failed. If the program returned the error instead,
// Pulumi would first say that an unhandled error occurred. Nothing may be registered before.
func Exit(ctx *pulumi.Context, err error) {
	for _, problem := range split(err) {
		_ = ctx.Log.Error(problem.Error(), nil)
	}
	os.Exit(constant.ExitStatusLoggedError)
}

// split returns the errors that errors.Join has joined.
func split(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var problems []error
	for _, err := range joined.Unwrap() {
		problems = append(problems, split(err)...)
	}
	return problems
}

// parseAddresses returns the addresses of a list that is separated by commas, or of one that was made with --path 'email[0]'.
func parseAddresses(text string) ([]string, error) {
	var list []any
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return approval.ParseAddresses(text)
	}
	var addresses []string
	for _, element := range list {
		addresses = append(addresses, textOf(element))
	}
	return approval.ParseAddresses(strings.Join(addresses, ","))
}

func parseSpread(text string) (*time.Duration, error) {
	spread, err := approval.ParseSpread(text)
	return &spread, err
}

func parseText(text string) (string, error) { return text, nil }

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

// problems returns what is wrong with the value of a key.
func (s setting[_]) problems(err error) []error {
	if several, ok := errors.AsType[groupProblems](err); ok {
		return several
	}
	return []error{problem(s.key, s.example, err)}
}

// problem returns err with the key or path and the command that fixes it: with what was probably meant, or else an example. With
// an empty example, it has no command.
func problem(key, example string, err error) error {
	value := example
	if unread, ok := errors.AsType[*approval.SettingError](err); ok && unread.Suggestion != "" {
		value = unread.Suggestion
	}
	if value == "" {
		return fmt.Errorf("%s: %w", key, err)
	}
	return fmt.Errorf("%s: %w. Run: %s", key, err, assignment(key, value))
}

// assignment returns the command that sets a key or a path.
func assignment(key, value string) string {
	if strings.ContainsAny(key, ".[") {
		key = "--path " + quote(key)
	}
	return "pulumi config set " + key + " " + quote(value)
}

// removal returns the command that removes what a path leads to.
func removal(path string) string { return "pulumi config rm --path " + quote(path) }

// explain returns the problem of the setting that sets the argument.
func explain(wrong *infra.ArgumentError, args arguments) error {
	if group, ok := errors.AsType[*infra.GroupError](wrong); ok {
		return explainGroup(group, args)
	}
	i := slices.IndexFunc(settings, func(s setting[arguments]) bool { return s.argument == wrong.Argument })
	if i < 0 {
		return wrong
	}
	s := settings[i]
	_, isSetting := errors.AsType[*approval.SettingError](wrong)
	switch {
	case s.argument == "Approvals":
		s.example = strconv.Itoa(min(len(args.Emails), approval.MaxApprovals))
	case s.argument == "Emails" && len(args.Emails) > 0 && !isSetting, s.argument == "Groups":
		s.example = "" // too many addresses: an example would replace all of them
	}
	return problem(s.key, s.example, wrong.Err)
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
	_ = json.Unmarshal([]byte(os.Getenv("PULUMI_CONFIG")), &values) // only an engine passes a configuration
	_ = json.Unmarshal([]byte(os.Getenv("PULUMI_CONFIG_SECRET_KEYS")), &secrets)
	for _, name := range secrets {
		values[name] = "VALUE"
	}
	keys := keysOf(settings)
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if key, ok := strings.CutPrefix(name, project+":"); ok && !slices.Contains(keys, key) {
			problems = append(problems, unknownKey(keys, key, values[name]))
		}
	}
	return problems
}

// unknownKey returns the problem of a key that is not a setting.
func unknownKey(keys []string, key, value string) error {
	remove := "pulumi config rm " + quote(key)
	if strings.HasPrefix(key, "groups.") {
		return fmt.Errorf("%s: this path needs --path. Run: %s && %s", key, remove, assignment(key, value))
	}
	nearest, found := nearest(keys, key)
	set := assignment(nearest, value)
	switch {
	case !found:
		return fmt.Errorf("%s: unknown key. The keys are %s. Run: %s", key, strings.Join(keys, ", "), remove)
	case nearest == "groups":
		set = groupExample
	}
	return fmt.Errorf("%s: unknown key. Did you mean %s? Run: %s && %s", key, nearest, remove, set)
}

// keysOf returns the keys of settings.
func keysOf[Arguments any](settings []setting[Arguments]) []string {
	var keys []string
	for _, s := range settings {
		keys = append(keys, s.key)
	}
	return keys
}

// otherNames are keys under other names than spelling mistakes.
var otherNames = map[string]string{"approver": "email", "approvers": "email", "members": "email"}

// nearest returns the key that was probably meant.
func nearest(keys []string, key string) (string, bool) {
	if name, ok := otherNames[strings.ToLower(key)]; ok {
		return name, true
	}
	nearest := slices.MinFunc(keys, func(a, b string) int { return distance(a, key) - distance(b, key) })
	return nearest, distance(nearest, key) <= maxDistance
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
