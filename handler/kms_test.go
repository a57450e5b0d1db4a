package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

const testKeyARN = "arn:aws:kms:eu-west-1:123456789012:key/1"

// fakeKMS is a KMS with one key. The MAC of the link key's purpose is [approvaltest.Key].
type fakeKMS struct {
	t     *testing.T
	calls int
	// refuse is the answer to every call, unless it is nil.
	refuse func() (status int, answer string)
}

// start starts the KMS and returns the key of the links that comes from it.
func (f *fakeKMS) start() *linkKey {
	return &linkKey{client: kms.NewFromConfig(newAWS(answerJSON(f.t, f.answer))), keyARN: testKeyARN}
}

func (f *fakeKMS) answer(operation, body string) (status int, answer string) {
	f.calls++
	if f.refuse != nil {
		return f.refuse()
	}
	var call struct {
		KeyID        string `json:"KeyId"`
		MacAlgorithm string
		Message      []byte
	}
	if err := json.Unmarshal([]byte(body), &call); err != nil || operation != "TrentService.GenerateMac" {
		f.t.Errorf("call = %s %s, want GenerateMac", operation, body)
	}
	if call.KeyID != testKeyARN || call.MacAlgorithm != "HMAC_SHA_256" {
		return http.StatusBadRequest, exception("NotFoundException")
	}
	if string(call.Message) != "approval-workflow link key v1" {
		f.t.Errorf("message = %q, want the purpose of the key", call.Message)
	}
	text, err := json.Marshal(map[string]any{
		"KeyId": testKeyARN, "Mac": []byte(approvaltest.Key), "MacAlgorithm": "HMAC_SHA_256",
	})
	if err != nil {
		f.t.Error(err)
	}
	return http.StatusOK, string(text)
}

// checkKey checks that KMS derives the key of the links.
func checkKey(t *testing.T, key *linkKey) {
	t.Helper()
	got, err := key.LinkKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != approvaltest.Key {
		t.Error("the key is not the MAC that KMS returned")
	}
}

func TestLinkKeyStaysInMemory(t *testing.T) {
	f := &fakeKMS{t: t}
	key := f.start()
	if err := key.prefetch(); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { checkKey(t, key) })
	}
	group.Wait()
	if f.calls != 1 {
		t.Errorf("calls = %d, want 1", f.calls)
	}
}

func TestLinkKeyIsDerivedLater(t *testing.T) {
	f := &fakeKMS{t: t, refuse: func() (int, string) { return http.StatusServiceUnavailable, "" }}
	key := f.start()
	checkCode(t, key.prefetch(), approval.CodeUnavailable)
	_, err := key.LinkKey(t.Context())
	checkCode(t, err, approval.CodeUnavailable)
	f.refuse = nil
	checkKey(t, key)
	checkKey(t, key)
	if f.calls != 3 {
		t.Errorf("calls = %d, want 3", f.calls)
	}
}

func TestLinkKeyErrors(t *testing.T) {
	call := func(ctx context.Context, config aws.Config) error {
		_, err := (&linkKey{client: kms.NewFromConfig(config), keyARN: testKeyARN}).LinkKey(ctx)
		return err
	}
	checkErrors(t, call, []errorTest{
		{400, "ThrottlingException", approval.CodeUnavailable},
		{500, "KMSInternalException", approval.CodeUnavailable},
		{500, "KeyUnavailableException", approval.CodeUnavailable},
		{503, "ServiceUnavailable", approval.CodeUnavailable},
		{400, "AccessDeniedException", approval.CodeInternal},
		{400, "DisabledException", approval.CodeInternal},
		{400, "KMSInvalidStateException", approval.CodeInternal},
		{400, "NotFoundException", approval.CodeInternal},
		{400, "InvalidKeyUsageException", approval.CodeInternal},
	})
}

// TestLinkKeyRefusesShortMAC checks that an answer without a MAC does not become a key that everybody knows.
func TestLinkKeyRefusesShortMAC(t *testing.T) {
	for _, answer := range []string{`{}`, `{"Mac":""}`, `{"Mac":null}`, `{"Mac":"c2hvcnQ="}`} {
		f := &fakeKMS{t: t, refuse: func() (int, string) { return http.StatusOK, answer }}
		if key, err := f.start().LinkKey(t.Context()); err == nil || key != nil {
			t.Errorf("answer = %s: the key has %d bytes (error: %v), want an error", answer, len(key), err)
		}
	}
}

func TestHangingStartIsLimited(t *testing.T) {
	config := newAWS(nil)
	config.HTTPClient = &http.Client{Transport: hangingAWS{}}
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		err := (&linkKey{client: kms.NewFromConfig(config), keyARN: testKeyARN}).prefetch()
		checkCode(t, err, approval.CodeUnavailable)
		if got := fmt.Sprint(time.Since(begin)); got != "4s" {
			t.Errorf("time = %s, want 4s", got)
		}
	})
}
