// Money as the wire writes it: decimal strings. Sums are exact (BigInt), never floating point.
// What does not live here: currencies' names and anything that knows about the table.

const SCALE = 8;

/** Return the amount as a BigInt of 10^-8 units. text: "49.75", 49.75 or null (0). */
export function units(text) {
  if (text === null || text === undefined || text === "") return 0n;
  // String() writes small numbers with an exponent: 2.5e-7.
  const plain = typeof text === "number" ? text.toFixed(SCALE) : String(text).trim();
  const match = /^(-?)(\d+)(?:\.(\d{0,8}))?$/.exec(plain);
  if (!match) return 0n;
  const [, sign, whole, fraction = ""] = match;
  const value = BigInt(whole + fraction.padEnd(SCALE, "0"));
  return sign ? -value : value;
}

/** Return the shortest decimal string of an amount of 10^-8 units. */
export function text(value) {
  const sign = value < 0n ? "-" : "";
  const digits = String(value < 0n ? -value : value).padStart(SCALE + 1, "0");
  const fraction = digits.slice(-SCALE).replace(/0+$/, "");
  return sign + digits.slice(0, -SCALE) + (fraction ? `.${fraction}` : "");
}

export const add = (...amounts) => text(amounts.reduce((sum, each) => sum + units(each), 0n));
export const subtract = (a, b) => text(units(a) - units(b));
export const compare = (a, b) => (units(a) < units(b) ? -1 : units(a) > units(b) ? 1 : 0);
export const isPositive = (amount) => units(amount) > 0n;

/** Return the amount for people: thousands grouped, cents only where there are any. */
export function display(amount) {
  const [whole, ...fraction] = written(amount).split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, "\u202f"), ...fraction].join(".");
}

/** Return the amount as people write it into a field: as `display`, without groups. */
export function written(amount) {
  const [whole, fraction = ""] = text(units(amount)).split(".");
  return fraction ? `${whole}.${fraction.padEnd(2, "0")}` : whole;
}

/** Return how many decimals the most precise of these amounts is written with, at least 2. */
export function decimalsOf(...amounts) {
  const lengths = amounts.map((each) => (text(units(each)).split(".")[1] ?? "").length);
  return Math.max(2, ...lengths);
}

/** Return the amount as an integer of minor units (a safe Number on every amount of the wire). */
export function toMinor(amount, decimals) {
  return Number(units(amount) / 10n ** BigInt(SCALE - decimals));
}

/** Return an integer of minor units as a decimal string with all its decimals: "3.50". */
export function fixed(minor, decimals) {
  const digits = String(Math.round(minor)).padStart(decimals + 1, "0");
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
}

/** Return an integer of minor units as a decimal string. */
export function fromMinor(minor, decimals) {
  return text(BigInt(Math.round(minor)) * 10n ** BigInt(SCALE - decimals));
}
