package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"reflect"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/function"
	"approval-workflow/handler/local/asl"
	"approval-workflow/handler/web"
)

const functionARN = "arn:aws:lambda:us-east-1:000000000000:function:approval-workflow"

// lambdaFunction is the product's function as Lambda invokes it.
type lambdaFunction struct {
	handler *function.Function
}

// newFunction wires the product as the deployed binary does, with the ports of the local run.
func newFunction(
	config approval.Config, inbox *mailbox, callback callback, executions approval.Executions, logger *slog.Logger,
) lambdaFunction {
	service := approval.NewService(config, inbox, callback, executions)
	return lambdaFunction{function.New(web.NewHandler(service, logger))}
}

func (f lambdaFunction) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f.handler.Invoke(lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{
		AwsRequestID:       rand.Text(),
		InvokedFunctionArn: functionARN,
	}), payload)
}

// task is the invocation by the state machine. Its error is named as the runtime interface of Lambda names it.
func (f lambdaFunction) task(ctx context.Context, payload []byte) error {
	_, err := f.invoke(ctx, payload)
	if err == nil {
		return nil
	}
	failure, ok := err.(messages.InvokeResponse_Error) //nolint:errorlint // as it is, not what it wraps
	if !ok {
		failure = messages.InvokeResponse_Error{Message: err.Error(), Type: typeName(err)}
	}
	cause, err := json.Marshal(struct {
		ErrorMessage string `json:"errorMessage"`
		ErrorType    string `json:"errorType"`
	}{failure.Message, failure.Type})
	if err != nil {
		return err
	}
	return &asl.Error{Name: failure.Type, Cause: string(cause)}
}

func typeName(err error) string {
	kind := reflect.TypeOf(err)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return kind.Name()
}

// callback answers the waiting task of an execution. It is an approval.Callback.
type callback struct {
	tasks *asl.Tasks
}

func (c callback) Succeed(_ context.Context, token approval.Token, output []byte) error {
	err := c.tasks.Succeed(string(token), output)
	switch {
	case errors.Is(err, asl.ErrInvalidToken):
		return &approval.Error{Code: approval.CodeInvalidToken, Err: err}
	case errors.Is(err, asl.ErrTaskTimedOut):
		return &approval.Error{Code: approval.CodeClosed, Err: err}
	}
	return err
}

// logHandler adds the request id of the invocation to each record, as the logger of the deployed function does.
type logHandler struct{ slog.Handler }

func newLogHandler(w io.Writer) slog.Handler {
	return logHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr})}
}

func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		record.AddAttrs(slog.String("requestId", invocation.AwsRequestID))
	}
	return h.Handler.Handle(ctx, record)
}
