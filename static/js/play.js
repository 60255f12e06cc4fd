// The table page: puts state, connection and elements together. No game logic of its own.

import "./actions.js";
import { announcement } from "./announce.js";
import "./cards.js";
import { ServerClock } from "./clock.js";
import { TableConnection } from "./connection.js";
import { askBuyIn, confirm } from "./dialogs.js";
import { setText, show } from "./dom.js";
import * as moment from "./moment.js";
import { display } from "./money.js";
import "./panel.js";
import { initial, reduce } from "./reducer.js";
import { session, signInAsGuest } from "./session.js";
import "./stage.js";
import "./toasts.js";
import { bigBlind, ownSeat } from "./view.js";

const BEAT_MS = 100;
const FOUR_COLOURS = "vphost.four-colours";
const NEWS = { player_kicked: "was sent away", player_left: "left the table" };

const $ = (selector) => document.querySelector(selector);

class Page {
  constructor(token) {
    this.token = token;
    this.state = initial;
    this.clock = new ServerClock();
    this.link = "idle";
    this.isDrawn = true;
    this.wantsBuyIn = false;
    this.stage = $("table-stage");
    this.bar = $("action-bar");
    this.panel = $("side-panel");
    this.toasts = $("toast-stack");
    this.live = $("#live");
    this.connection = new TableConnection(this.parts());
  }

