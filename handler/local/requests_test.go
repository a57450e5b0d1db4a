package main

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

func (r *localRun) requests() []openRequest {
	r.t.Helper()
	var requests []openRequest
	body := r.request(http.MethodGet, r.address+"/requests", nil).body
	if err := json.Unmarshal([]byte(body), &requests); err != nil {
		r.t.Fatal(err)
	}
	return requests
}

// TestRequests follows a request from its start to its end.
func TestRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, ofThree(2)...)
		if got := r.requests(); got == nil || len(got) != 0 {
			t.Errorf("requests at the start = %v, want an empty list", got)
		}
		arn := r.startExecution(objectInput)
		r.email(arn)
		started := aws.ToTime(r.describe(arn).StartDate)
		want := openRequest{
			ExecutionARN: arn, Approvals: []approval.Record{}, ApprovalsNeeded: 2, OpenUntil: started.Add(24 * time.Hour)}
		if diff := cmp.Diff([]openRequest{want}, r.requests()); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}

		time.Sleep(time.Hour)
		r.click(http.MethodGet, r.linkTo(bob, arn, approval.Approve), http.StatusOK)
		got := r.requests()
		if len(got) != 1 || len(got[0].Approvals) != 1 {
			t.Fatalf("requests = %+v, want one with one approval", got)
		}
		want.Approvals = got[0].Approvals
		want.OpenUntil = want.Approvals[0].DecidedAt.Truncate(time.Millisecond).Add(24 * time.Hour)
		if diff := cmp.Diff(want, got[0]); diff != "" || want.Approvals[0].Approver != bob {
			t.Errorf("approver = %s, request (-want +got):\n%s", want.Approvals[0].Approver, diff)
		}

		r.click(http.MethodGet, r.linkTo(ada, arn, approval.Reject), http.StatusOK)
		if got := r.requests(); len(got) != 0 {
			t.Errorf("requests at the end = %v, want none", got)
		}
	})
}
