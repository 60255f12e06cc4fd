// Ids of requests. `crypto.randomUUID` exists in secure contexts only (HTTPS, or this machine);
// a table is played over plain HTTP in a home network, too.

/** Return a random UUID (version 4). random: what fills bytes by dice. */
export function newId(random = crypto) {
  const bytes = random.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
