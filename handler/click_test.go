package main

import (
	"bytes"
	"net"
	"os"
	"testing"
	"time"
)

// BenchmarkClick counts the allocations of a warm click: all from the gateway's event to the answer, with the AWS SDK and
// its HTTP client, and without the loop that asks Lambda for events. What answers for Step Functions allocates nothing.
func BenchmarkClick(b *testing.B) {
	environment := map[string]string{
		"AWS_ENDPOINT_URL": "http://" + answerAll(b), "AWS_REGION": "eu-west-1",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test",
		"TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:approvals", "CONFIRM": "false",
		"API_URL": "https://abc123.execute-api.eu-west-1.amazonaws.com",
	}
	devNull, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer devNull.Close()
	stdout := os.Stdout
	os.Stdout = devNull // where the log goes
	handler, err := newHandler(func(name string) string { return environment[name] })
	os.Stdout = stdout
	if err != nil {
		b.Fatal(err)
	}
	event, err := os.ReadFile("function/testdata/click.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		answer, err := handler.Invoke(b.Context(), event)
		if err != nil || !bytes.Contains(answer, []byte(`"statusCode":200`)) {
			b.Fatalf("answer = %s, %v", answer, err)
		}
	}
	b.ReportMetric(0, "ns/op") // mostly waiting
}

// answerAll answers every request that ends with a JSON object by an empty one, and returns its address.
func answerAll(b *testing.B) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go answerRequests(connection)
		}
	}()
	return listener.Addr().String()
}

func answerRequests(connection net.Conn) {
	defer connection.Close()
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\r\n{}")
	for buffer := make([]byte, 16<<10); ; {
		n, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if buffer[n-1] == '}' { // the body's last byte
			// An answer at once would meet a request that is not yet done with, and cost the client its connection.
			time.Sleep(time.Millisecond)
			_, _ = connection.Write(answer)
		}
	}
}
