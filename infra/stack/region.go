package stack

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const regionKey = "aws:region"

// CheckRegion returns an error unless the stack's configuration says in which region the stack is, and the links of the e-mails
// work there. Without the key, the shell says it, and a deployment from a shell with another AWS_REGION replaces every resource.
// A program whose provider has a region of its own needs no such key.
// https://github.com/pulumi/pulumi-aws/pull/4000
func CheckRegion(ctx *pulumi.Context) error {
	region, _ := ctx.GetConfig(regionKey)
	switch {
	case region == "":
		return fmt.Errorf("%s: no region is set. Then a deployment from a shell with another AWS_REGION would replace every resource, "+
			"and no link that was sent would work. If the stack has resources, set their region. Run: %s", regionKey,
			assignment(regionKey, shellRegion()))
	case strings.HasPrefix(region, "cn-"):
		// https://docs.amazonaws.cn/en_us/aws/latest/userguide/api-gateway.html
		return errors.New(regionKey + ": in China, API Gateway refuses clicks on links, as they have no authentication, unless the account " +
			`has an ICP licence. infra/README.md says what to do with one, under "Region, account and names". Run: ` +
			assignment(regionKey, "eu-west-1"))
	}
	return nil
}

// shellRegion returns the region where the shell would deploy, or an example.
func shellRegion() string {
	return cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), "eu-west-1")
}
