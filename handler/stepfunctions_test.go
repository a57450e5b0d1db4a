package main

import (
	"net/http"
	"testing"
)

func TestSucceed(t *testing.T) {
	var got string
	config := newAWS(answerCalls(t, func(operation, body string) (int, string) {
		got = operation + " " + body
		return http.StatusOK, `{}`
	}))
	if err := newPorts(config).Callback.Succeed(t.Context(), "a/token+", []byte(`{"status":"approved"}`)); err != nil {
		t.Fatal(err)
	}
	want := `AWSStepFunctions.SendTaskSuccess {"output":"{\"status\":\"approved\"}","taskToken":"a/token+"}`
	if got != want {
		t.Errorf("call = %s, want %s", got, want)
	}
}
