// Package filterpattern matches lines of JSON with filter patterns of CloudWatch Logs, so that tests can check a metric
// filter without AWS.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
package filterpattern

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// tokens matches the tokens of a pattern: a string, a field, an operator, a number, or any other character.
var tokens = regexp.MustCompile(`"[^"]*"|\$(?:\.\w+)+|&&|\|\||[!<>]?=|[<>]|-?\d+(?:\.\d+)?\b|\S`)

// Match reports whether the pattern matches line, a JSON object. The pattern is { CONDITION }. A condition compares a
// field, such as $.details.name, with a string or a number. Strings have the operators = and !=, and a * at the end of
// the string matches any rest. Numbers have the operators = != < <= > >=. A field that is missing or has another type
// matches no comparison. && and || combine conditions, && binds more tightly, and parentheses group.
//
// Match returns an error for anything else, although CloudWatch Logs knows more, and for a line that is not a JSON
// object.
func Match(pattern, line string) (bool, error) {
	p := parser{rest: tokens.FindAllString(pattern, -1)}
	if err := json.Unmarshal([]byte(line), &p.line); err != nil {
		return false, fmt.Errorf("decode line: %w", err)
	}
	p.expect("{")
	matches := p.alternatives()
	p.expect("}")
	if p.err == nil && len(p.rest) > 0 {
		p.fail("the end", p.rest[0])
	}
	if p.err != nil {
		return false, fmt.Errorf("pattern %s: %w", pattern, p.err)
	}
	return matches, nil
}

// parser evaluates a pattern while it parses it. It always parses all of it, so that a mistake never hides behind a
// condition that decides the result.
type parser struct {
	line map[string]any
	rest []string // the tokens that are left
	err  error    // the first mistake
}

// alternatives evaluates conditions that || combines.
func (p *parser) alternatives() bool {
	matches := p.conjunction()
	for p.accept("||") {
		matches = p.conjunction() || matches
	}
	return matches
}

// conjunction evaluates conditions that && combines.
func (p *parser) conjunction() bool {
	matches := p.condition()
	for p.accept("&&") {
		matches = p.condition() && matches
	}
	return matches
}

func (p *parser) condition() bool {
	if p.accept("(") {
		matches := p.alternatives()
		p.expect(")")
		return matches
	}
	field, operator, literal := p.next(), p.next(), p.next()
	path, isField := strings.CutPrefix(field, "$.")
	if !isField {
		p.fail("a field", field)
		return false
	}
	value := lookup(p.line, path)
	if quoted, ok := strings.CutPrefix(literal, `"`); ok {
		return p.compareString(value, operator, strings.TrimSuffix(quoted, `"`))
	}
	number, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		p.fail("a string or a number", literal)
	}
	return p.compareNumber(value, operator, number)
}

func (p *parser) compareString(value any, operator, literal string) bool {
	prefix, wildcard := strings.CutSuffix(literal, "*")
	if strings.Contains(prefix, "*") {
		p.fail("a * only at the end of a string", literal)
	}
	text, isString := value.(string)
	equal := text == literal || wildcard && strings.HasPrefix(text, prefix)
	switch operator {
	case "=":
		return isString && equal
	case "!=":
		return isString && !equal
	}
	p.fail("an operator for strings", operator)
	return false
}

func (p *parser) compareNumber(value any, operator string, literal float64) bool {
	number, isNumber := value.(float64)
	results := map[string]bool{
		"=": number == literal, "!=": number != literal,
		"<": number < literal, "<=": number <= literal, ">": number > literal, ">=": number >= literal,
	}
	result, known := results[operator]
	if !known {
		p.fail("an operator", operator)
	}
	return isNumber && result
}

// lookup returns the value of a field by its path, such as details.name, or nil if it is missing.
func lookup(object map[string]any, path string) any {
	first, rest, nested := strings.Cut(path, ".")
	if !nested {
		return object[first]
	}
	inner, _ := object[first].(map[string]any)
	return lookup(inner, rest)
}

// next takes the next token, or "" at the end of the pattern.
func (p *parser) next() string {
	if len(p.rest) == 0 {
		return ""
	}
	token := p.rest[0]
	p.rest = p.rest[1:]
	return token
}

// accept takes the next token if it is the given one.
func (p *parser) accept(token string) bool {
	found := len(p.rest) > 0 && p.rest[0] == token
	if found {
		p.rest = p.rest[1:]
	}
	return found
}

func (p *parser) expect(token string) {
	if got := p.next(); got != token {
		p.fail(token, got)
	}
}

func (p *parser) fail(want, got string) {
	if p.err == nil {
		p.err = fmt.Errorf("found %q, want %s", got, want)
	}
}
