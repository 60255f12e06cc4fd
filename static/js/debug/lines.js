// Messages as texts: indented to be read, as lines of JSON to be kept, held against a filter. What
// was on the wire stays as it was written; a double never gets between. Pure.

/** Return an entry as one line of JSON; a message that is JSON stands in it as it was written. */
export function lineOf(entry) {
  const { at, way, protocol, name, place, verdict, latency } = entry;
  const head = {
    at: new Date(at).toISOString(), way, protocol, name, schema: place,
    verdict: verdict.state, faults: verdict.faults,
    ...(latency ? { latency_ms: Number(latency.ms.toFixed(3)), matched_by: latency.by } : {}),
  };
  const rest = entry.frame === undefined ? `"text":${JSON.stringify(entry.text)}`
    : `"message":${entry.text.replace(/\s*[\r\n]+\s*/g, " ").trim()}`;
  return `${JSON.stringify(head).slice(0, -1)},${rest}}`;
}

/** Say whether an entry is to be seen. show: "all", "sent", "received" or "invalid". */
export function matches(entry, { words, show: shown }) {
  if (shown === "invalid" && entry.verdict.state !== "invalid") return false;
  if (["sent", "received"].includes(shown) && entry.way !== shown) return false;
  const text = `${entry.name} ${entry.text}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Return a text of JSON on several lines, its strings and numbers untouched. */
export function indented(text) {
  let depth = 0;
  let out = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") {
      depth += 1;
      out += token + line();
    } else if (token === "}" || token === "]") {
      depth -= 1;
      out = /[{[]\s*$/.test(out) ? out.trimEnd() + token : out + line() + token;
    } else {
      out += token === "," ? token + line() : token === ":" ? ": " : token;
    }
  }
  return out;
}

/** Return what a text of JSON says; undefined where it is none. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
