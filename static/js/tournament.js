// What a table page shows of a sit-n-go tournament: terms, level, standing, prizes. Pure.

import { display, isPositive, text, toMinor, units } from "./money.js";

export const isTournament = (state) => state.gameMode === "T";
/** Say whether one is being played: seats do not change and nobody enters any more. */
export const isRunning = (state) => state.tournament !== null;

const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };
const ORDINALS = new Intl.PluralRules("en", { type: "ordinal" });
export const ordinal = (place) => `${place}${ENDINGS[ORDINALS.select(place)]}`;

/** Return a moment's distance for people: "4:05". */
export function clockText(seconds) {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const settingsOf = (state) => state.config?.tournament_settings ?? {};
const priced = (amount, config) => `${display(amount)} ${config?.currency ?? ""}`.trim();

/** Return places and their percents as the table pays them: [[1, "50"], ...], paid places only. */
function shares(settings) {
  return Object.entries(settings.payout_table ?? {}).filter(([, percent]) => isPositive(percent))
    .map(([place, percent]) => [Number(place), percent]).sort(([a], [b]) => a - b);
}

/** Return what is played for, as rows of a list: [[name, value], ...]. */
export function termRows(state) {
  const settings = settingsOf(state);
  const paid = shares(settings).map(([place, percent]) => `${ordinal(place)} ${display(percent)} %`);
  return [
    ["Entry fee", priced(settings.entry_fee, state.config)],
    ["Chips", display(settings.starting_chips)],
    ["Levels", `${clockText(settings.level_duration)} min`],
    ["Payouts", paid.length > 0 ? paid.join(", ") : "none"],
  ];
}

/** The same as one line. */
export const termLine = (state) => termRows(state)
  .map(([name, value]) => `${name} ${value}`).join(" \u00b7 ");

/**
 * Return the prizes by place, decimal strings, as the host reckons them: shares of the places that
 * there are entrants for, each rounded down, the remainder to the first.
 */
export function prizes(settings, entrants, decimals) {
  const percents = new Map(shares(settings));
  if (percents.size === 0) return [];
  const count = Math.min(entrants, Math.max(...percents.keys()));
  const cut = Array.from({ length: count }, (_, index) => (
    BigInt(toMinor(percents.get(index + 1) ?? "0", 2))));
  const total = BigInt(toMinor(settings.entry_fee, decimals)) * BigInt(entrants);
  const whole = cut.reduce((sum, one) => sum + one, 0n) || 1n;
  const amounts = cut.map((share) => (total * share) / whole);
  amounts[0] += total - amounts.reduce((sum, one) => sum + one, 0n);
  return amounts.map((minor) => text(minor * 10n ** BigInt(8 - decimals)));
}

/** Chips have the decimals of the table's currency; the wire writes all of them. */
const decimalsOf = ({ blinds }) => (
  String(blinds?.blinds?.big_blind ?? "0.00").split(".")[1]?.length ?? 0);

/** Return the place in which a player is out, or null. */
export function outPlace(state, player) {
  const group = state.tournament?.out.find(({ players }) => players.includes(player));
  return group?.place ?? null;
}

const bets = ({ ante, small_blind: small, big_blind: big }) => (
  `${display(small)} / ${display(big)}${isPositive(ante) ? `, ante ${display(ante)}` : ""}`);

/** Return the level: {title, bets, next, remaining seconds or null, isPaused}, or null for none. */
export function level(state, now) {
  const { blinds } = state;
  if (!blinds?.blinds) return null;
  const expires = blinds.blind_scheduler_expiration;
  const isPaused = expires === null && blinds.remaining !== undefined && blinds.remaining !== null;
  return {
    title: `Level ${blinds.blinds_level}`, bets: bets(blinds.blinds),
    next: blinds.next_blinds ? bets(blinds.next_blinds) : null, isPaused,
    remaining: isPaused ? blinds.remaining : expires && Math.max(0, expires - now),
  };
}

/** Return who is left, and the next place that is paid: {left, entrants, payout}. */
export function standing(state) {
  const { entrants, out } = state.tournament;
  const left = entrants.length - out.reduce((sum, { players }) => sum + players.length, 0);
  const amounts = prizes(settingsOf(state), entrants.length, decimalsOf(state));
  const paid = amounts.findLastIndex((amount) => isPositive(amount)) + 1;
  const place = Math.min(Math.max(left, 1), paid);
  const payout = place > 0 ? `${ordinal(place)} wins ${priced(amounts[place - 1], state.config)}` : null;
  return { left, entrants: entrants.length, payout };
}

/** Return who has won what, the best first: [{player, place, prize or null}]. */
export function winnerRows(state) {
  const rows = Object.entries(state.winners ?? {}).map(([id, prize]) => ({
    player: Number(id), amount: units(prize),
    prize: isPositive(prize) ? priced(prize, state.config) : null,
  }));
  return rows.map(({ player, amount, prize }) => ({
    player, prize,
    place: outPlace(state, player) ?? 1 + rows.filter((one) => one.amount > amount).length,
  })).sort((a, b) => a.place - b.place);
}
