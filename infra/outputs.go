package infra

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Outputs returns the outputs by name, for a program that exports all of them.
func (w *ApprovalWorkflow) Outputs() pulumi.Map {
	return pulumi.Map{
		"stateMachineArn":      w.StateMachineArn,
		"apiUrl":               w.ApiUrl,
		"domainTarget":         w.DomainTarget,
		"topicArn":             w.TopicArn,
		"pendingApprovers":     w.PendingApprovers,
		"unprotectedApprovers": w.UnprotectedApprovers,
		"outcomeTopicArn":      w.OutcomeTopicArn,
		"pendingNotified":      w.PendingNotified,
		"alarmTopicArn":        w.AlarmTopicArn,
		"pendingOperators":     w.PendingOperators,
		"auditLogGroup":        w.AuditLogGroup,
		"functionName":         w.FunctionName,
		"consoleUrl":           w.ConsoleUrl,
		"whatNext":             w.WhatNext,
	}
}

// whatNext returns what has to be done after a deployment: have everybody confirm, then protect them, then ask. It begins with what to
// do and has fewer than 150 characters, because the CLI cuts a longer output.
func whatNext(values []any) string {
	pending := slices.Concat(values[0].([]string), values[1].([]string), values[2].([]string))
	unprotected := values[3].([]string)
	switch {
	case len(pending) > 0:
		return "Confirm the subscription of " + abridge(pending) + ` (README.md, Deploy), then run: pulumi up --refresh`
	case len(unprotected) > 0:
		return "Protect " + abridge(unprotected) + " from their unsubscribe links (infra/operate.md, Lost approvers), or start an execution"
	}
	return `Ask for an approval (README.md, Use): aws stepfunctions start-execution --state-machine-arn "$(pulumi stack output stateMachineArn)"`
}

// maxShown is the number of characters of an address that whatNext shows.
const maxShown = 40

// abridge returns the first address and the number of the others.
func abridge(addresses []string) string {
	text := addresses[0]
	if characters := []rune(text); len(characters) > maxShown {
		text = string(characters[:maxShown-1]) + "…"
	}
	if others := len(addresses) - 1; others > 0 {
		text += fmt.Sprintf(" and %d more", others)
	}
	return text
}
