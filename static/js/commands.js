// What a person does on the page -> requests to the table, with questions where one asks first.

import { askBuyIn, confirm } from "./dialogs.js";
import { signInAsGuest } from "./session.js";
import { ownSeat } from "./view.js";

export class Commands {
  /** page: {state, connection, toasts}, read at the moment of each command. */
  constructor(page) {
    this.page = page;
    this.wantsBuyIn = false;
  }

  act({ name, value, amount }) {
    const simple = {
      "next-hand": "next_hand", pause: "pause_next_hand", unpause: "unpause_next_hand",
      "sit-out": "sit_out", rabbit: "open_rabbit_hunt_cards",
    };
    if (name.startsWith("action_")) {
      this.page.connection.send(name, amount === null ? {} : { amount }, true);
    } else if (name in simple) this.page.connection.send(simple[name]);
    else this.special(name, value);
  }

  async special(name, value) {
    const { connection } = this.page;
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
      "You leave when the hand is over. Your chips wait here until the game ends.", "Leave")) {
      this.page.connection.send("leave_player");
    }
    if (name === "end-game" && await confirm("End the game?",
      "After this hand everybody is cashed out and the game ends.", "End the game")) {
      this.page.connection.send("end_current_game");
    }
    if (name === "kick") {
      const who = this.page.state.players[value]?.username ?? "this player";
      if (await confirm("Send away?", `${who} has to leave after the hand.`, "Send away")) {
        this.page.connection.send("kick_player_after_game", { payload: { player: Number(value) } });
      }
    }
  }

  startGame() {
    const [game] = this.page.state.config?.allowed_games ?? ["THD"];
    this.page.connection.send("game_start", { game_type: game });
  }

  sit(seat) {
    this.wantsBuyIn = true;
    this.page.connection.send("sit_player", { seat });
  }

  async buyIn() {
    const player = this.page.state.players[this.page.state.me];
    if (!player || !this.page.state.config) return;
    const amount = await askBuyIn(player, this.page.state.config);
    if (amount !== null) this.page.connection.send("buy_in", { amount });
  }

  async signIn() {
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
      if (player && Number(player.stack) === 0) this.buyIn();
    }
  }
}
