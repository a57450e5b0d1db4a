// Package approval contains the use cases of the approval workflow: it asks the approvers by e-mail and passes their
// decisions to the waiting execution. It reaches AWS only through its ports, and it does not know HTTP.
//
// One request and one click:
//
//	state machine        Service                          approver
//	─────────────        ───────                          ────────
//	task waits ────────▶ Send
//	                     │ checks the input
//	                     │ Notifier.Confirmed: who can be asked?
//	                     │ Keys.LinkKey: signs a link for each of them
//	                     │ Notifier.Notify ─────────────▶ e-mail with two links
//	                     VerifyLink ◀──────────────────── click on one of them
//	                     │ Keys.LinkKey: is the signature ours?
//	                     Look: shows the request, or
//	                     Decide
//	                     │ Executions.Read: the history has the waiting task
//	                     │ Execution.Refusal: may this approver decide?
//	task ends ◀───────── │ Callback.Succeed: answers the task token
//	                     └ Outcome ─────────────────────▶ page or JSON
//	approved, rejected,
//	or the task waits again for the next approval
//	ends ──────────────▶ Report
//	                     │ Executions.Read: who decided?
//	                     └ Notifier.Announce ───────────▶ receipts, outcomes
//
// Step Functions is the only store. The task token makes each answer a compare-and-swap on the approvals in the task's
// payload.
package approval
