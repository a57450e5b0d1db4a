package asl

import "testing"

func TestDecodeRefusals(t *testing.T) {
	checkRefusals(t, []refusal{
		{"not JSON", `{`, `definition: not JSON`},
		{"text after it", machine(correctTask) + `{}`, `definition: not JSON`},
		{"top-level field", `{"TimeoutSeconds": 5}`, `definition: unknown field "TimeoutSeconds"`},
		{"spelling", `{"startAt": "A"}`, `definition: unknown field "startAt"`},
		{"field twice", `{"StartAt": "A", "StartAt": "B"}`, `definition: field "StartAt" appears twice`},
		{"state twice", `{"States": {"A": {}, "A": {}}}`, `definition.States: field "A" appears twice`},
		{"null", `{"StartAt": null}`, `definition.StartAt: null`},
		{"wrong type", `{"StartAt": 5}`, `StartAt`},
		{"state field", changeTask(`"End"`, `"HeartbeatSeconds": 5, "End"`), `state "A": fields: unknown field "HeartbeatSeconds"`},
		{"inner field", changeRetry(`"Interval": 5`), `fields.Retry[0]: unknown field "Interval"`},
		{"unexported field", changeTask(`"End"`, `"selector": 5, "End"`), `unknown field "selector"`},
		{"embedded type", changeTask(`"End"`, `"transition": {}, "End"`), `unknown field "transition"`},
	})
}
