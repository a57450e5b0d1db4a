package infra

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newLinkKey creates the KMS key that the key of the links is derived from. Only a function with this role can use it.
// https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html
func (b *builder) newLinkKey(role *iam.Role) (*kms.Key, error) {
	key, err := kms.NewKey(b.ctx, b.part("links"), &kms.KeyArgs{
		Description:           pulumi.String("Signs the links of the approval e-mails"),
		CustomerMasterKeySpec: pulumi.String("HMAC_256"),
		KeyUsage:              pulumi.String("GENERATE_VERIFY_MAC"),
		DeletionWindowInDays:  pulumi.Int(30), // the longest: time to notice, and to cancel, a deletion by mistake
		Policy:                applyArn(role.Arn, keyPolicy),
		Tags:                  b.tags,
	}, b.child, b.protect())
	if err != nil {
		return nil, fmt.Errorf("key of the links: %w", err)
	}
	return key, nil
}

// keyPolicy lets the account administer the key, and its IAM policies allow the use. It denies GenerateMac to everybody
// except for the role.
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
func keyPolicy(role arn.ARN) (string, error) {
	account := arn.ARN{Partition: role.Partition, Service: "iam", AccountID: role.AccountID, Resource: "root"}
	return encodePolicy("",
		statement{
			Effect: "Allow", Principal: map[string]string{"AWS": account.String()},
			Action: []string{"kms:*"}, Resource: "*", // in the policy of a key, * is this key
		},
		onlyFor(role.String(), "kms:GenerateMac", "*"),
	)
}
