// The arithmetic of the bet slider: everything in integers of minor units. Pure.

import { decimalsOf, fromMinor, toMinor, units, text } from "./money.js";

/** Return what the viewer may do now, or null.
 *
 * Amounts are in minor units. People think of a raise as "to", so min and max are totals of this
 * round; call is what is still to pay. */
export function options(turn, potTotal, bigBlind) {
  if (!turn) return null;
  const decimals = decimalsOf(turn.min_total, turn.max_total, turn.call_amount, turn.bet);
  const minor = (amount) => toMinor(amount, decimals);
  const actions = new Set(turn.available_actions);
  const raise = actions.has("action_raise") ? "action_raise"
    : actions.has("action_bet") ? "action_bet" : null;
  return {
    decimals, raise,
    canFold: actions.has("action_fold"),
    canCheck: actions.has("action_check"),
    canCall: actions.has("action_call"),
    call: minor(turn.call_amount),
    ownBet: minor(turn.bet),
    min: minor(turn.min_total),
    max: minor(turn.max_total),
    pot: minor(potTotal),
    step: Math.max(1, minor(bigBlind) || 1),
  };
}

export const clamp = (amount, { min, max }) => Math.min(max, Math.max(min, Math.round(amount)));

/** Return the total that raises by `share` of the pot as it stands after calling. */
export function ofPot(choice, share) {
  const afterCall = choice.pot + choice.call;
  return clamp(choice.ownBet + choice.call + afterCall * share, choice);
}

/** Return the presets worth showing: [{name, label, amount}], amounts rising. */
export function presets(choice) {
  if (!choice?.raise) return [];
  const list = [
    { name: "min", label: "Min", amount: choice.min },
    { name: "half", label: "\u00bd pot", amount: ofPot(choice, 0.5) },
    { name: "pot", label: "Pot", amount: ofPot(choice, 1) },
    { name: "all-in", label: "All-in", amount: choice.max },
  ];
  return list;
}

/** Return the next amount when stepping by `count` big blinds; the ends are always reachable. */
export function stepped(amount, count, choice) {
  const onGrid = Math.round(amount / choice.step) * choice.step;
  const base = onGrid === amount ? amount
    : count > 0 ? Math.floor(amount / choice.step) * choice.step
      : Math.ceil(amount / choice.step) * choice.step;
  return clamp(base + count * choice.step, choice);
}

/** Return the slider's position 0..1000 for an amount; the scale is finer near the minimum. */
export function toSlider(amount, { min, max }) {
  if (max <= min) return 1000;
  return Math.round(1000 * Math.sqrt((amount - min) / (max - min)));
}

/** Return the amount at a slider position, rounded to a sensible step; both ends exact. */
export function fromSlider(position, choice) {
  const { min, max, step } = choice;
  if (position <= 0) return min;
  if (position >= 1000) return max;
  const raw = min + (max - min) * (position / 1000) ** 2;
  const grid = Math.max(1, Math.round(step / 2));
  return clamp(Math.round(raw / grid) * grid, choice);
}

/** Return the amount typed by a person as minor units, or null when it is no amount. */
export function parseTyped(value, decimals) {
  const plain = String(value).replace(/[\s\u202f']/g, "").replace(",", ".");
  if (!/^\d{1,15}(\.\d*)?$/.test(plain)) return null;
  const fraction = plain.split(".")[1] ?? "";
  if (fraction.replace(/0+$/, "").length > decimals) return null;
  return toMinor(text(units(plain)), decimals);
}

export { fromMinor };
