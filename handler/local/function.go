package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"reflect"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"approval-workflow/handler/adapter"
	"approval-workflow/handler/approval"
	"approval-workflow/handler/statemachine/asl"
	"approval-workflow/handler/web"
)

const functionARN = "arn:aws:lambda:us-east-1:000000000000:function:approval-workflow"

// function invokes a handler as Lambda does.
type function struct {
	handler *adapter.Handler
}

// newHandler returns the handler of the deployed function.
func newHandler(service *approval.Service, logger *slog.Logger) *adapter.Handler {
	return adapter.New(web.NewHandler(service, logger))
}

func (f *function) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f.handler.Invoke(lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{
		AwsRequestID:       rand.Text(),
		InvokedFunctionArn: functionARN,
	}), payload)
}

// task invokes the function for a task of the state machine. Its error has the name that Lambda gives it.
// https://docs.aws.amazon.com/lambda/latest/dg/golang-exceptions.html
func (f *function) task(ctx context.Context, payload []byte) error {
	_, err := f.invoke(ctx, payload)
	if err == nil {
		return nil
	}
	failure, ok := err.(messages.InvokeResponse_Error) //nolint:errorlint // Lambda does not unwrap errors either
	if !ok {
		failure = messages.InvokeResponse_Error{Message: err.Error(), Type: typeName(err)}
	}
	cause, _ := json.Marshal(map[string]string{ // texts always encode
		"errorMessage": failure.Message, "errorType": failure.Type})
	return &asl.Error{Name: failure.Type, Cause: string(cause)}
}

// report invokes the function for an event about the end of an execution. The function logs its errors. Unlike Lambda, the local
// run does not try again.
func (f *function) report(event []byte) { _, _ = f.invoke(context.Background(), event) }

// typeName returns the name of an error's type, without a package and a pointer.
func typeName(err error) string {
	kind := reflect.TypeOf(err)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return kind.Name()
}

// logHandler adds the ID of the invocation to each record, like the logger of the deployed function.
type logHandler struct{ slog.Handler }

func newLogHandler(w io.Writer) slog.Handler {
	return logHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr})}
}

// Handle implements [slog.Handler].
func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		record.AddAttrs(slog.String("requestId", invocation.AwsRequestID))
	}
	return h.Handler.Handle(ctx, record)
}

// randomKey is an [approval.Keys]. Links are valid as long as the local run lasts.
type randomKey []byte

// LinkKey implements [approval.Keys].
func (k randomKey) LinkKey(context.Context) ([]byte, error) { return k, nil }

// CheckKey implements [approval.Keys].
func (k randomKey) CheckKey(context.Context) error { return nil }
