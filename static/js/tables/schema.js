// The JSON Schemas that the host serves, with their references put in. Form fields come from them.

const BASE = "/schemas/v1/";
const files = new Map();

function file(path) {
  if (!files.has(path)) {
    files.set(path, fetch(path).then((answer) => {
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return answer.json();
    }));
  }
  return files.get(path);
}

/** Return a schema by its place below /schemas/v1/, references resolved all the way down. */
export async function schema(place) {
  const path = BASE + place;
  return whole(await file(path), path);
}

async function whole(node, path) {
  if (Array.isArray(node)) return Promise.all(node.map((one) => whole(one, path)));
  if (node === null || typeof node !== "object") return node;
  if (typeof node.$ref === "string") {
    const url = new URL(node.$ref, location.origin + path);
    const target = url.hash.slice(1).split("/").filter(Boolean)
      .reduce((found, part) => found[part], await file(url.pathname));
    const { $ref, ...own } = node;
    return { ...await whole(target, url.pathname), ...await whole(own, path) };
  }
  const entries = Object.entries(node).filter(([name]) => !NOT_RULES.has(name));
  const done = await Promise.all(entries.map(async ([name, one]) => [name, await whole(one, path)]));
  return Object.fromEntries(done);
}

const NOT_RULES = new Set(["examples", "x-invalid-examples"]);
