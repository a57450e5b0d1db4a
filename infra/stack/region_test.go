package stack

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	notPinned = "aws:region: no region is set. Then a deployment from a shell with another AWS_REGION would replace every resource, " +
		"and no link that was sent would work. If the stack has resources, set their region. Run: pulumi config set aws:region "
	inChina = "aws:region: in China, API Gateway refuses clicks on links, as they have no authentication, unless the account has an " +
		`ICP licence. infra/README.md says what to do with one, under "Region, account and names". Run: ` +
		"pulumi config set aws:region eu-west-1"
)

func TestCheckRegion(t *testing.T) {
	for _, test := range []struct {
		name, region string
		shell        map[string]string
		want         string
	}{
		{"pinned", "eu-west-1", nil, ""},
		{"pinned to another one than the shell's", "eu-south-1", map[string]string{"AWS_REGION": "us-east-1"}, ""},
		{"not pinned", "", nil, notPinned + "eu-west-1"},
		{"not pinned, with a region of the SDKs", "", map[string]string{"AWS_REGION": "us-east-2", "AWS_DEFAULT_REGION": "us-west-2"},
			notPinned + "us-east-2"},
		{"not pinned, with a region of the old CLI", "", map[string]string{"AWS_DEFAULT_REGION": "us-west-2"}, notPinned + "us-west-2"},
		{"Beijing", "cn-north-1", nil, inChina},
		{"Ningxia", "cn-northwest-1", nil, inChina},
		{"Calgary", "ca-west-1", nil, ""},
	} {
		for _, variable := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
			t.Setenv(variable, test.shell[variable])
		}
		if got := checkRegion(t, test.region); got != test.want {
			t.Errorf("%s: CheckRegion = %q, want %q", test.name, got, test.want)
		}
	}
}

// checkRegion returns the text of CheckRegion's error in a stack whose configuration has the region, unless it is empty.
func checkRegion(t *testing.T, region string) string {
	t.Helper()
	config, text := map[string]string{}, ""
	if region != "" {
		config["aws:region"] = region
	}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		if err := CheckRegion(ctx); err != nil {
			text = err.Error()
		}
		return nil
	}, pulumi.WithMocks("approval-workflow", "dev", noResources{}), func(info *pulumi.RunInfo) { info.Config = config })
	if err != nil {
		t.Fatal(err)
	}
	return text
}
