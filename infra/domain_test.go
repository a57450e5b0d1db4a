package infra

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

const recordToken = "aws:route53/record:Record"

// TestDomain checks that the domain leads to the API, and that no link has it before it does. The API keeps its own address: the
// links of e-mails that were sent before lead there.
func TestDomain(t *testing.T) {
	c := deployed(t)
	function := c.resources[slices.IndexFunc(c.resources, func(r registered) bool { return r.token == functionToken })]
	for _, token := range []string{"aws:apigatewayv2/apiMapping:ApiMapping", recordToken} {
		urn := func(urn string) bool { return strings.HasSuffix(urn, "$"+token+"::approval") }
		if !slices.ContainsFunc(function.dependsOn, urn) {
			t.Errorf("the function can start before %s exists", token)
		}
	}
	want := map[string]any{
		"zoneId": "Z0ZONE", "name": "approvals.example.com", "type": "A",
		"aliases": []any{map[string]any{"name": domainTarget, "zoneId": "ZREGIONAL", "evaluateTargetHealth": false}},
	}
	if diff := cmp.Diff(want, c.only(t, recordToken)); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if disabled := c.only(t, "aws:apigatewayv2/api:Api")["disableExecuteApiEndpoint"]; disabled != nil {
		t.Errorf("disableExecuteApiEndpoint = %v, want the default: links that were sent before need the API's address", disabled)
	}
}

func TestDomainWithoutHostedZone(t *testing.T) {
	args := with(func(a *ApprovalWorkflowArgs) { a.HostedZoneID = "" })
	if records := deploy(t, &cloud{partition: "aws"}, args, "approval").ofType(recordToken); len(records) > 0 {
		t.Errorf("records = %v, want none", records)
	}
	got := outputs(t, "aws", args)
	if got["domainTarget"] != domainTarget || got["apiUrl"] != "https://approvals.example.com" {
		t.Errorf("domainTarget = %v, apiUrl = %v, want %s and the domain", got["domainTarget"], got["apiUrl"], domainTarget)
	}
}

func TestWithoutDomain(t *testing.T) {
	args := with(func(a *ApprovalWorkflowArgs) { a.Domain, a.CertificateArn, a.HostedZoneID = "", "", "" })
	c := deploy(t, &cloud{partition: "aws"}, args, "approval")
	for _, token := range []string{domainToken, "aws:apigatewayv2/apiMapping:ApiMapping", recordToken} {
		if found := c.ofType(token); len(found) > 0 {
			t.Errorf("%s: %v, want none", token, found)
		}
	}
	const own = "https://approval-api.execute-api.eu-west-1.amazonaws.com"
	if got := c.environment(t)["API_URL"]; got != own {
		t.Errorf("API_URL = %s, want %s", got, own)
	}
	got := outputs(t, "aws", args)
	if got["domainTarget"] != "" || got["apiUrl"] != own {
		t.Errorf("domainTarget = %v, apiUrl = %v, want none and %s", got["domainTarget"], got["apiUrl"], own)
	}
}

// TestCertificateElsewhere checks that a certificate is refused which API Gateway could not use.
func TestCertificateElsewhere(t *testing.T) {
	for _, certificate := range []string{
		"arn:aws:acm:us-east-1:123456789012:certificate/1", "arn:aws:acm:eu-west-1:210987654321:certificate/1",
		"arn:aws-cn:acm:eu-west-1:123456789012:certificate/1",
	} {
		args := with(func(a *ApprovalWorkflowArgs) { a.CertificateArn = certificate })
		err := pulumi.RunErr(func(ctx *pulumi.Context) error {
			_, err := NewApprovalWorkflow(ctx, "approval", &args)
			return err
		}, pulumi.WithMocks("shop", "dev", &cloud{partition: "aws"}))
		want := certificate + " is not in eu-west-1 of account 123456789012, where the API is"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %s", err, want)
		}
	}
}

func TestCheckDomain(t *testing.T) {
	longest := strings.Repeat("a", approval.MaxDomain-len(".example.com")) + ".example.com"
	const notADomain = " is not a domain such as approvals.example.com"
	const tooMuch = " is more than a domain in lower case"
	for name, want := range map[string]string{
		"approvals.example.com": "", "a-1.xn--exmple-cua.com": "", "example.com": "", longest: "",
		"a" + longest: ` has 62 characters, and the line of a link has room for 61`,
		"localhost":   notADomain, "192.0.2.1": notADomain, "*.example.com": notADomain, "a..example.com": notADomain,
		"-a.example.com": notADomain, "a-.example.com": notADomain, "a_b.example.com": notADomain, "exämple.com": notADomain,
		"approvals.example.com:443": notADomain, "a b.example.com": notADomain, "example.com?x": notADomain,
		strings.Repeat("a", 64) + ".com": notADomain, "[2001:db8::1]": notADomain, "https://": notADomain,
		"Approvals.example.com": tooMuch, "https://approvals.example.com/": tooMuch, "approvals.example.com.": tooMuch,
	} {
		got := ""
		if err := checkDomain(name); err != nil {
			got = err.Error()
		}
		if want != "" && !strings.HasSuffix(got, want) || want == "" && got != "" {
			t.Errorf("%s: error = %q, want %q", name, got, want)
		}
	}
}
