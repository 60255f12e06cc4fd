// <side-panel>: feed, chat and the people at the table (with the host's controls).

import { h, renderOnce, setText, show } from "./dom.js";
import { add, display, isPositive } from "./money.js";
import { nameOf } from "./reducer.js";
import { hueOf, initials } from "./names.js";
import { isPerson } from "./session.js";
import { startButtons } from "./idle.js";
import { isRunning, isTournament, ordinal, outPlace, termRows } from "./tournament.js";
import { WAITING, isHost, ownSeat } from "./view.js";

export const CHAT_LENGTH = 500;
const TABS = [["feed", "Feed"], ["chat", "Chat"], ["people", "Table"]];

export class SidePanel extends HTMLElement {
  connectedCallback() {
    if (this.tabs) return;
    this.tab = "feed";
    this.unread = 0;
    this.seen = null;
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Side panel" },
      TABS.map(([name, text]) => h("button", {
        type: "button", role: "tab", id: `tab-${name}`, "data-tab": name,
        "aria-controls": `pane-${name}`,
      }, text, name === "chat" ? h("span", { class: "dot", hidden: true }) : null)));
    this.closer = h("button", {
      type: "button", class: "panel-close", "aria-label": "Close the panel",
    }, "\u00d7");
    this.feed = h("ol", { class: "feed", "aria-label": "Hand history" });
    this.chat = h("ol", { class: "chat", role: "log", "aria-label": "Chat" });
    this.input = h("input", {
      type: "text", maxlength: CHAT_LENGTH, placeholder: "Say something", autocomplete: "off",
      "aria-label": "Chat message", class: "chat-input", dir: "auto", enterkeyhint: "send",
    });
    this.form = h("form", { class: "chat-form" }, this.input,
      h("button", { class: "button", type: "submit" }, "Send"));
    this.people = h("div", { class: "people" });
    this.panes = {
      feed: pane("feed", this.feed), chat: pane("chat", this.chat, this.form),
      people: pane("people", this.people),
    };
    this.append(h("div", { class: "panel-head" }, this.tabs, this.closer),
      ...Object.values(this.panes));
    this.listen();
    this.choose("feed");
  }

  listen() {
    this.tabs.addEventListener("click", (event) => {
      const tab = event.target.closest("[data-tab]");
      if (tab) this.choose(tab.dataset.tab);
    });
    this.tabs.addEventListener("keydown", (event) => this.onTabKey(event));
    this.closer.addEventListener("click", () => this.dispatchEvent(new Event("close-panel")));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const message = clean(this.input.value);
      if (!message) return;
      this.emit("send_chat_message", message);
      this.input.value = "";
    });
    this.people.addEventListener("click", (event) => {
      const target = event.target.closest("[data-do]");
      if (target) this.emit(target.dataset.do, target.dataset.value ?? null);
    });
  }

  emit(name, value) {
    this.dispatchEvent(new CustomEvent("act", { detail: { name, value, amount: null } }));
  }

  onTabKey(event) {
    const names = TABS.map(([name]) => name);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.stopPropagation();
    this.choose(names[(names.indexOf(this.tab) + step + names.length) % names.length]);
    this.tabs.querySelector("[aria-selected=true]").focus();
  }

  choose(name) {
    this.tab = name;
    for (const tab of this.tabs.children) {
      const isOn = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(isOn));
      tab.tabIndex = isOn ? 0 : -1;
    }
    for (const [each, element] of Object.entries(this.panes)) show(element, each === name);
    if (name === "chat") this.read();
    this.toEnd(this.chat);
    this.toEnd(this.feed);
  }

  read() {
    this.unread = 0;
    show(this.tabs.querySelector(".dot"), false);
    this.dispatchEvent(new Event("unread"));
  }

  get isChatVisible() {
    return this.tab === "chat" && this.offsetParent !== null;
  }

  update(state) {
    this.appendNew(this.feed, state.feed, feedLine);
    const fresh = this.appendNew(this.chat, state.chat, (entry) => chatLine(entry, state));
    if (fresh > 0 && !this.isChatVisible && this.seen !== null) {
      this.unread += fresh;
      show(this.tabs.querySelector(".dot"), true);
      this.dispatchEvent(new Event("unread"));
    }
    this.seen = state.isSynced ? state.chat.length : null;
    renderOnce(this.people, peopleKey(state), () => peopleView(state));
  }

  /** Append what is new of a list that only grows at its end; returns how many that were. */
  appendNew(list, entries, build) {
    const last = list.lastElementChild?.entry ?? null;
    const from = last === null ? 0 : entries.lastIndexOf(last) + 1;
    const fresh = entries.slice(from);
    if (fresh.length === 0) return 0;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 48;
    if (last !== null && from === 0) list.replaceChildren();
    for (const entry of fresh) {
      const line = build(entry);
      line.entry = entry;
      list.append(line);
    }
    while (list.children.length > 200) list.firstChild.remove();
    if (isAtEnd) this.toEnd(list);
    return fresh.length;
  }

  toEnd(list) {
    list.scrollTop = list.scrollHeight;
  }
}

