// Command pending lists the open requests of a deployed workflow: what is asked, who has approved, who can still approve, and
// until when. It calls AWS with the caller's own credentials, and changes nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/config"
)

const usage = `Usage: go run ./handler/pending [-json] STATE_MACHINE_ARN
such as: go run ./handler/pending "$(pulumi stack output stateMachineArn)"`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.As(err, new(usageError)):
		fmt.Fprintf(os.Stderr, "pending: %v\n%s\n", err, usage)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "pending:", err)
		os.Exit(1)
	}
}

// usageError is an error in the command line.
type usageError struct{ error }

// run writes the open requests to stdout, also if it returns an error about some of them.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("pending", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error
	asJSON := flags.Bool("json", false, "")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		_, err := fmt.Fprintln(stdout, usage)
		return err
	} else if err != nil {
		return usageError{err}
	}
	stateMachine, err := parseStateMachine(flags.Args())
	if err != nil {
		return usageError{err}
	}
	awsConfig, err := loadAWSConfig(ctx, stateMachine.Region)
	if err != nil {
		return err
	}
	requests, err := newWorkflow(awsConfig, stateMachine).open(ctx)
	if requests == nil && err != nil {
		return err
	}
	if *asJSON {
		return errors.Join(writeJSON(stdout, requests), err)
	}
	return errors.Join(writeTable(stdout, requests), err)
}

func parseStateMachine(args []string) (arn.ARN, error) {
	if len(args) != 1 {
		return arn.ARN{}, fmt.Errorf("there are %d arguments after the flags, want the ARN of the state machine", len(args))
	}
	parsed, err := arn.Parse(args[0])
	kind, name, _ := strings.Cut(parsed.Resource, ":")
	if err != nil || parsed.Service != "states" || kind != "stateMachine" || name == "" || strings.Contains(name, ":") {
		return arn.ARN{}, fmt.Errorf("%q is not the ARN of a state machine", args[0])
	}
	return parsed, nil
}

// loadAWSConfig reads the caller's environment and files as the AWS CLI does, except for the region.
func loadAWSConfig(ctx context.Context, region string) (aws.Config, error) {
	awsConfig, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the configuration of AWS: %w", err)
	}
	if _, err := awsConfig.Credentials.Retrieve(ctx); err != nil {
		return aws.Config{}, fmt.Errorf("no credentials of AWS were found. Set AWS_PROFILE, or run aws configure or aws sso login: %w", err)
	}
	return awsConfig, nil
}
