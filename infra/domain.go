package infra

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
)

// domain is where the links lead, and what has to be known about it outside.
type domain struct {
	url    pulumi.StringOutput // without a slash at its end
	target pulumi.StringOutput // what a DNS record for Domain has to lead to, or empty without Domain
}

// newDomain puts the API behind the domain, if there is one. The API keeps the address that AWS gave to it: the links of e-mails
// that were sent before lead there, and a request can stay open for a year. That address adds no way to decide, because a
// link is signed, and both have the same routes, limits and log.
func (b *builder) newDomain(api *api, stage *apigatewayv2.Stage) (domain, error) {
	if b.args.Domain == "" {
		return domain{url: api.ApiEndpoint, target: pulumi.String("").ToStringOutput()}, nil
	}
	name, err := apigatewayv2.NewDomainName(b.ctx, b.name, &apigatewayv2.DomainNameArgs{
		DomainName: pulumi.String(b.args.Domain),
		DomainNameConfiguration: apigatewayv2.DomainNameDomainNameConfigurationArgs{
			CertificateArn: applyArn(api.ExecutionArn, b.certificateBeside),
			EndpointType:   pulumi.String("REGIONAL"), // HTTP APIs have no other
			SecurityPolicy: pulumi.String("TLS_1_2"),
		},
		Tags: b.tags,
	}, b.child)
	if err != nil {
		return domain{}, fmt.Errorf("domain name: %w", err)
	}
	mapping, err := apigatewayv2.NewApiMapping(b.ctx, b.name, &apigatewayv2.ApiMappingArgs{
		ApiId: api.ID(), DomainName: name.DomainName, Stage: stage.Name,
	}, b.child)
	if err != nil {
		return domain{}, fmt.Errorf("mapping of the domain name: %w", err)
	}
	record, err := b.newRecord(name)
	if err != nil {
		return domain{}, err
	}
	// No e-mail has the domain in its links before it leads to the API.
	url := pulumi.All(mapping.ID(), record).ApplyT(func([]any) string { return "https://" + b.args.Domain }).(pulumi.StringOutput)
	return domain{url: url, target: name.DomainNameConfiguration.TargetDomainName().Elem()}, nil
}

// newRecord creates the DNS record of the domain, if its hosted zone is known. It returns the record's ID. The domain has only
// IPv4 addresses, as the API has, so an AAAA record would lead nowhere.
func (b *builder) newRecord(name *apigatewayv2.DomainName) (pulumi.StringOutput, error) {
	if b.args.HostedZoneID == "" {
		return pulumi.String("").ToStringOutput(), nil
	}
	record, err := route53.NewRecord(b.ctx, b.name, &route53.RecordArgs{
		ZoneId: pulumi.String(b.args.HostedZoneID),
		Name:   pulumi.String(b.args.Domain),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
			Name:                 name.DomainNameConfiguration.TargetDomainName().Elem(),
			ZoneId:               name.DomainNameConfiguration.HostedZoneId().Elem(),
			EvaluateTargetHealth: pulumi.Bool(false), // nothing else could serve
		}},
	}, b.child)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("DNS record: %w", err)
	}
	return record.ID().ToStringOutput(), nil
}

// certificateBeside returns the ARN of the certificate if it is where the API is: API Gateway takes no other.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
func (b *builder) certificateBeside(api arn.ARN) (string, error) {
	certificate, err := arn.Parse(b.args.CertificateArn)
	if err != nil {
		return "", fmt.Errorf("CertificateArn: %w", err)
	}
	if certificate.Region != api.Region || certificate.AccountID != api.AccountID || certificate.Partition != api.Partition {
		return "", fmt.Errorf("CertificateArn: %s is not in %s of account %s, where the API is",
			certificate, api.Region, api.AccountID)
	}
	return b.args.CertificateArn, nil
}

// label is a part of a domain.
var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// checkDomain returns an error unless a domain is a plain host name. It is a [*approval.SettingError] if it is clear what was meant.
func checkDomain(name string) error {
	if correct := plainDomain(name); correct != name && hostName(correct) {
		return &approval.SettingError{Problem: fmt.Sprintf("%q is more than a domain in lower case", name), Suggestion: correct}
	}
	switch {
	case !hostName(name):
		return fmt.Errorf("%q is not a domain such as approvals.example.com", name)
	case len(name) > approval.MaxDomain:
		return fmt.Errorf("%q has %d characters, and the line of a link has room for %d", name, len(name), approval.MaxDomain)
	}
	return nil
}

// plainDomain returns the domain of what may be a URL.
func plainDomain(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
	name, _, _ = strings.Cut(name, "/")
	return strings.TrimSuffix(name, ".")
}

func hostName(name string) bool {
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if !label.MatchString(l) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && strings.Trim(last, "0123456789") != "" // not an IP address
}

// checkCertificate returns an error unless the text is the ARN of a certificate of ACM. [builder.certificateBeside] checks
// the region, which is not known here.
func checkCertificate(text string) error {
	certificate, err := arn.Parse(text)
	if err != nil || certificate.Service != "acm" || !strings.HasPrefix(certificate.Resource, "certificate/") {
		return fmt.Errorf("%q is not the ARN of a certificate of AWS Certificate Manager", text)
	}
	return nil
}

var zoneID = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)

// checkZone returns an error unless the text is the ID of a hosted zone.
func checkZone(text string) error {
	if zoneID.MatchString(text) {
		return nil
	}
	if id := strings.TrimPrefix(text, "/hostedzone/"); zoneID.MatchString(id) {
		return &approval.SettingError{Problem: fmt.Sprintf("%q is more than the ID", text), Suggestion: id}
	}
	return fmt.Errorf("%q is not the ID of a hosted zone of Route 53", text)
}

// checkDomains returns what is wrong with the arguments of the domain.
func (a ApprovalWorkflowArgs) checkDomains() []*ArgumentError {
	var problems []*ArgumentError
	refuse := func(argument string, err error) {
		problems = append(problems, &ArgumentError{Argument: argument, Err: err})
	}
	check := func(argument, value string, check func(string) error) {
		if err := check(value); value != "" && err != nil {
			refuse(argument, err)
		}
	}
	check("Domain", a.Domain, checkDomain)
	check("CertificateArn", a.CertificateArn, checkCertificate)
	check("HostedZoneID", a.HostedZoneID, checkZone)
	switch {
	case a.Domain != "" && a.CertificateArn == "":
		refuse("CertificateArn", errors.New("the domain needs a certificate"))
	case a.Domain == "" && a.CertificateArn+a.HostedZoneID != "":
		refuse("Domain", errors.New("there is a certificate or a hosted zone, but no domain"))
	}
	return problems
}
