// Command nothing is the floor of a Lambda function in Go: it answers every event with null.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(func() {})
}
