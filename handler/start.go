package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// startTimeout limits the time of the calls during the start. Lambda gives a start 10 seconds.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
const startTimeout = 4 * time.Second

// prepare does what the first click would wait for, because Lambda does not throttle the start: it derives the key of the links,
// and opens a connection to Step Functions. The first use tries again whatever fails.
func prepare(key *linkKey, config aws.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var connected error
	var connecting sync.WaitGroup
	connecting.Go(func() { connected = connectStepFunctions(ctx, config) })
	_, derived := key.LinkKey(ctx)
	connecting.Wait()
	return errors.Join(derived, connected)
}

// connectStepFunctions opens a connection that the next call finds. Whatever Step Functions answers to a request without a
// signature is good enough.
func connectStepFunctions(ctx context.Context, config aws.Config) error {
	endpoint, err := sfn.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sfn.EndpointParameters{
		Region: aws.String(config.Region), Endpoint: config.BaseEndpoint,
	})
	if err != nil {
		return fmt.Errorf("find Step Functions: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, endpoint.URI.String(), nil)
	if err != nil {
		return fmt.Errorf("connect to Step Functions: %w", err)
	}
	response, err := config.HTTPClient.Do(request)
	if err != nil {
		return fmt.Errorf("connect to Step Functions: %w", err)
	}
	return response.Body.Close()
}
