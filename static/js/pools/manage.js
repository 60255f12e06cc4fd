// Governing a game: events, pools, blocking, results, admins, closing.

import { h, renderOnce, show } from "../dom.js";
import { nameOf, paths, standing } from "./reducer.js";
import { careful, check, field, form, input, select } from "./forms.js";
import { actionName, KINDS, poolTitle, standingWord } from "./words.js";

/** parts: {ask(op, fields) -> message or null, now(), tell(text)} */
export class Manage {
  constructor(element, parts) {
    this.element = element;
    this.parts = parts;
  }

  draw({ state, game, now, isManaging }) {
    show(this.element, isManaging);
    if (!isManaging || !game?.targets) return;
    this.game = game;
    this.id = state.game;
    renderOnce(this.element, [state.game, game.targets, game.actions], () => this.build());
    this.drawPools(state, now);
  }

  send(op, fields = {}) {
    return this.parts.ask(op, { game_id: this.id, ...fields });
  }

  build() {
    const targets = paths(this.game.targets);
    const actions = Object.entries(this.game.actions).map(([id, one]) => [id, one.name]);
    this.pools = h("div", { class: "manage-pools" });
    return [
      this.eventForm(actions, targets), this.poolForm(actions, targets),
      h("section", { class: "manage-form" }, h("h3", {}, "Pools that run"), this.pools),
      this.actionForm(actions), this.detailsForm(), this.adminForm(),
      h("section", { class: "manage-form" }, h("h3", {}, "End of the game"),
        h("p", { class: "hint" }, "Pools without a result are settled first; those that people decide have to be decided before."),
        careful("Close the game", () => this.closeGame())),
    ];
  }

  eventForm(actions, targets) {
    const action = select(actions, { name: "event-action" });
    const leaves = targets.filter((one) => one.isLeaf && one.path !== "none");
    const target = select(leaves.map((one) => [one.path, one.name]), { name: "event-target" });
    return form("Something has happened", [field("What", action), field("Who", target)], "Register", () => (
      this.send("register_game_event", { action_id: action.value, target_id: target.value })), { id: "event-form" });
  }

  poolForm(actions, targets) {
    const description = input({ maxlength: 512, placeholder: "Who scores next?" });
    const kind = select(Object.entries(KINDS).map(([id, [name, what]]) => [id, `${name}: ${what}`]));
    const action = select(actions);
    const sides = this.sides(targets);
    const seconds = (name) => input({ type: "number", min: 0, inputmode: "numeric", placeholder: "\u2013", name });
    const [start, stop, finish] = [seconds("start"), seconds("stop"), seconds("finish")];
    const [again, isAgain] = check("Open it again when it ends");
    const [hot, isHot] = check("Hot");
    const [blocked, isBlocked] = check("Paused at first");
    const takeout = input({ type: "number", min: 0, max: 50, step: "0.01", placeholder: "0" });
    const at = (one) => (one.value === "" ? null : this.parts.now() + Number(one.value) * 1000);
    return form("Open a pool", [
      field("Question", description, true), field("Kind", kind, true), field("About", action), sides.element,
      field("Opens in, seconds", start), field("Bets stop after, seconds", stop),
      field("Ends after, seconds", finish), field("House share, %", takeout),
      h("div", { class: "field is-wide checks" }, hot, blocked, again),
    ], "Open the pool", async () => {
      const made = await this.send("create_and_open_betting_pool", {
        description: description.value.trim() || null, action: action.value, targets: sides.chosen(),
        pool_type: Number(kind.value), start_at: at(start), finish_at: at(finish),
        stop_accepting_bets_at: at(stop), recreate_on_end: isAgain.checked,
        is_blocked: isBlocked.checked, is_hot: isHot.checked,
        rules: { takeout_bp: Math.round(Number(takeout.value || 0) * 100) },
      });
      if (made) {
        description.value = "";
        this.parts.tell("The pool is open.");
      }
    }, { id: "pool-form" });
  }

  /** All targets of one level, as boxes; the level is chosen first. */
  sides(targets) {
    const levels = [...new Set(targets.map((one) => one.level))];
    const level = select(levels.map((one) => [one, one === 1 ? "Top" : `${one} deep`]));
    const boxes = h("div", { class: "checks" });
    const fill = () => boxes.replaceChildren(...targets
      .filter((one) => one.level === Number(level.value) && one.path !== "none")
      .map((one) => check(one.name, { value: one.path, checked: true })[0]));
    level.addEventListener("change", fill);
    fill();
    return {
      element: h("fieldset", { class: "field is-wide sides" }, h("legend", {}, "Sides"),
        levels.length > 1 ? field("Level", level) : null, boxes),
      chosen: () => [...boxes.querySelectorAll("input:checked")].map((box) => box.value),
    };
  }

