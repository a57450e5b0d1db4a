package stepfunctions

import (
	"strings"
	"testing"
)

func TestProtocolErrors(t *testing.T) {
	const start = `{` + machineMember
	checkErrors(t, []errorTest{
		{"unknown operation", "SendTaskSuccess", `{}`, "UnknownOperationException"},
		{"invalid JSON", "StartExecution", `{`, "SerializationException"},
		{"empty", "StartExecution", ``, "SerializationException"},
		{"array", "StartExecution", `[` + start + `}]`, "SerializationException"},
		{"null", "StartExecution", `null`, "ValidationException"},
		{"text after it", "StartExecution", start + `} x`, "SerializationException"},
		{"two documents", "StartExecution", start + `}` + start + `}`, "SerializationException"},
		{"two documents on two lines", "StartExecution", start + "}\n{}", "SerializationException"},
		{"unknown member", "StartExecution", start + `, "tags": "x"}`, "SerializationException"},
		{"member in capitals", "StartExecution", start + `, "NAME": "x"}`, "SerializationException"},
		{"member like the field", "StartExecution", strings.Replace(start, "state", "State", 1) + `}`, "SerializationException"},
		{"member with a long s", "StartExecution", strings.Replace(start, "state", "ſtate", 1) + `}`, "SerializationException"},
		{"wrong type", "StartExecution", start + `, "name": 5}`, "SerializationException"},
		{"half a character in the name", "StartExecution", start + `, "name": "\ud83d"}`, "SerializationException"},
		{"half a character in a member", "StartExecution", start + `, "\ud83d": ""}`, "SerializationException"},
		{"half a character in the cause", "StopExecution", `{` + takenMember + `, "cause": "\udE00"}`, "SerializationException"},
		{"not UTF-8", "StartExecution", start + `, "name": "` + "\xff" + `"}`, "SerializationException"},
		{"surrogate in UTF-8", "StartExecution", start + `, "name": "` + "\xed\xa0\xbd" + `"}`, "SerializationException"},
		{"large body", "StartExecution", strings.Repeat(" ", maxBody+1), "SerializationException"},
	})
}

func TestCheckText(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": [1, null, "é"]}`:      "",
		` "\ud83d\ude00" `:           "",
		`"\uD83D\uDE00\uD83D\uDE00"`: "",
		`"\\ud83d"`:                  "", // a backslash and text
		`"\\\\ud83d\u00e9\n"`:        "",
		`"\ue000\ud7ff\ufffd"`:       "",
		`"\ud83d"`:                   `\ud83d is half a character`,
		`"\ude00\ud83d"`:             `\ude00 is half a character`,
		`"\ud83d \ude00"`:            `\ud83d is half a character`,
		`"\ud83d\ud83d\ude00"`:       `\ud83d is half a character`,
		`"\ud83d\ude00\ude00"`:       `\ude00 is half a character`,
		`"\\\ud83d"`:                 `\ud83d is half a character`,
		`{"\uDFFF": 1}`:              `\uDFFF is half a character`,
		`"` + "\xff" + `"`:           "it is not UTF-8",
		"\ufeff{}":                   "it is not one JSON value",
		`{} {}`:                      "it is not one JSON value",
		``:                           "it is not one JSON value",
	} {
		got := ""
		if err := checkText([]byte(text)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("checkText(%s) = %q, want %q", text, got, want)
		}
	}
}