/** Return a message as it may be sent: no control characters, no blank ends, not too long. */
export function clean(text) {
  return [...text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim()].join("").slice(0, CHAT_LENGTH);
}

function pane(name, ...children) {
  return h("section", {
    class: `pane pane-${name}`, id: `pane-${name}`, role: "tabpanel",
    "aria-labelledby": `tab-${name}`,
  }, ...children);
}

function feedLine(entry) {
  return h("li", {}, entry.parts.map((part) => (
    h(part.kind === "player" ? "bdi" : "span", { class: `part-${part.kind}` }, part.text))));
}

function chatLine(entry, state) {
  const name = entry.username ?? nameOf(state, entry.player);
  const isOwn = entry.player !== null && entry.player === state.me;
  const time = entry.at === null ? null : new Date(entry.at * 1000);
  return h("li", { class: isOwn ? "is-own" : null },
    h("span", { class: "chat-head" },
      h("bdi", { class: "chat-name", vars: { "--hue": hueOf(name) } }, name),
      time && h("time", { datetime: time.toISOString() },
        time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }))),
    h("bdi", { class: "chat-text", dir: "auto" }, entry.message));
}

function peopleKey(state) {
  const { players, seats, me, host, config, endAfter, hand, gameMode } = state;
  const asked = hand.acts[me]?.action === "straddle";
  const award = hand.award && [hand.award.is_winners_award_timer_paused,
    hand.award.show_next_game_button];
  return [players, seats, me, host, config, endAfter, hand.id !== null, hand.isRunning, award, gameMode, asked,
    state.tournament];
}

function peopleView(state) {
  const here = Object.values(state.players)
    .filter((player) => !["L", "K"].includes(player.status))
    .sort((a, b) => place(state, a) - place(state, b));
  return [ownView(state), hostView(state), linkView(state), h("ul", { class: "people-list" },
    here.map((player) => personView(state, player))), configView(state)];
}

const place = (state, player) => (state.seats.indexOf(player.id) + 10) % 10;

function command(name, text, value = null, kind = "") {
  return h("button", {
    type: "button", class: `button ${kind}`, "data-do": name, "data-value": value,
  }, text);
}

function ownView(state) {
  const seat = ownSeat(state);
  if (seat === null) return standingView(state);
  if (isTournament(state)) {
    return h("div", { class: "people-own" }, isRunning(state) ? null : command("stand", "Stand up"),
      command("leave", "Leave table", null, "button-danger"));
  }
  const status = state.players[state.me]?.joinStatus ?? "";
  const { hand, config } = state;
  const isCrowd = state.seats.filter((each) => each !== null).length > 2;
  const canAsk = isCrowd && hand.id !== null && !hand.isRunning && String(config?.straddles) === "true"
    && hand.acts[state.me]?.action !== "straddle";
  return h("div", { class: "people-own" },
    command("buy-in", "Buy chips"),
    WAITING.has(status) ? command("join", "Deal me in", "true")
      : command("sit-out", "Sit out"),
    command("stand", "Stand up"), command("leave", "Leave table", null, "button-danger"),
    canAsk ? command("straddle", "Straddle") : null);
}

/** Who stands keeps chips and bank until the game ends, and may leave. */
function standingView(state) {
  const player = state.players[state.me];
  if (!player) return null;
  if (isTournament(state)) {
    return h("div", { class: "people-own" },
      h("p", { class: "hint people-note" }, "You are not seated."),
      command("leave", "Leave table", null, "button-danger"));
  }
  const chips = add(player.stack, player.delayed);
  const kept = isPositive(chips) || isPositive(player.bank)
    ? ` Your chips wait for you: ${display(chips)} on the table, ${display(player.bank)} in your bank.` : "";
  return h("div", { class: "people-own" },
    h("p", { class: "hint people-note" }, `You are not seated.${kept}`),
    command("buy-in", "Buy chips"), command("leave", "Leave table", null, "button-danger"));
}

