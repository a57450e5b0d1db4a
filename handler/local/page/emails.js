// The mailbox.
const decisions = { approve: "Approve", reject: "Reject" };

function nameOf(executionArn) {
  return executionArn.slice(executionArn.lastIndexOf(":") + 1);
}

function newTab(address, className, ...children) {
  return Object.assign(element("a", className, ...children), { href: address, target: "_blank", rel: "noopener noreferrer" });
}

// decisionLink returns a link of the workflow, with the address that the e-mail has. Its text says what it does.
function decisionLink(email, decision) {
  const link = newTab(email[decision].url, "", decisions[decision] + " " + nameOf(email.executionArn),
    element("span", "hidden", " as " + email.to));
  return element("span", "decision " + decision, link, element("strong", "closed"), "\n", element("small", "", email[decision].url));
}

// linkAddresses turns the addresses in an e-mail into links, like an e-mail program.
function linkAddresses(email) {
  const decisionOf = new Map(Object.keys(decisions).map((decision) => [email[decision].url, decision]));
  return email.body.split(/(https?:\/\/[^\s<>"]+)/).map((part, i) => {
    if (i % 2 === 0) return part;
    return decisionOf.has(part) ? decisionLink(email, decisionOf.get(part)) : newTab(part, "", part);
  });
}

// renderEmail returns an e-mail as a line that opens.
function renderEmail(email) {
  const summary = element("summary", "",
    element("h3", "", email.subject), " ",
    element("span", "meta to", "To ", element("strong", "", email.to)), " ",
    element("span", "meta", "about ", element("strong", "", nameOf(email.executionArn)), ", ", time(email.receivedAt)), " ",
    element("span", "state"));
  return fold("mail", summary, element("pre", "", ...linkAddresses(email)));
}

// updateEmail marks the links that no longer decide.
function updateEmail(mail, email) {
  for (const decision of Object.keys(decisions)) {
    const link = mail.querySelector("." + decision);
    if (!link) continue;
    const { closed } = email[decision];
    link.classList.toggle("dead", closed !== undefined);
    setText(link.querySelector(".closed"), closed ? " no longer works: " + closed : "");
  }
  const closed = email.approve.closed;
  mail.classList.toggle("open-request", !closed);
  setText(mail.querySelector(".state"), closed ? closed[0].toUpperCase() + closed.slice(1) : "Waits for a decision");
}

// showEmails shows the newest e-mails, the newest one open.
function showEmails(emails) {
  const list = byId("emails");
  show(list, emails.reverse().slice(0, 50), (email) => email.to + email.receivedAt, renderEmail, updateEmail);
  openNewest(list);
}
