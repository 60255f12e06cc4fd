// Names of games and betting limits for people. Pure.

export const GAMES = { THD: "hold\u2019em", OMH: "Omaha", SCS: "seven-card stud" };
export const LIMITS = { NL: "no limit", PL: "pot limit", FL: "fixed limit" };
const BEFORE = { NL: "no-limit", PL: "pot-limit", FL: "fixed-limit" };

/** Return what is played in words: "Pot-limit Omaha". games: [{game, limit}]. */
export function gamesText(games) {
  const text = games.map(({ game, limit }) => `${BEFORE[limit] ?? ""} ${GAMES[game] ?? game}`.trim())
    .join(" or ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
