// What stands for a player without a picture: initials and a colour. Pure.

/** Return up to two initials of a name, whole characters. */
export function initials(name) {
  const words = String(name ?? "?").replace(/[_\-.]+/g, " ").trim().split(/\s+/);
  const letters = words.length > 1 ? [[...words[0]][0], [...words[1]][0]]
    : [...(words[0] || "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** Return a hue 0..359 that is always the same for a name. */
export function hueOf(name) {
  let hash = 7;
  for (const letter of String(name ?? "")) hash = (hash * 31 + letter.codePointAt(0)) % 9973;
  return Math.round((hash * 137.5) % 360);
}