  actionForm(actions) {
    const action = select(actions);
    return h("section", { class: "manage-form" }, h("h3", {}, "All pools of one kind of event"),
      h("div", { class: "fields" }, field("About", action)),
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "button", onclick: () => this.send("block_betting_for_game_and_action", { action: action.value }) }, "Pause betting"),
        h("button", { type: "button", class: "button", onclick: () => this.send("allow_betting_for_game_and_action", { action: action.value }) }, "Let them bet")));
  }

  detailsForm() {
    const actions = input({ placeholder: "Corner, Red card" });
    const targets = input({ placeholder: "Argentina:11, Brazil:10" });
    return form("Add to the game", [field("Events", actions), field("Targets", targets)], "Add", async () => {
      const done = await this.send("update_game_details", { actions: listOf(actions.value), targets: listOf(targets.value) });
      if (done) await this.send("get_game_details");
    });
  }

  adminForm() {
    const name = input({ maxlength: 64, required: true });
    return form("Another admin", [field("Username", name)], "Appoint", async () => {
      const done = await this.send("appoint_admin_for_game_by_username", { username: name.value.trim() });
      if (done) this.parts.tell(`${done.username} may govern this game now.`);
    });
  }

  async closeGame() {
    const done = await this.send("close_game");
    if (done) this.parts.tell(done.pool_id
      ? "No more bets. The game closes when all its pools are resolved." : "The game is closed.");
  }

  drawPools(state, now) {
    const running = Object.values(state.pools).filter((pool) => !pool.result);
    const key = running.map((pool) => [pool.pool_id, standing(pool, now), pool.is_blocked, pool.is_hot]);
    renderOnce(this.pools, key, () => (running.length
      ? running.map((pool) => this.poolRow(pool, standing(pool, now)))
      : h("p", { class: "note" }, "No pool is running.")));
  }

  poolRow(pool, where) {
    const { pool_id: id } = pool;
    const winner = select(pool.targets.map((one) => [one, nameOf(this.game, one)]), { "aria-label": "Result" });
    const ask = (op, fields = {}) => this.parts.ask(op, { pool_id: id, ...fields });
    const title = poolTitle(this.game, pool);
    return h("div", { class: "manage-pool", "data-pool": id },
      h("p", { class: "manage-pool-name" }, h("b", { dir: "auto" }, title),
        h("span", { class: "hint" }, `${actionName(this.game, pool.action)} \u00b7 ${standingWord(where)}`)),
      h("div", { class: "buttons" },
        pool.is_blocked
          ? h("button", { type: "button", class: "button", onclick: () => ask("allow_betting_in_pool") }, "Resume")
          : h("button", { type: "button", class: "button", onclick: () => ask("block_betting_in_pool") }, "Pause"),
        pool.is_hot ? null : h("button", { type: "button", class: "button", onclick: () => ask("suggest_hot_betting_pool") }, "Mark hot"),
        winner,
        careful("Decide", () => ask("resolve_betting_pool", { target: winner.value }), { class: "button" }),
        careful("Void", () => ask("resolve_betting_pool", { void: true }))));
  }
}

/** Return the names of a text divided by commas. */
export const listOf = (value) => value.split(",").map((one) => one.trim()).filter(Boolean);

/** The forms of somebody who may open sources. parts: {ask, tell, done(), currencies()} */
export class Desk {
  constructor(parts) {
    this.parts = parts;
  }

  build(state, currencies) {
    const sources = Object.entries(state.mySources);
    return [
      h("h2", { class: "desk-title" }, "Run games"),
      sources.length ? this.gameForm(sources, currencies) : null,
      state.mayOpen ? this.sourceForm() : null,
      sources.length ? this.closing(sources) : null,
    ].filter(Boolean);
  }

  sourceForm() {
    const name = input({ maxlength: 128, required: true });
    const description = input({ maxlength: 512 });
    return form("Open a source", [field("Name", name), field("What it is about", description)], "Open the source", async () => {
      const done = await this.parts.ask("open_game_source", { source_name: name.value.trim(), description: description.value.trim() || null });
      if (done) this.parts.done();
    }, { id: "source-form" });
  }

  gameForm(sources, currencies) {
    const source = select(sources.map(([id, one]) => [id, one.source_name]));
    const name = input({ maxlength: 128, required: true, placeholder: "Argentina \u2013 Brazil" });
    const type = input({ maxlength: 128, placeholder: "football" });
    const currency = select(currencies.map((code) => [code, code]));
    const actions = input({ required: true, placeholder: "Goal, Corner" });
    const targets = h("textarea", { class: "control", required: true, rows: 4, placeholder: "Argentina\nArgentina:Messi\nBrazil\nBrazil:Neymar" });
    return form("Create a game", [
      field("Source", source), field("Name", name), field("Kind", type), field("Currency", currency),
      field("What can happen", actions, true),
      field("To whom: one a line, a colon for what lies below", targets, true),
    ], "Create and open", async () => {
      const made = await this.parts.ask("create_and_open_game", {
        source_id: source.value, game_name: name.value.trim(), type: type.value.trim(),
        currency: currency.value, actions: listOf(actions.value),
        targets: listOf(targets.value.replaceAll("\n", ",")),
      });
      if (!made) return;
      await this.parts.ask("become_an_admin_for_game", { game_id: made.game_id });
      this.parts.done(made.game_id);
    }, { id: "game-form" });
  }

  closing(sources) {
    return h("section", { class: "manage-form" }, h("h3", {}, "Close a source"),
      h("p", { class: "hint" }, "Its games are closed with it."),
      sources.map(([id, one]) => h("p", { class: "closing" }, h("bdi", {}, one.source_name),
        careful("Close", async () => {
          if (await this.parts.ask("close_game_source", { source_id: id })) this.parts.done();
        }))));
  }
}
