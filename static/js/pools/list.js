// The games of all open sources, to choose from.

import { h, renderOnce } from "../dom.js";
import { isLive, statusWord } from "./words.js";

/** Draw the list. choose: (game id) -> nothing. */
export function drawGames(element, state, choose) {
  const sources = Object.entries(state.sources ?? {});
  const shown = Object.entries(state.games).map(([id, game]) => (
    [id, game.name, game.status, game.type, game.currency, game.source_id, id in state.myGames]));
  renderOnce(element, [state.sources, shown, state.game], () => {
    if (state.sources === null) return h("p", { class: "note" }, "Looking for games\u2026");
    const parts = sources.map(([id, source]) => sourcePart(id, source, state, choose));
    const filled = parts.filter(Boolean);
    const title = state.game === null ? [h("h1", { class: "games-title" }, "Games")] : [];
    return filled.length ? [...title, ...filled] : h("div", { class: "empty" },
      h("h2", {}, "No game is open"), h("p", {}, "As soon as one opens, it is listed here."));
  });
}

function sourcePart(id, source, state, choose) {
  const games = Object.entries(state.games).filter(([, game]) => (
    game.source_id === id && game.status !== "game_closed"));
  if (games.length === 0 && !(id in state.mySources)) return null;
  const order = (game) => (isLive(game.status) ? 0 : game.is_upcoming ? 2 : 1);
  games.sort(([, a], [, b]) => order(a) - order(b) || String(a.name).localeCompare(b.name));
  return h("section", { class: "source" },
    h("h2", { class: "source-name" }, h("bdi", {}, source.source_name)),
    source.description ? h("p", { class: "source-text", dir: "auto" }, source.description) : null,
    games.length === 0 ? h("p", { class: "note" }, "No game yet.") : null,
    h("ul", { class: "game-list" }, games.map(([key, game]) => h("li", {}, gameButton(key, game, state, choose)))));
}

function gameButton(id, game, state, choose) {
  return h("button", {
    type: "button", class: "game-button", "data-game": id,
    "aria-current": id === state.game ? "true" : null, onclick: () => choose(id),
  },
  h("bdi", { class: "game-button-name" }, game.name),
  h("span", { class: "game-button-facts" },
    h("span", { class: isLive(game.status) ? "live" : null }, statusWord(game.status)),
    game.type ? h("bdi", {}, game.type) : null,
    h("span", {}, game.currency),
    id in state.myGames ? h("span", { class: "chip" }, "yours") : null));
}
