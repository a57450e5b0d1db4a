let selected; // the execution whose path somebody wants to see; without one it is the newest
let shownExecutions = [];

// selectPath shows the path of an execution, as long as no other one is started on this page.
function selectPath(execution) {
  selected = execution?.executionArn;
  showPath(shownExecutions);
  if (execution) byId("picture").scrollIntoView({ block: "nearest" });
}

// showPath marks the path of the selected execution in the picture, and says it in words.
function showPath(executions) {
  shownExecutions = executions;
  const execution = executions.find((each) => each.executionArn === selected) ?? executions[0];
  for (const article of byId("executions").querySelectorAll("article")) {
    article.querySelector(".path").setAttribute("aria-pressed", String(article.key === execution?.key));
  }
  if (!execution?.states?.length) return;
  mark(execution.states, execution.status);
  const path = "The path of " + execution.name + ": " + execution.states.join(" → ");
  setText(byId("path"), path + (execution.status === "RUNNING" ? ", where it is now." : ". It has ended: " + execution.status + "."));
}

// mark marks the states that were entered and the transitions between them, which lie above the other ones.
function mark(states, status) {
  const last = states.at(-1);
  const nodes = byId("picture").querySelectorAll(".node");
  for (const node of nodes) {
    const { state } = node.dataset;
    node.classList.toggle("entered", states.includes(state));
    for (const each of ["running", "succeeded", "failed", "aborted"]) {
      node.classList.toggle(each, state === last && status.toLowerCase() === each);
    }
  }
  for (const arrow of byId("picture").querySelectorAll(".transition")) {
    const taken = states.some((state, i) => arrow.dataset.from === state && arrow.dataset.to === states[i + 1]);
    arrow.classList.toggle("taken", taken);
    if (taken) nodes[0].before(arrow);
  }
}
