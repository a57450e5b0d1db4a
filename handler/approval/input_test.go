package approval

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestInputString(t *testing.T) {
	tests := []struct{ input, want string }{
		{`{"message":" May I? "}`, "May I?"},
		{`{"message":""}`, ""},
		{`{"message":null}`, ""},
		{`{"message":["May I?"]}`, ""},
		{`{"Message":"May I?"}`, ""},
		{`["message"]`, ""},
		{`"message"`, ""},
		{`null`, ""},
	}
	for _, test := range tests {
		if got := inputString(json.RawMessage(test.input), "message"); got != test.want {
			t.Errorf("inputString(%s) = %q, want %q", test.input, got, test.want)
		}
	}
}

func TestComposeCutsLongInput(t *testing.T) {
	bodyWith := func(characters int) string {
		return Compose(RequestWith(`"`+strings.Repeat("é", characters)+`"`), false, TestStart).Body
	}
	overhead := len(bodyWith(1000)) - 2*1000
	fits := (maxBody - overhead) / 2

	body := bodyWith(fits)
	if strings.Contains(body, cutInput) || maxBody-len(body) > 1 {
		t.Errorf("the longest input gives %d bytes, cut: %t", len(body), strings.Contains(body, cutInput))
	}
	body = bodyWith(fits + 1)
	if !strings.HasSuffix(body, "é\n"+cutInput+"\n") || !utf8.ValidString(body) || len(body) > maxBody {
		t.Errorf("a longer input gives %d bytes that end in %q", len(body), body[len(body)-200:])
	}
}

func TestComposeDeepInput(t *testing.T) {
	for depth, indented := range map[int]bool{maxDepth: true, maxDepth + 1: false, 9000: false} {
		input := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		body := Compose(RequestWith(input), false, TestStart).Body
		if got := !strings.Contains(body, input); got != indented {
			t.Errorf("an input of depth %d is indented: %t, want %t", depth, got, indented)
		}
	}
}

func TestDepth(t *testing.T) {
	tests := map[string]int{`1`: 0, `{}`: 1, `[[],[]]`: 2, `{"a":[{"b":1}],"c":{}}`: 3}
	for input, want := range tests {
		if got := depth(json.RawMessage(input)); got != want {
			t.Errorf("depth(%s) = %d, want %d", input, got, want)
		}
	}
}
