const stateMachineArn = document.body.dataset.stateMachine;
const pollInterval = 1500; // milliseconds

async function call(operation, input) {
  const response = await fetch("/", {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions." + operation },
    body: JSON.stringify(input),
  });
  const output = await response.json();
  if (!response.ok) throw new Error(output.message);
  return output;
}

async function getList(path) {
  return (await fetch(path)).json();
}

let refreshing = Promise.resolve(); // one at a time, so that an old answer never replaces a new one

function refresh() {
  refreshing = refreshing.catch(() => {}).then(load);
  return refreshing;
}

async function load() {
  const [{ executions }, emails, requests, visits] = await Promise.all([
    call("ListExecutions", { stateMachineArn, maxResults: 50 }), getList("/emails"), getList("/requests"), getList("/executions")]);
  const byArn = (list) => new Map(list.map((item) => [item.executionArn, item]));
  const requestOf = byArn(requests), visitsOf = byArn(visits);
  const described = (await Promise.all(executions.map(describe))).map((execution) => ({
    ...execution,
    key: execution.executionArn + execution.startDate,
    request: requestOf.get(execution.executionArn),
    states: visitsOf.get(execution.executionArn)?.states,
  }));
  show(byId("executions"), described, (execution) => execution.key, renderExecution, updateExecution);
  openNewest(byId("executions"));
  showPath(described);
  showEmails(emails);
  const running = described.filter((execution) => execution.status === "RUNNING").length;
  setText(byId("status"), running === 0 ? "No execution waits for a decision." :
    running === 1 ? "1 execution waits for a decision." : running + " executions wait for a decision.");
}

// attempt does what the user asked for, and shows the result or the error.
async function attempt(action) {
  setText(byId("error"), "");
  try {
    await action();
    await refresh();
  } catch (error) {
    setText(byId("error"), error.message);
  }
}

byId("start").addEventListener("submit", (event) => {
  event.preventDefault();
  const start = { stateMachineArn, input: byId("input").value };
  if (byId("name").value !== "") start.name = byId("name").value;
  attempt(async () => {
    await call("StartExecution", start);
    selectPath();
  });
});

async function poll() {
  try {
    await refresh();
  } catch {
    setText(byId("status"), "The local run does not answer. Start it again, and this page will continue.");
  }
  setTimeout(poll, pollInterval);
}
poll();
