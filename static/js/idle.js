// What the action bar says and offers while it is not the viewer's turn. Pure.

import { GAMES } from "./games.js";
import * as moment from "./moment.js";
import { isPositive } from "./money.js";
import { nameOf } from "./reducer.js";
import { isRunning, isTournament, ordinal, outPlace, termLine } from "./tournament.js";
import { WAITING, isHost, mayStraddle, ownSeat } from "./view.js";

const LINKS = {
  connecting: "Connecting\u2026", joining: "Connecting\u2026", reconnecting: "Reconnecting\u2026",
  waiting: "Connection lost. Reconnecting\u2026", taken: "You play in another window.",
  "signed-out": "Please sign in again.", forbidden: "You may not enter this table.",
  stranger: "Sign in to see this table and to play.", unknown: "There is no table with this code.",
  stopped: "You left the table.",
};

const offer = (name, text, isMain = false, value = null) => ({ name, text, isMain, value });

/** Return {line, buttons: [{name, text, isMain, value}]}. */
export function idleView(state, now, link, guests = false) {
  if (link !== "open") return { line: LINKS[link] ?? "", buttons: linkButtons(link, guests) };
  const seat = ownSeat(state);
  const buttons = [...hostButtons(state), ...afterHand(state, now)];
  if (seat === null) {
    return { line: `${standing(state)}${situation(state, now)}`, buttons };
  }
  const player = state.players[state.me];
  if (player.leaving) {
    return { line: `You are gone when the hand is over. ${situation(state, now)}`, buttons };
  }
  if (isTournament(state)) return { line: tournamentLine(state, now), buttons };
  if (!isPositive(player.stack) && !isPositive(player.delayed) && !isAllIn(state)) {
    buttons.push(offer("buy-in", player.hasBuyIn ? "Buy more chips" : "Buy in", true));
    const line = state.hand.id === null ? "No game is running. Buy in for the next one."
      : "You have no chips on the table.";
    return { line, buttons };
  }
  if (WAITING.has(player.joinStatus)) {
    const isNew = player.joinStatus.startsWith("NEW");
    buttons.push(offer("join", isNew ? "Play now (post)" : "I\u2019m back, deal me in", true, "true"),
      offer("join", "Wait for the big blind", false, "false"));
    return { line: isNew ? "A hand is being played." : "You are sitting out.", buttons };
  }
  return { line: situation(state, now), buttons };
}

/** Who is out says so first; nobody buys chips, sits out or comes back in. */
function tournamentLine(state, now) {
  const place = outPlace(state, state.me);
  if (place !== null) return `You are out in ${ordinal(place)} place. ${situation(state, now)}`;
  const isIn = !isRunning(state) || state.tournament.entrants.includes(state.me);
  return isIn ? situation(state, now) : `You do not play in this tournament. ${situation(state, now)}`;
}

function isAllIn(state) {
  const { hand, me } = state;
  return hand.isRunning && hand.cards[me] !== undefined && !hand.folded.includes(me);
}

function standing(state) {
  if (isTournament(state) && isRunning(state)) return "You are watching. ";
  const isFull = state.seats.every((player) => player !== null);
  return isFull ? "You are watching. " : "Take a free seat to play. ";
}

function linkButtons(link, guests) {
  if (link === "stranger") {
    return [offer("sign-in", "Sign in", true), offer("sign-up", "Sign up"),
      ...(guests ? [offer("guest", "Play as a guest")] : [])];
  }
  if (link === "unknown") return [offer("lobby", "To the lobby", true)];
  if (link === "waiting") return [offer("retry", "Try now", true)];
  if (link === "taken") return [offer("retry", "Play here", true)];
  if (link === "signed-out") return [offer("sign-in", "Sign in", true)];
  if (link === "forbidden") {
    return [offer("join-table", "Join this table", true), offer("lobby", "To the lobby")];
  }
  if (link === "stopped") return [offer("lobby", "To the lobby", true)];
  return [];
}

function hostButtons(state) {
  if (!isHost(state)) return [];
  const { hand } = state;
  if (hand.id === null) return startButtons(state);
  if (hand.award?.show_next_game_button) return [offer("next-hand", "Deal the next hand", true)];
  return [];
}

/** Game modes that the protocol names; others come with plugins. */
const MODES = { C: "Play a cash game", T: "Play a sit-n-go tournament", TD: "Direct a tournament" };

/** What the host may begin with: one button for each game that the table allows. */
export function startButtons(state) {
  if (state.gameMode === "UNDEFINED") {
    return state.gameModes.map((mode, index) => (
      offer("choose-mode", MODES[mode] ?? `Play ${mode}`, index === 0, mode)));
  }
  const games = state.config?.allowed_games ?? [];
  const all = isTournament(state) ? "Start tournament" : "Start the game";
  if (games.length < 2) return [offer("game-start", all, true, games[0] ?? null)];
  const start = isTournament(state) ? "Start tournament:" : "Start";
  return games.map((game, index) => (
    offer("game-start", `${start} ${GAMES[game] ?? game}`, index === 0, game)));
}

function afterHand(state, now) {
  const { end, cards, shown } = state.hand;
  if (!end || moment.award(state.hand, now) === null) return [];
  const own = cards[state.me] ?? [];
  const buttons = [];
  const visible = shown[state.me]?.visible ?? [];
  if (end.can_show_cards.includes(state.me) && own.every(Boolean) && own.length > 0) {
    own.forEach((card, index) => {
      if (!visible[index]) buttons.push(offer("show-cards", `Show ${pretty(card)}`, false, card));
    });
    if (!visible.some(Boolean)) {
      buttons.push(offer("show-cards", own.length > 2 ? "Show all" : "Show both", false, own.join(" ")));
    }
  }
  if (mayStraddle(state)) buttons.push(offer("straddle", "Straddle the next hand"));
  if (end.can_call_rabbit_hunt.includes(state.me)) {
    buttons.push(offer("rabbit", "Rabbit hunt"));
  }
  return buttons;
}

const SUITS = { C: "\u2663", D: "\u2666", H: "\u2665", S: "\u2660" };
const pretty = (card) => `${card.slice(0, -1)}${SUITS[card.at(-1)]}`;

/** Return one line about the hand, for who is not to act. */
export function situation(state, now) {
  const { hand } = state;
  if (hand.id === null) {
    if (isHost(state) && state.gameMode === "UNDEFINED") return "Choose what is played here.";
    if (isTournament(state)) return tournamentTerms(state);
    return isHost(state) ? "Start when two or more have chips."
      : "Waiting for the host to start the game.";
  }
  if (hand.turn) return `${nameOf(state, hand.turn.player)} is to act.`;
  const running = moment.reveal(hand, now);
  if (running && !running.isOver) return "All-in. The board is being turned.";
  const next = moment.nextHand(hand, now);
  if (next) return waitText(state, next);
  return hand.end ? "The hand is over." : "";
}

function tournamentTerms(state) {
  const start = isHost(state) ? "Start when two or more sit." : "The host starts the tournament.";
  return state.config?.tournament_settings ? `${termLine(state)}. ${start}` : start;
}

function waitText(state, next) {
  const game = isTournament(state) ? "tournament" : "game";
  if (state.hand.award.show_next_game_button) return "Waiting for players.";
  if (next.isPaused) return `The host paused the ${game}.`;
  if (next.remaining === null) return "The hand is over.";
  const seconds = Math.ceil(next.remaining);
  const what = state.hand.award.post_event === "game_start" ? "Next hand" : `The ${game} ends`;
  return seconds > 0 ? `${what} in ${seconds}` : `${what} now`;
}