const LEAVING = { L: "leaves after this hand", K: "is sent away after this hand" };

function hostView(state) {
  if (!isHost(state)) return null;
  const { hand } = state;
  const buttons = [];
  if (hand.id === null) {
    buttons.push(...startButtons(state).map(({ name, text, value, isMain }) => (
      command(name, text, value, isMain ? "button-main" : ""))));
  }
  if (hand.award?.show_next_game_button) buttons.push(command("next-hand", "Next hand"));
  const pausing = state.config?.tournament_settings?.pausing ?? "true";
  if (hand.award && (!isTournament(state) || String(pausing) === "true")) {
    buttons.push(hand.award.is_winners_award_timer_paused ? command("unpause", "Go on")
      : command("pause", "Pause"));
  }
  if (hand.id !== null) {
    const game = isTournament(state) ? "tournament" : "game";
    buttons.push(state.endAfter ? h("span", { class: "hint" }, `The ${game} ends after this hand.`)
      : command("end-game", `End the ${game}`, null, "button-danger"));
  }
  return h("div", { class: "people-host" }, h("h3", {}, "You host this table"),
    h("div", { class: "button-row" }, buttons));
}

/** The table's own page: settings and invitation for the host, statistics for all players. */
function linkView(state) {
  if (!isPerson() && !isHost(state)) return null;
  const token = location.pathname.split("/")[2];
  return h("a", { class: "button", href: `/tables/${token}/`, target: "_blank", rel: "noopener" },
    isHost(state) ? "Settings, invitation, statistics" : "Players and statistics");
}

function personView(state, player) {
  const seat = state.seats.indexOf(player.id);
  const name = nameOf(state, player.id);
  const out = outPlace(state, player.id);
  const notes = [
    out === null ? null : `out, ${ordinal(out)} place`,
    seat >= 0 ? `Seat ${seat + 1}` : "Watching", player.id === state.host ? "host" : null,
    player.status === "D" ? "away" : null, LEAVING[player.leaving] ?? null,
  ];
  const canKick = isHost(state) && player.id !== state.me && seat >= 0 && !player.leaving;
  const canChange = isHost(state) && seat >= 0 && state.config?.funding !== "wallet";
  return h("li", { class: "person" },
    h("span", { class: "mini-avatar", vars: { "--hue": hueOf(name) }, "aria-hidden": "true" },
      initials(name)),
    h("span", { class: "person-text" }, h("bdi", { class: "person-name" }, name),
      h("span", { class: "hint" }, notes.filter(Boolean).join(" \u00b7 "))),
    h("span", { class: "person-money" },
      seat >= 0 || isPositive(player.stack) ? display(player.stack) : ""),
    canChange ? h("button", {
      type: "button", class: "kick change", "data-do": "change-bank", "data-value": player.id,
      "aria-label": `Change the bank of ${name}`, title: `Bank ${display(player.bank)}: change it`,
    }, "\u00b1") : null,
    canKick ? h("button", {
      type: "button", class: "kick", "data-do": "kick", "data-value": player.id,
      "aria-label": `Kick ${name}`, title: "Kick after the hand",
    }, "\u00d7") : null);
}

function configView(state) {
  const { config } = state;
  if (!config) return null;
  const stakes = isTournament(state) && config.tournament_settings ? termRows(state) : [
    ["Blinds", `${display(config.small_blind)} / ${display(config.big_blind)}`],
    isPositive(config.ante) ? ["Ante", display(config.ante)] : null,
    ["Buy-in", `${display(config.min_buy_in)} \u2013 ${display(config.max_buy_in)}`],
  ];
  const rows = [
    ...stakes,
    ["Time to act", `${config.turn_time_limit} s + ${config.timebank_limit} s`],
    ["Currency", config.currency],
  ];
  return h("dl", { class: "config" }, rows.filter((row) => row && row[1]).map(([name, value]) => (
    h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
}

customElements.define("side-panel", SidePanel);
