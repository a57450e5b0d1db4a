package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/local/asl"
)

// TestTaskError checks that an error has the name that the state machine matches, and a cause in the format of Lambda.
func TestTaskError(t *testing.T) {
	service := approval.NewService(approval.Config{}, approvaltest.New().Ports())
	f := &function{newHandler(service, slog.New(slog.DiscardHandler))}
	err := f.task(t.Context(), []byte(`{"taskToken": "secret"}`))
	var failure *asl.Error
	if !errors.As(err, &failure) || failure.Name != string(approval.CodeInvalidRequest) {
		t.Fatalf("error = %v, want %s", err, approval.CodeInvalidRequest)
	}
	var cause map[string]string
	if err := json.Unmarshal([]byte(failure.Cause), &cause); err != nil {
		t.Fatal(err)
	}
	if cause["errorType"] != failure.Name || !strings.Contains(cause["errorMessage"], "execution.name") || len(cause) != 2 {
		t.Errorf("cause = %v", cause)
	}
}

func TestTypeName(t *testing.T) {
	if got := typeName(&approval.Error{}); got != "Error" {
		t.Errorf("typeName of a pointer = %s, want Error", got)
	}
	if got := typeName(usageError{}); got != "usageError" {
		t.Errorf("typeName of a value = %s, want usageError", got)
	}
}
