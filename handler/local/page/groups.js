// The form's choice of a group. It is only a way to write the key "group" into the text of the input, whose other parts stay as
// they were typed: JavaScript would round large numbers if it wrote the input anew.

// groupOf returns the group in the text of an input, "" without one, or undefined if the text is not an object.
function groupOf(text) {
  try {
    const input = JSON.parse(text);
    if (typeof input !== "object" || input === null || Array.isArray(input)) return undefined;
    return Object.hasOwn(input, "group") ? String(input.group) : "";
  } catch {
    return undefined;
  }
}

// findMembers returns where the members of a JSON object are in its text, each from its key to the end of its value.
function findMembers(text) {
  const members = [];
  let depth = 0;
  let member;
  for (const { 0: lexeme, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    if ("]}".includes(lexeme)) depth--;
    if (depth === 1 && lexeme === ",") member = undefined;
    else if (depth > 0 && !member) members.push(member = { key: JSON.parse(lexeme), start: index });
    if (depth > 0 && member) member.end = index + lexeme.length;
    if ("[{".includes(lexeme)) depth++;
  }
  return members;
}

// withGroup returns the text of an object with the group, or with none if it is "".
function withGroup(text, group) {
  const members = findMembers(text);
  const at = members.findIndex(({ key }) => key === "group");
  const found = members[at];
  const member = '"group": ' + JSON.stringify(group);
  const replace = (start, end, by) => text.slice(0, start) + by + text.slice(end);
  if (!found && group === "") return text;
  if (!found) {
    const start = text.indexOf("{") + 1;
    const space = text.slice(start, members[0]?.start ?? start);
    return replace(start, start, space + member + (members.length > 0 ? "," : ""));
  }
  if (group !== "" && members.findLastIndex(({ key }) => key === "group") === at) return replace(found.start, found.end, member);
  const [before, after] = [members[at - 1], members[at + 1]];
  const rest = replace(after || !before ? found.start : before.end, after ? after.start : found.end, "");
  return withGroup(rest, group);
}

// offerGroups keeps the choice and the text of the input alike. It does nothing without groups.
function offerGroups() {
  const [choice, input] = [byId("group"), byId("input")];
  if (!choice) return;
  let chosen = "";
  choice.addEventListener("change", () => {
    const possible = groupOf(input.value) !== undefined;
    setText(byId("error"), possible ? "" : "Only an input that is a JSON object can have a group. Correct the input first.");
    if (possible) input.value = withGroup(input.value, choice.value);
    else choice.value = chosen;
    chosen = choice.value;
  });
  input.addEventListener("input", () => {
    const group = groupOf(input.value);
    if (group !== undefined) chosen = choice.value = group; // an unknown group leaves the choice empty
  });
}
