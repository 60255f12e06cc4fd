// The table page: puts state, connection and elements together. No game logic of its own.

import "./actions.js";
import { announcement } from "./announce.js";
import "./cards.js";
import { changeText } from "./changes.js";
import { ServerClock } from "./clock.js";
import { Commands } from "./commands.js";
import { TableConnection } from "./connection.js";
import { setText, show } from "./dom.js";
import { newId } from "./ids.js";
import * as moment from "./moment.js";
import { display } from "./money.js";
import "./panel.js";
import { initial, reduce } from "./reducer.js";
import { access, callAsNobody, session } from "./session.js";
import "./stage.js";
import "./toasts.js";
import * as tournament from "./tournament.js";
import { banner, bigBlind, isHost } from "./view.js";
import { LevelBar, showWinners } from "./level.js";

const BEAT_MS = 100;
const LOOK_MS = 500;
const FOUR_COLOURS = "vphost.four-colours";
const NEWS = { player_kicked: "was sent away", player_left: "left the table" };

const $ = (selector) => document.querySelector(selector);

class Page {
  constructor(token) {
    this.token = token;
    this.state = initial;
    this.clock = new ServerClock();
    this.link = "idle";
    this.guests = false;
    this.isDrawn = true;
    this.stage = $("table-stage");
    this.bar = $("action-bar");
    this.panel = $("side-panel");
    this.toasts = $("toast-stack");
    this.live = $("#live");
    this.levelBar = new LevelBar($("#level"));
    this.connection = new TableConnection(this.parts());
    this.commands = new Commands(this);
  }

