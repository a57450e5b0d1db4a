// askToStop asks before it stops an execution. Afterwards the focus returns to the execution.
function askToStop(execution, article) {
  const dialog = byId("stop");
  setText(byId("stop-name"), execution.name);
  byId("stop-no").onclick = () => dialog.close();
  byId("stop-yes").onclick = () => {
    dialog.close();
    attempt(() => call("StopExecution", { executionArn: execution.executionArn }));
  };
  dialog.onclose = () => keepFocus(article, article.querySelector("button.stop"));
  dialog.showModal();
}

// keepFocus moves the focus to a control of an article, or to its heading if the control is gone.
function keepFocus(article, control) {
  const heading = article.querySelector("h3");
  heading.tabIndex = -1;
  (control ?? heading).focus();
}
