package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// linkKeyMessage returns the text whose MAC is the key of the links of a generation. Another generation needs another text, and
// so does another purpose.
func linkKeyMessage(generation int) string {
	const purpose = "approval-workflow link key v1"
	if generation == 1 {
		return purpose
	}
	return fmt.Sprintf("%s, generation %d", purpose, generation)
}

type macClient interface {
	GenerateMac(context.Context, *kms.GenerateMacInput, ...func(*kms.Options)) (*kms.GenerateMacOutput, error)
}

// linkKey is an [approval.Keys]. It derives the key of the links from a KMS key that never leaves KMS, and keeps it in
// memory. The MAC of a text is always the same.
// https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html
type linkKey struct {
	client     macClient
	keyARN     string
	generation int

	mu  sync.Mutex
	key []byte
}

// LinkKey implements [approval.Keys]. It asks KMS until it has succeeded once.
func (k *linkKey) LinkKey(ctx context.Context) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != nil {
		return k.key, nil
	}
	key, err := k.derive(ctx)
	k.key = key
	return key, err
}

// CheckKey implements [approval.Keys]. It asks KMS although the key is in memory.
func (k *linkKey) CheckKey(ctx context.Context) error {
	_, err := k.derive(ctx)
	return err
}

func (k *linkKey) derive(ctx context.Context) ([]byte, error) {
	out, err := k.client.GenerateMac(ctx, &kms.GenerateMacInput{
		KeyId:        aws.String(k.keyARN),
		MacAlgorithm: types.MacAlgorithmSpecHmacSha256,
		Message:      []byte(linkKeyMessage(k.generation)),
	})
	if err != nil {
		return nil, callError("derive the key of the links", err, false)
	}
	if len(out.Mac) < sha256.Size { // without a key, anybody could sign links
		return nil, fmt.Errorf("derive the key of the links: KMS returned %d bytes", len(out.Mac))
	}
	return out.Mac, nil
}
