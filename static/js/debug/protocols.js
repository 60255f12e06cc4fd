// The host's websocket protocols, read from its AsyncAPI document: where they are, which messages
// go which way, which field of a frame says what it is. Pure.

const COMPONENTS = "#/components/schemas/";
/** Messages that bring the token; a protocol without one takes it in the socket's address. */
const SIGN_INS = ["authenticate", "logon"];

/** Return [{name, address, needsRoom, signIn, in: [message], out: [message]}], by name. */
export function protocolsOf(document) {
  return Object.entries(document.channels).map(([name, channel]) => {
    const messages = (folder) => Object.entries(channel.messages)
      .filter(([key]) => key.startsWith(`${folder}.`))
      .map(([, message]) => messageOf(document, message))
      .sort((a, b) => a.name.localeCompare(b.name));
    const incoming = messages("in");
    return {
      name, address: channel.address, needsRoom: channel.address.includes("{room}"),
      signIn: incoming.find((one) => SIGN_INS.includes(one.name)) ?? null,
      in: incoming, out: messages("out"),
    };
  }).sort((a, b) => a.name.localeCompare(b.name));
}

/** place: of its schema below /schemas/v1/. mark: the fields whose values say that it is this. */
function messageOf(document, { name, title, summary, payload }) {
  const component = document.components.schemas[payload.$ref.slice(COMPONENTS.length)].schema;
  const mark = Object.entries(component.properties ?? {})
    .filter(([, property]) => "const" in property)
    .map(([field, property]) => [field, property.const]);
  const { url } = component.externalDocs;
  return { name, title, summary, url, place: url.replace("/schemas/v1/", ""), mark };
}

/** Return the message that a frame says it is, or null. messages: one direction's. */
export function messageOfFrame(messages, frame) {
  if (frame === null || typeof frame !== "object") return null;
  return messages.find(({ mark }) => (
    mark.length > 0 && mark.every(([field, value]) => frame[field] === value))) ?? null;
}

/** Return the socket's address. room: of a table. token: "" where the first message brings it. */
export function socketUrl(protocol, { origin, room, token }) {
  const path = protocol.address.replace("{room}", encodeURIComponent(room));
  const query = token ? `?token=${encodeURIComponent(token)}` : "";
  return `${origin.replace(/^http/, "ws")}${path}${query}`;
}

/** What is filled in when a message is sent: a new id, the token of the form. */
export const ID = "$ID";
export const TOKEN = "$TOKEN";

/** Return [{label, text}]: what may stand in the editor at first. schema: of the message. */
export function drafts(schema) {
  const right = (schema.examples ?? []).map((example, index) => ({
    label: `Example ${index + 1}`, text: written(withPlaceholders(schema, example)),
  }));
  const wrong = (schema["x-invalid-examples"] ?? []).map((example, index) => ({
    label: `Wrong example ${index + 1}`, text: written(example),
  }));
  return [...right, ...wrong];
}

const written = (value) => JSON.stringify(value, null, 2);

function withPlaceholders(schema, example) {
  const { properties = {} } = schema;
  const filled = { ...example };
  if (typeof filled.token === "string") filled.token = TOKEN;
  if ("request_id" in properties) filled.request_id = ID;
  if ("header" in properties) filled.header = { ...filled.header, request_id: ID };
  return filled;
}

/** Return the text to be sent; nothing but the placeholders is changed. */
export function filled(text, { id, token }) {
  return text.replaceAll(`"${ID}"`, JSON.stringify(id))
    .replaceAll(`"${TOKEN}"`, JSON.stringify(token));
}

/** Return a text that may be shown and saved: whatever is a token is left out. */
export function withoutTokens(text) {
  return text.replace(/("token"\s*:\s*")(?:[^"\\]|\\.)*(")/g, "$1\u2022\u2022\u2022$2");
}
