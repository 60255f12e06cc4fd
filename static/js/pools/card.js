// One pool: its targets as rows whose bars and odds move, its state, the own stake and result.

import { h, renderOnce, setText, setVariables, show } from "../dom.js";
import { compare, isPositive, subtract } from "../money.js";
import { lines, nameOf, nextMoment, stakedIn, standing } from "./reducer.js";
import { actionName, duration, KINDS, money, odds, percent, poolTitle, standingWord } from "./words.js";

export class PoolCard {
  /** pick: (pool id, target) -> nothing. */
  constructor(id, pick) {
    this.id = id;
    this.pick = pick;
    this.title = h("h3", { class: "pool-title", dir: "auto" });
    this.kind = h("p", { class: "pool-kind" });
    this.state = h("span", { class: "pool-state" });
    this.clock = h("span", { class: "pool-clock" });
    this.hot = h("span", { class: "chip chip-hot" }, "Hot");
    this.rows = h("div", { class: "rows" });
    this.foot = h("div", { class: "pool-foot" });
    this.controls = h("div", { class: "pool-controls" });
    this.element = h("article", { class: "pool", "data-pool": id, "aria-label": "Pool" },
      h("header", { class: "pool-head" },
        h("div", { class: "pool-names" }, this.title, this.kind),
        h("div", { class: "pool-signs" }, this.hot, this.clock, this.state)),
      this.rows, this.foot, this.controls);
  }

  /** seen: {state, game, now, picked} */
  draw({ state, game, now, picked }) {
    const pool = state.pools[this.id];
    const where = standing(pool, now);
    if (this.element.dataset.standing !== where) this.element.dataset.standing = where;
    setText(this.title, poolTitle(game, pool));
    const action = pool.description ? `${actionName(game, pool.action)} \u00b7 ` : "";
    setText(this.kind, action + KINDS[pool.pool_type][0]);
    setText(this.state, standingWord(where));
    show(this.hot, pool.is_hot && !pool.result);
    const next = nextMoment(pool, now);
    setText(this.clock, next === null ? "" : `${this.what(pool, next)} ${duration(next - now)}`);
    this.drawRows(pool, game, where, picked?.pool === this.id ? picked.target : null);
    this.drawFoot(state, pool, game);
  }

  what(pool, next) {
    if (next === pool.start_at) return "opens in";
    return next === pool.finish_at ? "ends in" : "bets for";
  }

  drawRows(pool, game, where, picked) {
    const names = pool.targets.map((target) => [target, nameOf(game, target)]);
    renderOnce(this.rows, names, () => names.map(([target, name]) => this.row(target, name)));
    for (const line of lines(pool)) {
      const row = this.rows.querySelector(`[data-target="${CSS.escape(line.target)}"]`);
      const [share, amount, price] = ["row-share", "row-amount", "row-odds"].map(
        (one) => row.querySelector(`.${one}`));
      setVariables(row, { "--share": line.share });
      setText(share, percent(line.share));
      setText(amount, isPositive(line.amount) ? money(line.amount, pool.currency) : "no bets yet");
      const before = price.textContent;
      setText(price, pool.result ? (line.isWinner ? "won" : "") : odds(line.odds));
      if (before && before !== price.textContent && !pool.result) this.flash(price);
      row.classList.toggle("is-winner", line.isWinner);
      row.disabled = where !== "open";
      const isPicked = String(line.target === picked);
      if (row.getAttribute("aria-pressed") !== isPicked) row.setAttribute("aria-pressed", isPicked);
    }
  }

  row(target, name) {
    return h("button", {
      type: "button", class: "row", "data-target": target, "aria-pressed": "false",
      onclick: () => this.pick(this.id, target),
    },
    h("span", { class: "row-bar", "aria-hidden": "true" }),
    h("bdi", { class: "row-name" }, name),
    h("span", { class: "row-facts" }, h("span", { class: "row-amount" }),
      h("span", { class: "row-share" })),
    h("span", { class: "row-odds" }));
  }

  flash(element) {
    element.classList.remove("is-moved");
    requestAnimationFrame(() => element.classList.add("is-moved"));
  }

  drawFoot(state, pool, game) {
    const staked = stakedIn(state, this.id);
    const own = pool.result?.own ?? null;
    const counted = pool.bettors ? ` \u00b7 ${pool.bettors} ${pool.bettors === 1 ? "bettor" : "bettors"}` : "";
    const total = `In the pool ${money(pool.total ?? "0", pool.currency)}${counted}`;
    renderOnce(this.foot, [total, staked, own, pool.result, game?.name], () => [
      h("span", { class: "pool-total" }, total),
      isPositive(staked) && !pool.result
        ? h("span", { class: "pool-own" }, `Your stake ${money(staked, pool.currency)}`) : null,
      pool.result ? resultLine(pool, own) : null,
    ]);
  }
}

function resultLine(pool, own) {
  const returned = pool.result.isVoid ? "Void: all stakes went back."
    : pool.result.isReturn ? "All stakes went back." : "";
  if (!own) return returned ? h("span", { class: "pool-result" }, returned) : null;
  const net = subtract(own.returned, own.staked);
  const sign = compare(own.returned, own.staked);
  const words = own.isLate && sign === 0 ? "Too late, your stake came back."
    : sign > 0 ? `You won ${money(net, pool.currency)}`
      : sign < 0 ? `You lost ${money(subtract(own.staked, own.returned), pool.currency)}`
        : returned || "Your stake came back.";
  const kind = sign > 0 ? "is-won" : sign < 0 ? "is-lost" : "";
  return h("span", { class: `pool-result ${kind}` }, words);
}