  parts() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return {
      url: `${scheme}//${location.host}/ws/tables/${encodeURIComponent(this.token)}/`,
      token: access,
      open: (url) => new WebSocket(url),
      now: () => Date.now(),
      later: (wait, what) => {
        const timer = setTimeout(what, wait);
        return () => clearTimeout(timer);
      },
      random: Math.random,
      newId,
      since: () => this.state.seq,
      player: () => this.state.me,
      moment: () => turnOf(this.state),
      onFrame: (frame) => this.heard(frame),
      onStatus: (status, detail) => this.linked(status, detail),
      onUnsent: (action, isKept) => this.unsent(action, isKept),
    };
  }

  start() {
    this.listen();
    if (session()) this.connection.start();
    else this.beStranger();
    setInterval(() => this.beat(), BEAT_MS);
    setInterval(() => this.connection.look(), LOOK_MS);
  }

  /** Nobody is signed in: say how to get in, as a guest only where the host lets guests in. */
  async beStranger() {
    this.linked("stranger");
    const { guests = false } = await callAsNobody("GET", "/api/v1/lobby/tables/").catch(() => ({}));
    this.guests = guests;
    this.draw();
  }

  listen() {
    this.stage.addEventListener("take-seat", (event) => this.commands.sit(event.detail));
    this.bar.addEventListener("act", (event) => this.act(event.detail));
    this.panel.addEventListener("act", (event) => this.commands.act(event.detail));
    this.panel.addEventListener("close-panel", () => this.drawer(false));
    this.panel.addEventListener("unread", () => show($("#drawer .dot"), this.panel.unread > 0));
    $("#drawer").addEventListener("click", () => this.drawer(!isDrawerOpen()));
    $("#shade").addEventListener("click", () => this.drawer(false));
    $("#colours").addEventListener("click", () => fourColours(!isFourColours()));
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("online", () => this.connection.retry());
    window.addEventListener("offline", () => this.connection.lose());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.link === "waiting") this.connection.retry();
    });
    fourColours(isFourColours());
  }

  act(detail) {
    try {
      this.commands.act(detail);
    } catch (error) {
      this.bar.refused();
      throw error;
    }
  }

  /** An action could not be sent: it waits for the connection, or it came too late. */
  unsent(action, isKept) {
    const name = actionWord(action);
    this.toasts.tell(isKept
      ? `No connection: ${name} may not have arrived. It is sent again when you are back.`
      : `${sentence(name)} did not arrive in time and was dropped.`, "error");
  }

  heard(frame) {
    this.clock.heard(frame.timestamp);
    const before = this.state;
    this.state = reduce(before, frame);
    if (this.state.gap && !before.gap) this.connection.fillGap();
    const said = announcement(before, this.state);
    if (said && before.isSynced) setText(this.live, said);
    this.notices(before, frame);
    this.retitle();
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
    if (frame.event === "state_config_updated" && before.isSynced) {
      const said = changeText(before.config ?? {}, this.state.config, frame.payload.takes_effect);
      if (said) this.toasts.tell(said);
    }
    if (frame.event === "current_game_ended" && before.isSynced) {
      this.toasts.tell(tournament.isTournament(before) ? "The tournament is over."
        : "The game is over. Everybody has been cashed out.");
    }
    if (frame.event === "player_leaving" && frame.payload.how === "K" && isHost(this.state)) {
      const name = this.state.players[frame.payload.player]?.username ?? "The player";
      this.toasts.tell(`${name} is sent away when the hand is over.`);
    }
    if (frame.event === "game_mode_chosen" && frame.payload.game_mode === "C") {
      this.toasts.tell("A cash game is played here.");
    }
    if (frame.event === "game_mode_chosen" && frame.payload.game_mode === "T") {
      this.toasts.tell("A sit-n-go tournament is played here.");
    }
    if (this.state.winners && !before.winners) showWinners(this.state);
    this.commands.afterSitting(before);
  }

  linked(given, detail = null) {
    const status = given === "forbidden" && detail?.code === "not_found" ? "unknown" : given;
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
    this.retitle();
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
    this.bar.update(state, now, this.link, this.guests);
    this.panel.update(state);
    this.drawBanner(now);
    this.levelBar.update(state, now);
    setText($("#table-name"), state.config?.name ?? "Table");
    const blinds = tournament.isTournament(state) ? "Sit-n-go" : state.config
      ? `${display(state.config.small_blind)} / ${display(bigBlind(state))}` : "";
    setText($("#table-blinds"), blinds);
    this.shown = this.phase(now);
  }

  /** The title is all that is seen of a hidden tab, which is not drawn: it waits for no frame. */
  retitle() {
    const { hand, me, config } = this.state;
    const name = `${config?.name ?? "Table"} \u00b7 vphost`;
    const isTurn = hand.turn !== null && hand.turn.player === me;
    const isLost = this.link === "waiting" || this.link === "reconnecting";
    const first = isTurn ? isLost ? "No connection" : "Your turn" : null;
    const title = first ? `${first} \u00b7 ${name}` : name;
    if (document.title !== title) document.title = title;
  }

  drawBanner(now) {
    const told = this.state.isSynced ? banner(this.state, now) : null;
    show($("#banner"), told !== null);
    setText($("#banner-text"), told?.text ?? "");
    const seconds = told?.remaining === null || !told ? null : Math.ceil(told.remaining);
    setText($("#banner-count"), seconds === null ? ""
      : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
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
    this.drawBanner(now);
    this.levelBar.update(this.state, now);
    if (this.phase(now) !== this.shown) this.drawNow();
    else this.stage.tick(this.state, now);
    if (this.state.hand.turn?.player !== this.state.me || this.link !== "open") {
      this.bar.update(this.state, now, this.link, this.guests);
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
}

/** What a betting action was meant for: the same hand, round and bets. */
function turnOf({ hand }) {
  return JSON.stringify([hand.id, hand.sequence, hand.street, hand.turn?.player ?? null, hand.bets]);
}

const WORDS = { send_chat_message: "your message", sit_player: "your choice of a seat" };

const actionWord = (action) => WORDS[action]
  ?? `\u201c${action.replace(/^action_/, "").replaceAll("_", " ")}\u201d`;
const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

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