  parts() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return {
      url: `${scheme}//${location.host}/ws/tables/${encodeURIComponent(this.token)}/`,
      token: () => session()?.access ?? "",
      open: (url) => new WebSocket(url),
      now: () => Date.now(),
      later: (wait, what) => {
        const timer = setTimeout(what, wait);
        return () => clearTimeout(timer);
      },
      random: Math.random,
      newId: () => crypto.randomUUID(),
      since: () => this.state.seq,
      player: () => this.state.me,
      moment: () => turnOf(this.state),
      onFrame: (frame) => this.heard(frame),
      onStatus: (status, detail) => this.linked(status, detail),
    };
  }

  start() {
    this.listen();
    if (session()) this.connection.start();
    else this.linked("signed-out");
    setInterval(() => this.beat(), BEAT_MS);
  }

  listen() {
    this.stage.addEventListener("take-seat", (event) => this.sit(event.detail));
    this.bar.addEventListener("act", (event) => this.act(event.detail));
    this.panel.addEventListener("act", (event) => this.act(event.detail));
    this.panel.addEventListener("close-panel", () => this.drawer(false));
    this.panel.addEventListener("unread", () => show($("#drawer .dot"), this.panel.unread > 0));
    $("#drawer").addEventListener("click", () => this.drawer(!isDrawerOpen()));
    $("#shade").addEventListener("click", () => this.drawer(false));
    $("#colours").addEventListener("click", () => fourColours(!isFourColours()));
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("online", () => this.connection.retry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.link === "waiting") this.connection.retry();
    });
    fourColours(isFourColours());
  }

  heard(frame) {
    this.clock.heard(frame.timestamp);
    const before = this.state;
    this.state = reduce(before, frame);
    if (this.state.gap && !before.gap) this.connection.fillGap();
    const said = announcement(before, this.state);
    if (said && before.isSynced) setText(this.live, said);
    this.notices(before, frame);
    this.draw();
  }

  notices(before, frame) {
    const { error, gone } = this.state;
    if (error && error !== before.error) {
      this.toasts.tell(error.error_representation ?? error.error ?? "Refused.", "error");
      this.bar.refused();
    }
    if (gone && gone !== before.gone) {
      this.toasts.tell(gone.reason, "info");
      this.connection.stop();
    }
    if (frame.event in NEWS && frame.payload.player !== this.state.me) {
      const name = this.state.players[frame.payload.player]?.username ?? "A player";
      this.toasts.tell(`${name} ${NEWS[frame.event]}.`);
    }
    this.afterSitting(before);
  }

  /** Who has just taken a seat and has no chips is asked for them. */
  afterSitting(before) {
    const isSeated = ownSeat(this.state) !== null;
    if (this.wantsBuyIn && isSeated && ownSeat(before) === null) {
      this.wantsBuyIn = false;
      const player = this.state.players[this.state.me];
      if (player && Number(player.stack) === 0) this.buyIn();
    }
  }

  linked(status) {
    const was = this.link;
    this.link = status;
    if (status === "connecting" || status === "reconnecting") this.clock.restart();
    if (status === "waiting" && was === "open") {
      this.wasLost = true;
      this.toasts.tell("The connection was lost.");
    }
    if (status === "open" && this.wasLost) {
      this.wasLost = false;
      this.toasts.clear();
      this.toasts.tell("You are back.", "good");
    }
    document.body.dataset.link = status;
    setText($("#link"), linkText(status));
    this.draw();
  }

  draw() {
    if (!this.isDrawn) return;
    this.isDrawn = false;
    requestAnimationFrame(() => {
      this.isDrawn = true;
      this.drawNow();
    });
  }

  drawNow() {
    const { state } = this;
    const now = this.clock.now();
    this.stage.update(state, now);
    this.bar.update(state, now, this.link);
    this.panel.update(state);
    setText($("#table-name"), state.config?.name ?? "Table");
    const blinds = state.config
      ? `${display(state.config.small_blind)} / ${display(bigBlind(state))}` : "";
    setText($("#table-blinds"), blinds);
    document.title = this.title();
    this.shown = this.phase(now);
  }

  title() {
    const isTurn = this.state.hand.turn !== null && this.state.hand.turn.player === this.state.me;
    const name = `${this.state.config?.name ?? "Table"} \u00b7 vphost`;
    return isTurn ? `Your turn \u00b7 ${name}` : name;
  }

  /** What the clock alone changes of the picture; another phase is drawn whole. */
  phase(now) {
    const { hand } = this.state;
    const reveal = moment.reveal(hand, now);
    return [reveal?.shown, reveal?.isOver, moment.award(hand, now)?.index].join();
  }

  beat() {
    if (!this.state.isSynced || document.hidden) return;
    const now = this.clock.now();
    if (this.phase(now) !== this.shown) this.drawNow();
    else this.stage.tick(this.state, now);
    if (this.state.hand.turn?.player !== this.state.me || this.link !== "open") {
      this.bar.update(this.state, now, this.link);
    }
  }

  drawer(isOpen) {
    document.body.classList.toggle("drawer-open", isOpen);
    $("#drawer").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      this.panel.choose("chat");
      this.panel.querySelector(".chat-input").focus({ preventScroll: true });
    } else if (this.panel.contains(document.activeElement)) $("#drawer").focus();
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const target = event.target;
    const isTyping = target.matches?.("input[type=text], textarea, select");
    if (event.key === "Escape" && isDrawerOpen()) {
      this.drawer(false);
      return;
    }
    const isFigure = this.bar.figure === target && ["Enter", "Escape"].includes(event.key);
    if (isTyping && !isFigure) return;
    if (event.key === "Enter" && target.matches?.("button, a")) return;
    if (event.key.startsWith("Arrow") && target.matches?.("[role=tab]")) return;
    if (isFigure && event.key === "Enter") this.bar.take();
    if (this.bar.key(event)) event.preventDefault();
  }

  act({ name, value, amount }) {
    const simple = {
      "next-hand": "next_hand", pause: "pause_next_hand", unpause: "unpause_next_hand",
      "sit-out": "sit_out", rabbit: "open_rabbit_hunt_cards",
    };
    if (name.startsWith("action_")) {
      this.connection.send(name, amount === null ? {} : { amount }, true);
    } else if (name in simple) this.connection.send(simple[name]);
    else this.special(name, value);
  }

  async special(name, value) {
    const { connection } = this;
    if (name === "send_chat_message") connection.send(name, { payload: { message: value } });
    else if (name === "buy-in") this.buyIn();
    else if (name === "join") connection.send("join", { immediately: value === "true" });
    else if (name === "stand") connection.send("sit_player", { seat: null });
    else if (name === "game-start") this.startGame();
    else if (name === "show-cards") {
      connection.send("show_pocket_cards", { data: { cards: value.split(" ") } });
    } else if (name === "retry") connection.retry();
    else if (name === "lobby") location.assign("/");
    else if (name === "sign-in") this.signIn();
    else this.askFirst(name, value);
  }

  async askFirst(name, value) {
    if (name === "leave" && await confirm("Leave the table?",
      "You leave when the hand is over. Your chips go back to your bank.", "Leave")) {
      this.connection.send("leave_player");
    }
    if (name === "end-game" && await confirm("End the game?",
      "After this hand everybody is cashed out and the game ends.", "End the game")) {
      this.connection.send("end_current_game");
    }
    if (name === "kick") {
      const who = this.state.players[value]?.username ?? "this player";
      if (await confirm("Send away?", `${who} has to leave after the hand.`, "Send away")) {
        this.connection.send("kick_player_after_game", { payload: { player: Number(value) } });
      }
    }
  }

  startGame() {
    const [game] = this.state.config?.allowed_games ?? ["THD"];
    this.connection.send("game_start", { game_type: game });
  }

  sit(seat) {
    this.wantsBuyIn = true;
    this.connection.send("sit_player", { seat });
  }

  async buyIn() {
    const player = this.state.players[this.state.me];
    if (!player || !this.state.config) return;
    const amount = await askBuyIn(player, this.state.config);
    if (amount !== null) this.connection.send("buy_in", { amount });
  }

  async signIn() {
    try {
      await signInAsGuest();
      this.connection.retry();
    } catch (error) {
      this.toasts.tell(error.message, "error");
    }
  }
}

/** What a betting action was meant for: the same hand, round and bets. */
function turnOf({ hand }) {
  return JSON.stringify([hand.id, hand.sequence, hand.street, hand.turn?.player ?? null, hand.bets]);
}

function linkText(status) {
  if (status === "open") return "Connected";
  if (["connecting", "joining"].includes(status)) return "Connecting";
  return ["waiting", "reconnecting"].includes(status) ? "Reconnecting" : "Not connected";
}

const isDrawerOpen = () => document.body.classList.contains("drawer-open");

const isFourColours = () => localStorage.getItem(FOUR_COLOURS) === "yes";

function fourColours(isOn) {
  localStorage.setItem(FOUR_COLOURS, isOn ? "yes" : "no");
  document.documentElement.classList.toggle("four-colours", isOn);
  $("#colours").setAttribute("aria-pressed", String(isOn));
}

const token = location.pathname.split("/").filter(Boolean).at(-1);
const page = new Page(token);
page.start();
