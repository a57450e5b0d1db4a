package infra

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Outputs returns the outputs by name, for a program that exports all of them.
func (w *ApprovalWorkflow) Outputs() pulumi.Map {
	return pulumi.Map{
		"stateMachineArn":      w.StateMachineArn,
		"apiUrl":               w.ApiUrl,
		"topicArn":             w.TopicArn,
		"pendingApprovers":     w.PendingApprovers,
		"unprotectedApprovers": w.UnprotectedApprovers,
		"alarmTopicArn":        w.AlarmTopicArn,
		"pendingOperators":     w.PendingOperators,
		"auditLogGroup":        w.AuditLogGroup,
		"functionName":         w.FunctionName,
		"consoleUrl":           w.ConsoleUrl,
		"whatNext":             w.WhatNext,
	}
}

// whatNext returns what has to be done after a deployment: have the approvers and the operators confirm, or else start an
// execution.
func whatNext(values []any) string {
	pending, operators, stateMachineArn := values[0].([]string), values[1].([]string), values[2].(string)
	if len(pending)+len(operators) > 0 {
		return "These addresses have to confirm the subscription that SNS has sent them an e-mail about: " +
			strings.Join(slices.Concat(pending, operators), ", ") +
			`. README.md says how, under "Deploy". Then run pulumi up --refresh.`
	}
	return "Ask for an approval: aws stepfunctions start-execution --state-machine-arn " + stateMachineArn +
		` --input '{"subject": "Release 1.4.2"}'`
}
