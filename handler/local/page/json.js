// indentJSON lays out a JSON text. Any other text stays as it is. It never decodes a value, because JavaScript would round
// large numbers.
function indentJSON(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  return text.match(/"[^"\\]*(?:\\.[^"\\]*)*"|[[{]\s*[\]}]|[[\]{},:]|[^\s[\]{},:"]+/g).map((part) => {
    switch (part) {
      case "{": case "[": depth++; return part + line();
      case "}": case "]": depth--; return line() + part;
      case ",": return part + line();
      case ":": return part + " ";
    }
    return part.startsWith('"') ? part : part.replace(/\s/g, ""); // {} and [] stay in one line
  }).join("");
}
