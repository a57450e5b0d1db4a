package stepfunctions

import (
	"strings"
	"testing"
)

func TestProtocolErrors(t *testing.T) {
	checkErrors(t, []errorTest{
		{"unknown operation", "SendTaskSuccess", `{}`, "UnknownOperationException"},
		{"invalid JSON", "StartExecution", `{`, "SerializationException"},
		{"unknown member", "StartExecution", `{` + machineMember + `, "traceHeader": "x"}`, "SerializationException"},
		{"wrong type", "StartExecution", `{` + machineMember + `, "name": 5}`, "SerializationException"},
		{"large body", "StartExecution", strings.Repeat(" ", maxBody+1), "SerializationException"},
	})
}
