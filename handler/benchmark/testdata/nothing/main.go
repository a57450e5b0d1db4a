// Command nothing is the smallest Lambda function in Go. It answers every event with null.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(func() {})
}
