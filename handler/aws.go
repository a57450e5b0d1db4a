package main

import (
	"crypto/x509"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// loadAWSConfig reads what Lambda sets, and the endpoint that an emulator sets. The SDK's own LoadDefaultConfig would
// read more that Lambda never has (profiles, SSO, instance metadata), for 1 ms of each start and 2.6 MB.
func loadAWSConfig(getenv func(string) string) aws.Config {
	config := aws.Config{
		Region: getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(
			getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")),
	}
	if endpoint := getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		config.BaseEndpoint = aws.String(endpoint)
	}
	return config
}

// loadRoots reads the certificates that AWS is trusted by. It is called during the start, which Lambda does not
// throttle; Go would do it on the first click.
func loadRoots() {
	if os.Getenv("SSL_CERT_DIR") == "" {
		// The bundle has all of them. Go reads the folders beside it, and on Amazon Linux 2023 parses each certificate
		// three times over: https://go.dev/issue/79018
		_ = os.Setenv("SSL_CERT_DIR", "/nonexistent")
	}
	_, _ = x509.SystemCertPool() // an error comes again on the first call to AWS, which names the address too
}
