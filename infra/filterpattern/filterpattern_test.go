package filterpattern

import (
	"strings"
	"testing"
)

const line = `{"outcome": "approved", "status": 200, "details": {"name": "Expired"}, "age": "29", "sign": "a || b"}`

// matches says which patterns match line.
var matches = map[string]bool{
	`{ $.outcome = "approved" }`:                                  true,
	`{ $.outcome = "approve" }`:                                   false,
	`{ $.outcome != "approved" }`:                                 false,
	`{ $.outcome != "rejected" }`:                                 true,
	`{ $.status = 200 }`:                                          true,
	`{ $.status = 200.5 }`:                                        false,
	`{ $.status != 200 }`:                                         false,
	`{ $.status != -200 }`:                                        true,
	`{ $.status >= 200 }`:                                         true,
	`{ $.status <= 200 }`:                                         true,
	`{ $.status < 200 }`:                                          false,
	`{ $.status > 200 }`:                                          false,
	`{ $.details.name = "Expired" }`:                              true,
	`{ $.details = "Expired" }`:                                   false, // an object
	`{ $.outcome.name = "approved" }`:                             false, // not an object
	`{ $.age < 30 }`:                                              false, // a string
	`{ $.age != 30 }`:                                             false, // a string
	`{ $.status = "200" }`:                                        false, // a number
	`{ $.status != "201" }`:                                       false, // a number
	`{ $.missing != "x" }`:                                        false,
	`{ $.missing = "" }`:                                          false,
	`{ $.missing < 30 }`:                                          false,
	`{ $.outcome = "app*" }`:                                      true,
	`{ $.outcome = "rej*" }`:                                      false,
	`{ $.outcome != "app*" }`:                                     false,
	`{ $.outcome != "rej*" }`:                                     true,
	`{ $.sign = "a || b" }`:                                       true,
	`{$.status=200&&$.age="29"}`:                                  true, // spaces do not matter
	`{ ($.status = 1 && $.status = 200) || ($.age = "2*") }`:      true,
	`{ $.status = 1 && ($.status = 200 || $.age = "2*") }`:        false,
	`{ (($.status = 200) && ($.status = 1 || $.status = 200)) }`:  true,
	`{ $.status = 1 || $.status = 200 }`:                          true,
	`{ $.status = 200 || $.status = 1 }`:                          true,
	`{ $.status = 200 && $.status = 1 }`:                          false,
	`{ $.status = 1 && $.status = 1 || $.status = 200 }`:          true,
	`{ $.status = 200 || $.status = 200 && $.status = 1 }`:        true,
	`{ $.status = 1 || $.status = 200 && $.status = 1 }`:          false,
	`{ $.status = 200 || $.status = 1 || $.outcome = "another" }`: true,
}

func TestMatch(t *testing.T) {
	for pattern, want := range matches {
		if got, err := Match(pattern, line); got != want || err != nil {
			t.Errorf("Match(%s) = %t, %v, want %t", pattern, got, err, want)
		}
	}
}

// mistakes are wrong patterns and the ends of their errors.
var mistakes = map[string]string{
	``:                                       `"", want {`,
	`$.status = 200`:                         `"$.status", want {`,
	`{ $.status = 200`:                       `"", want }`,
	`{ $.status = 200 } }`:                   `"}", want the end`,
	`{ $.status = 200 || }`:                  `"}", want a field`,
	`{ ($.status = 200 }`:                    `"}", want )`,
	`{ status = 200 }`:                       `"s", want a field`,
	`{ $.list[0] = 200 }`:                    `"[", want an operator`,
	`{ $.status == 200 }`:                    `"=", want a string or a number`,
	`{ $.status ~ 200 }`:                     `"~", want an operator`,
	`{ $.status = 200 $.age = "29" }`:        `"$.age", want }`,
	`{ $.status = 30d }`:                     `"0", want }`,
	`{ $.status IS NULL }`:                   `"S", want a string or a number`,
	`{ $.outcome < "b" }`:                    `"<", want an operator for strings`,
	`{ $.outcome = "*ed" }`:                  `"*ed", want a * only at the end of a string`,
	`{ $.outcome = "approved }`:              `"a", want }`,
	`{ $.status = 200 || $.outcome < "b" }`:  `"<", want an operator for strings`,
	`{ $.status = 1 && $.outcome = "a*b*" }`: `"a*b*", want a * only at the end of a string`,
}

func TestMatchErrors(t *testing.T) {
	for pattern, want := range mistakes {
		got, err := Match(pattern, line)
		if got || err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("Match(%s) = %t, %v, want an error that ends in %s", pattern, got, err, want)
		}
	}
}

func TestMatchNeedsAnObject(t *testing.T) {
	for _, line := range []string{``, `text`, `[1]`, `{"a": 1} {"a": 1}`} {
		if got, err := Match(`{ $.a = 1 }`, line); got || err == nil {
			t.Errorf("Match of line %q = %t, %v, want an error", line, got, err)
		}
	}
}
