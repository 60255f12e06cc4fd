// What a person does on the page -> requests to the table, with questions where one asks first.

import { askBuyIn, askChange, confirm } from "./dialogs.js";
import { call, goSignIn, isPerson, session, signInAsGuest } from "./session.js";
import { isRunning, isTournament } from "./tournament.js";
import { ownSeat } from "./view.js";

/** A call names the chips that it adds, a bet or raise the total of the round. */
function moneyOf(name, amount) {
  if (amount === null) return {};
  return name === "action_call" ? { amount } : { total: amount };
}

/** What leaving and ending mean for the money: {leave, end: [title, text, button]}. */
function wordsOf(state) {
  if (!isTournament(state)) {
    return {
      leave: "You leave when the hand is over. Your chips wait here until the game ends.",
      end: ["End the game?", "After this hand everybody is cashed out and the game ends.",
        "End the game"],
    };
  }
  return {
    leave: isRunning(state)
      ? "You are out of the tournament when the hand is over, and your chips leave play."
      : "You do not play in the tournament unless you are back before it starts.",
    end: ["End the tournament?", "After this hand the tournament ends. Who is left is ranked by their "
      + "chips, and the prizes are paid.", "End the tournament"],
  };
}

export class Commands {
  /** page: {state, connection, toasts}, read at the moment of each command. */
  constructor(page) {
    this.page = page;
    this.wantsBuyIn = false;
  }

  act({ name, value, amount }) {
    const simple = {
      "next-hand": "next_hand", pause: "pause_next_hand", unpause: "unpause_next_hand",
      "sit-out": "sit_out", rabbit: "open_rabbit_hunt_cards", straddle: "straddle",
    };
    if (name.startsWith("action_")) {
      this.page.connection.send(name, moneyOf(name, amount), true);
    } else if (name in simple) this.page.connection.send(simple[name]);
    else this.special(name, value);
  }

  async special(name, value) {
    const { connection } = this.page;
    if (name === "send_chat_message") connection.send(name, { payload: { message: value } });
    else if (name === "buy-in") this.buyIn();
    else if (name === "join") connection.send("join", { immediately: value === "true" });
    else if (name === "stand") connection.send("sit_player", { seat: null });
    else if (name === "game-start") this.startGame(value);
    else if (name === "choose-mode") this.chooseMode(value);
    else if (name === "change-bank") this.changeBank(Number(value));
    else if (name === "show-cards") {
      connection.send("show_pocket_cards", { data: { cards: value.split(" ") } });
    } else if (name === "retry") connection.retry();
    else if (name === "lobby") location.assign("/");
    else if (name === "join-table") location.assign(`/join/${this.page.token}`);
    else if (name === "sign-in") this.signIn();
    else if (name === "sign-up") goSignIn("sign-up");
    else if (name === "guest") this.signIn(true);
    else this.askFirst(name, value);
  }

  async askFirst(name, value) {
    const words = wordsOf(this.page.state);
    if (name === "leave" && await confirm("Leave the table?", words.leave, "Leave")) {
      this.page.connection.send("leave_player");
    }
    if (name === "end-game" && await confirm(...words.end)) {
      this.page.connection.send("end_current_game");
    }
    if (name === "kick") {
      const who = this.page.state.players[value]?.username ?? "this player";
      if (await confirm("Send away?", `${who} has to leave after the hand.`, "Send away")) {
        this.page.connection.send("kick_player_after_game", { payload: { player: Number(value) } });
      }
    }
  }

  startGame(wanted) {
    const game = wanted ?? this.page.state.config?.allowed_games?.[0] ?? "THD";
    this.page.connection.send("game_start", { game_type: game });
  }

  /** What is played is chosen over REST; the table tells everybody. */
  async chooseMode(mode) {
    const path = `/api/v1/tables/${encodeURIComponent(this.page.token)}/choose_game_mode/`;
    try {
      await call("POST", path, { game_mode: mode });
    } catch (error) {
      this.page.toasts.tell(error.message, "error");
    }
  }

  /** The host adds to a player's bank or takes from it. */
  async changeBank(player) {
    const record = this.page.state.players[player];
    if (!record) return;
    const amount = await askChange(record);
    if (amount !== null) {
      this.page.connection.send("update_bankroll", { payload: [{ player, amount }] });
    }
  }

  sit(seat) {
    this.wantsBuyIn = true;
    this.page.connection.send("sit_player", { seat });
  }

  async buyIn() {
    const { state } = this.page;
    const player = state.players[state.me];
    if (!player || !state.config) return;
    if (ownSeat(state) === null) {
      this.page.toasts.tell("Take a free seat first. Then you can buy chips.");
      return;
    }
    const amount = await askBuyIn(player, state.config);
    if (amount !== null) this.page.connection.send("buy_in", { amount });
  }

  /** A guest whose sign-in is over becomes another one; all others say who they are. */
  async signIn(asGuest = Boolean(session()) && !isPerson()) {
    if (!asGuest) {
      goSignIn();
      return;
    }
    try {
      await signInAsGuest();
      this.page.connection.retry();
    } catch (error) {
      this.page.toasts.tell(error.message, "error");
    }
  }

  /** Who has just taken a seat and has no chips is asked for them. */
  afterSitting(before) {
    const isSeated = ownSeat(this.page.state) !== null;
    if (this.wantsBuyIn && isSeated && ownSeat(before) === null) {
      this.wantsBuyIn = false;
      const player = this.page.state.players[this.page.state.me];
      if (isTournament(this.page.state)) return;
      if (player && Number(player.stack) === 0) this.buyIn();
    }
  }
}
