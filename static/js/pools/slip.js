// The bet slip: the chosen target, an amount, what it might bring, one button.

import { h, renderOnce, setText } from "../dom.js";
import { compare, isPositive, text, units } from "../money.js";
import { nameOf, standing } from "./reducer.js";
import { money, odds, poolTitle } from "./words.js";

const PRESETS = ["5", "10", "25", "100"];
const AMOUNT = /^\d{1,16}(\.\d{1,8})?$/;

export class BetSlip {
  /** parts: {place(pool, target, amount) -> promise, close()} */
  constructor(form, parts) {
    this.form = form;
    this.parts = parts;
    this.isSending = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.place();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") parts.close();
    });
  }

  draw({ state, game, now, picked }) {
    const pool = picked && state.pools[picked.pool];
    this.form.hidden = !pool;
    this.picked = picked;
    if (!pool) return;
    this.pool = pool;
    const target = nameOf(game, picked.target);
    const isNew = renderOnce(this.form, [picked, target, pool.currency], () => this.build(pool, game, target));
    const balance = state.balances[pool.currency];
    const line = pool.distribution?.[picked.target];
    setText(this.odds, odds(line?.to_win_if_backed ?? null));
    setText(this.available, balance ? `${money(balance.available, pool.currency)} available` : "");
    this.warn(pool, now, balance);
    if (isNew) this.amount.focus({ preventScroll: true });
  }

  build(pool, game, target) {
    const kept = this.amount?.value ?? "";
    this.amount = h("input", {
      class: "figure slip-amount", id: "slip-amount", inputmode: "decimal", autocomplete: "off",
      value: kept, placeholder: "0", "aria-label": `Amount in ${pool.currency}`,
    });
    this.amount.addEventListener("input", () => this.estimate());
    this.odds = h("b", { class: "slip-odds" });
    this.available = h("span", { class: "slip-available" });
    this.outcome = h("p", { class: "slip-outcome", role: "status" });
    this.button = h("button", { class: "button button-main slip-go", type: "submit" }, "Place bet");
    return [
      h("div", { class: "slip-head" },
        h("div", {}, h("h2", {}, "Your bet"), h("p", { class: "slip-pool", dir: "auto" }, poolTitle(game, pool))),
        h("button", { type: "button", class: "icon-button", "aria-label": "Close the bet slip", onclick: this.parts.close }, "\u00d7")),
      h("p", { class: "slip-target" }, h("bdi", {}, target), this.odds),
      h("div", { class: "slip-row" }, this.amount, PRESETS.map((preset) => h("button", {
        type: "button", class: "button preset", onclick: () => this.choose(preset),
      }, preset))),
      this.outcome, this.available, this.button,
    ];
  }

  choose(amount) {
    this.amount.value = amount;
    this.estimate();
    this.amount.focus({ preventScroll: true });
  }

  typed() {
    const value = this.amount.value.trim().replace(",", ".");
    return AMOUNT.test(value) && isPositive(value) ? value : null;
  }

  warn(pool, now, balance) {
    this.balance = balance;
    this.isOpen = standing(pool, now) === "open";
    this.estimate();
  }

  /** What the pool would pay if it ended now, this bet included; takeout as the pool has it. */
  estimate() {
    const amount = this.typed();
    const tooMuch = amount !== null && this.balance && compare(amount, this.balance.available) > 0;
    const words = !this.isOpen ? "This pool takes no bets just now."
      : tooMuch ? "That is more than you have."
        : amount === null ? "" : `If it ended now: ${money(this.returns(amount), this.pool.currency)} back`;
    setText(this.outcome, words);
    this.button.disabled = amount === null || tooMuch || !this.isOpen || this.isSending;
    if (this.amount.value && amount === null) this.amount.setAttribute("aria-invalid", "true");
    else this.amount.removeAttribute("aria-invalid");
  }

  returns(amount) {
    const stake = units(amount);
    const total = units(this.pool.total ?? "0") + stake;
    const backed = units(this.pool.distribution?.[this.picked.target]?.amount ?? "0") + stake;
    const left = (total * BigInt(10000 - (this.pool.rules?.takeout_bp ?? 0))) / 10000n;
    return text(((left * stake) / backed / 1000000n) * 1000000n);
  }

  async place() {
    const amount = this.typed();
    if (amount === null || this.isSending) return;
    this.isSending = true;
    this.button.disabled = true;
    const isPlaced = await this.parts.place(this.picked.pool, this.picked.target, amount);
    this.isSending = false;
    if (isPlaced) {
      this.amount.value = "";
      this.parts.close();
    } else this.estimate();
  }
}
