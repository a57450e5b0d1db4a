package infra

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"approval-workflow/infra/definition"
)

// maxTimeout is how long an execution of a standard workflow can last.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxTimeout = 365 * 24 * time.Hour

// retentions are the days that CloudWatch Logs can keep events for.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentions = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// Config is what the owner of a stack decides.
type Config struct {
	// Emails are the addresses of the approvers. Each gets an e-mail from SNS that asks to confirm the subscription.
	Emails []string
	// Timeout is how long a request stays open: whole seconds, at most a year.
	Timeout time.Duration
	// Reminders is how many e-mails follow the first while nobody decides, at most 10. They split the timeout evenly.
	Reminders int
	// Confirm makes the links ask before they decide.
	Confirm bool
	// LogRetentionDays is how long logs are kept, one of the numbers that CloudWatch Logs takes.
	LogRetentionDays int
	// AlarmEmails are the addresses of the operators, if any. Each gets an e-mail from SNS that asks to confirm the
	// subscription.
	AlarmEmails []string
}

// LoadConfig reads the stack's configuration; Pulumi.yaml has the defaults. Its error names every fault, each with the
// command that mends it.
func LoadConfig(ctx *pulumi.Context) (Config, error) {
	stack := config.New(ctx, "")
	var (
		c      Config
		faults = make([]error, 6)
	)
	c.Emails, faults[0] = parseEmails(stack.Get("email"))
	c.Timeout, faults[1] = parseTimeout(stack.Get("timeout"))
	c.Reminders, faults[2] = parseReminders(stack.Get("reminders"), c.Timeout)
	c.Confirm, faults[3] = parseConfirm(stack.Get("confirm"))
	c.LogRetentionDays, faults[4] = parseRetention(stack.Get("logRetentionDays"))
	c.AlarmEmails, faults[5] = parseAlarmEmails(stack.Get("alarmEmail"))
	return c, errors.Join(faults...)
}

// check reports every fault of a config, whoever made it.
func (c Config) check() error {
	return errors.Join(checkEmails(c.Emails), checkTimeout(c.Timeout), checkReminders(c.Reminders, c.Timeout),
		checkRetention(c.LogRetentionDays), checkAlarmEmails(c.AlarmEmails))
}

func parseEmails(text string) ([]string, error) {
	emails := splitEmails(text)
	return emails, checkEmails(emails)
}

func parseAlarmEmails(text string) ([]string, error) {
	emails := splitEmails(text)
	return emails, checkAlarmEmails(emails)
}

func splitEmails(text string) []string {
	var emails []string
	if strings.TrimSpace(text) != "" {
		for part := range strings.SplitSeq(text, ",") {
			emails = append(emails, strings.TrimSpace(part))
		}
	}
	return emails
}

func checkEmails(emails []string) error {
	const mend = "pulumi config set email you@example.com"
	if len(emails) == 0 {
		return fmt.Errorf("email is not set: nobody would be asked. Run: %s", mend)
	}
	return checkAddresses("email", emails, mend)
}

func checkAlarmEmails(emails []string) error {
	return checkAddresses("alarmEmail", emails, "pulumi config set alarmEmail ops@example.com")
}

// checkAddresses reports every fault in the addresses of a key, and the command that mends it.
func checkAddresses(key string, emails []string, mend string) error {
	var faults []error
	for i, email := range emails {
		address, err := mail.ParseAddress(email)
		switch {
		case err != nil || address.Address != email:
			faults = append(faults, fmt.Errorf("%s %q is not an e-mail address. Run: %s", key, email, mend))
		case slices.ContainsFunc(emails[:i], func(e string) bool { return strings.EqualFold(e, email) }):
			faults = append(faults, fmt.Errorf("%s %q is there twice. Run: %s", key, email, mend))
		}
	}
	return errors.Join(faults...)
}

func parseTimeout(text string) (time.Duration, error) {
	timeout, err := time.ParseDuration(text)
	if seconds, numberErr := strconv.ParseInt(text, 10, 32); numberErr == nil {
		timeout, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil {
		return 0, fmt.Errorf("timeout %q is not a duration such as 90s, 24h or 36h30m. Run: %s", text, mendTimeout)
	}
	return timeout, checkTimeout(timeout)
}

const mendTimeout = "pulumi config set timeout 24h"

func checkTimeout(timeout time.Duration) error {
	switch {
	case timeout < time.Second || timeout > maxTimeout:
		return fmt.Errorf("timeout %s is not between a second and a year (8760h). Run: %s", timeout, mendTimeout)
	case timeout%time.Second != 0:
		return fmt.Errorf("timeout %s is not in whole seconds. Run: %s", timeout, mendTimeout)
	}
	return nil
}

func parseReminders(text string, timeout time.Duration) (int, error) {
	reminders, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("reminders %q is not a number. Run: %s", text, mendReminders)
	}
	return reminders, checkReminders(reminders, timeout)
}

const (
	maxReminders  = 10
	mendReminders = "pulumi config set reminders 2"
)

// checkReminders leaves a faulty timeout to checkTimeout.
func checkReminders(reminders int, timeout time.Duration) error {
	if reminders < 0 || reminders > maxReminders {
		return fmt.Errorf("reminders %d is not between 0 and %d. Run: %s", reminders, maxReminders, mendReminders)
	}
	err := definition.CheckTimeout(timeout, reminders)
	if err != nil && checkTimeout(timeout) == nil {
		return fmt.Errorf("%w. Run: %s", err, mendTimeout)
	}
	return nil
}

func parseConfirm(text string) (bool, error) {
	confirm, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("confirm %q is neither true nor false. Run: pulumi config set confirm true", text)
	}
	return confirm, nil
}

func parseRetention(text string) (int, error) {
	days, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("logRetentionDays %q is not a number. Run: %s", text, mendRetention)
	}
	return days, checkRetention(days)
}

const mendRetention = "pulumi config set logRetentionDays 30"

func checkRetention(days int) error {
	if !slices.Contains(retentions, days) {
		return fmt.Errorf("logRetentionDays %d is not one of %s. Run: %s", days, strings.Trim(fmt.Sprint(retentions), "[]"), mendRetention)
	}
	return nil
}
