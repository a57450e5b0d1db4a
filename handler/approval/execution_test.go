package approval

import (
	"strings"
	"testing"
)

func TestValidName(t *testing.T) {
	tests := map[string]bool{
		"release-42": true, "a_b.c!(d)+e=@f'": true, "承認": true, strings.Repeat("x", 80): true,
		"": false, strings.Repeat("x", 81): false, "a b": false, "a\nb": false, "a/b": false, "a:b": false,
		"a\x85b": false, "\xff": false, "a\u0085b": false, "a\ufffeb": false, "a*b": false, "a<b": false,
	}
	for name, want := range tests {
		if got := ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %t, want %t", name, got, want)
		}
	}
}

func TestStateMachineName(t *testing.T) {
	tests := map[string]string{
		"arn:aws:states:eu-west-1:123456789012:execution:approval-workflow:release-42": "approval-workflow",
		"arn:aws-cn:states:cn-north-1:123456789012:execution:sm:x":                     "sm",
		"arn:aws:states:eu-west-1:123456789012:stateMachine:sm":                        "",
		"arn:aws:states:eu-west-1:123456789012:stateMachine:sm:x":                      "",
		"arn:aws:states:eu-west-1:123456789012:execution:sm":                           "",
		"arn:aws:states:eu-west-1:123456789012:execution:sm:x:y":                       "",
		"arn:aws:lambda:eu-west-1:123456789012:execution:sm:x":                         "",
		"urn:aws:states:eu-west-1:123456789012:execution:sm:x":                         "",
		"": "",
	}
	for executionARN, want := range tests {
		got, err := stateMachineName(executionARN)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("stateMachineName(%q) = %q, %v, want %q", executionARN, got, err, want)
		}
	}
}

func TestConsoleURL(t *testing.T) {
	tests := []struct{ partition, region, domain string }{
		{"aws", "us-east-1", "console.aws.amazon.com"},
		{"aws", "eu-west-1", "console.aws.amazon.com"},
		{"aws-cn", "cn-north-1", "console.amazonaws.cn"},
		{"aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"},
		{"aws-eusc", "eusc-de-east-1", "console.amazonaws-eusc.eu"},
	}
	for _, test := range tests {
		for resource, page := range map[string]string{
			"stateMachine:sm": "/statemachines/view/",
			"execution:sm:x":  "/v2/executions/details/",
		} {
			resourceARN := "arn:" + test.partition + ":states:" + test.region + ":123456789012:" + resource
			want := "https://" + test.region + "." + test.domain + "/states/home?region=" + test.region + "#" + page + resourceARN
			if got := ConsoleURL(resourceARN); got != want {
				t.Errorf("ConsoleURL(%s) = %q, want %q", resourceARN, got, want)
			}
		}
	}
}

func TestConsoleURLUnknown(t *testing.T) {
	for _, resourceARN := range []string{
		"arn:aws-unheard-of:states:mars-1:123456789012:execution:sm:x",
		"arn:aws-iso:states:us-iso-east-1:123456789012:stateMachine:sm",
		"arn:aws:states:eu-west-1:123456789012:activity:a",
		"arn:aws:sns:eu-west-1:123456789012:execution:sm:x",
		"x",
		"",
	} {
		if got := ConsoleURL(resourceARN); got != "" {
			t.Errorf("ConsoleURL(%q) = %q, want nothing", resourceARN, got)
		}
	}
}
