// The page's arithmetic: money, bet sizes, pots, feed lines, clocks, places.

import assert from "node:assert/strict";
import { test } from "node:test";

import { announcement } from "../../static/js/announce.js";
import * as betting from "../../static/js/betting.js";
import { ServerClock } from "../../static/js/clock.js";
import { nameOf, parse } from "../../static/js/deck.js";
import { buyInRange } from "../../static/js/dialogs.js";
import { parts, plain } from "../../static/js/feed.js";
import { idleView } from "../../static/js/idle.js";
import * as moment from "../../static/js/moment.js";
import * as money from "../../static/js/money.js";
import { hueOf, initials } from "../../static/js/names.js";
import { sidePots } from "../../static/js/pots.js";
import { emptyHand } from "../../static/js/reduce/hand.js";
import { initial, reduce } from "../../static/js/reducer.js";
import {
  BET, BUTTON, betOffset, buttonOffset, clearOfBoard, placeOf, places,
} from "../../static/js/seating.js";
import { seatCount, seatView } from "../../static/js/view.js";
import { AWARD, END, SCENARIO, START, TURN, frame, gameState, privateData } from "./frames.mjs";

test("money adds exactly where floating point does not", () => {
  assert.equal(money.add("0.1", "0.2"), "0.3");
  assert.equal(money.add("90071992547409.91", "0.01"), "90071992547409.92");
  assert.equal(money.subtract("1.00", "2.50"), "-1.5");
  assert.equal(money.compare("10", "9.99"), 1);
});

test("money is shown grouped, with cents only where there are any", () => {
  assert.equal(money.display("1234567.00"), "1\u202f234\u202f567");
  assert.equal(money.display("12.5"), "12.50");
  assert.equal(money.display(null), "0");
  assert.equal(money.display(1250.5), "1\u202f250.50");
  assert.equal(money.display(2.5e-7), "0.00000025");
  assert.equal(money.written(1250.5), "1250.50");
  assert.equal(money.fixed(350, 2), "3.50");
  assert.equal(money.fixed(5, 2), "0.05");
  assert.equal(money.fixed(5, 0), "5");
});

test("what is no amount counts as nothing", () => {
  for (const text of ["", null, undefined, "1e5", "NaN", "--1", "1.2.3"]) assert.equal(money.units(text), 0n);
});

const turn = (fields) => ({ ...TURN, ...fields });

test("half the pot raises by half of what lies there after the call", () => {
  const choice = betting.options(turn({ call_amount: "4.00", bet: "0.00", min_total: "8.00", max_total: "90.00" }), "12.00", "0.50");
  assert.equal(betting.ofPot(choice, 0.5), 1200);
  assert.equal(betting.ofPot(choice, 1), 2000);
  assert.deepEqual(betting.presets(choice).map((each) => each.amount), [800, 1200, 2000, 9000]);
});

test("a raise is thought of as a total, whatever lies there already", () => {
  const choice = betting.options(turn({
    call_amount: "1.00", bet: "1.00", min_amount: "3.00", max_amount: "39.00",
    min_total: "4.00", max_total: "40.00",
  }), "3.00", "2.00");
  assert.deepEqual([choice.call, choice.min, choice.max], [100, 400, 4000]);
  assert.equal(betting.ofPot(choice, 1), 600);
});

test("presets stay within what is legal", () => {
  const choice = betting.options(turn({ min_total: "8.00", max_total: "9.00" }), "100.00", "0.50");
  assert.deepEqual(betting.presets(choice).map((each) => each.amount), [800, 900, 900, 900]);
});

test("no raise, no presets", () => {
  const choice = betting.options(turn({ available_actions: ["action_fold", "action_call"], min_total: null, max_total: null }), "1", "0.5");
  assert.equal(choice.raise, null);
  assert.deepEqual(betting.presets(choice), []);
});

test("the slider reaches both ends exactly and never leaves them", () => {
  const choice = betting.options(turn({ min_total: "1.03", max_total: "39.97" }), "3", "0.50");
  assert.equal(betting.fromSlider(0, choice), 103);
  assert.equal(betting.fromSlider(1000, choice), 3997);
  for (let position = 0; position <= 1000; position += 7) {
    const amount = betting.fromSlider(position, choice);
    assert.ok(amount >= 103 && amount <= 3997);
  }
  assert.equal(betting.toSlider(103, choice), 0);
  assert.equal(betting.toSlider(3997, choice), 1000);
});

test("steps go by big blinds and stop at the ends", () => {
  const choice = betting.options(turn({ min_total: "1.00", max_total: "2.20" }), "3", "0.50");
  assert.equal(betting.stepped(100, 1, choice), 150);
  assert.equal(betting.stepped(200, 1, choice), 220);
  assert.equal(betting.stepped(220, -1, choice), 200);
  assert.equal(betting.stepped(100, -1, choice), 100);
});

test("typed amounts: comma or point, not too precise, nothing else", () => {
  assert.equal(betting.parseTyped("12,5", 2), 1250);
  assert.equal(betting.parseTyped(" 1 000.25 ", 2), 100025);
  for (const bad of ["", "-1", "1.005", "1e3", "abc", "1.2.3"]) assert.equal(betting.parseTyped(bad, 2), null);
});

test("pots: one all-in makes a side pot, folded money stays in", () => {
  assert.deepEqual(sidePots({ 1: "10", 2: "30", 3: "30", 4: "5" }, [4]), [
    { amount: "35", players: [1, 2, 3] }, { amount: "40", players: [2, 3] },
  ]);
  assert.deepEqual(sidePots({}, []), []);
  assert.deepEqual(sidePots({ 1: "2", 2: "6" }, [2]), [{ amount: "8", players: [1] }]);
});

test("feed lines: names, seats from 1, money, hands", () => {
  const message = {
    message_template: "{{1}} took seat {{2}} with {{3}}.",
    body: {
      1: { type: "PLAYER", player_id: 4 }, 2: { type: "SEAT", seat: 0 },
      3: { type: "MONEY", amount: "40.00", game_mode: "C" },
    },
  };
  assert.equal(plain(parts(message, (id) => `p${id}`)), "p4 took seat 1 with 40.");
});

const revealing = (before) => ({ ...emptyHand, community: SCENARIO.final_community_cards.slice(0, before), scenario: { ...SCENARIO, kind: "all_in_scenario", boardBefore: before } });

test("a reveal before the flop: three at once, then one, then one", () => {
  const shown = (now) => moment.reveal(revealing(0), now).shown;
  assert.deepEqual([1000, 1002.9, 1003, 1004.9, 1005, 1006.9, 1007].map(shown), [0, 0, 3, 3, 4, 4, 5]);
  assert.equal(moment.reveal(revealing(0), 1000.5).isAnnouncing, true);
  assert.equal(moment.reveal(revealing(0), 1004).next, "turn");
  assert.equal(moment.reveal(revealing(0), 1004).remaining, 1);
  assert.deepEqual(moment.reveal(revealing(0), 1004).names, { 1: "f" });
});

test("a reveal after the flop keeps what lies open", () => {
  assert.deepEqual(moment.board(revealing(3), 1000), ["4C", "5D", "9H", null, null]);
  assert.deepEqual(moment.board(revealing(3), 1007), SCENARIO.final_community_cards.slice(0, 3));
});

test("pots are awarded one after the other, then all together", () => {
  const end = {
    ...END, side_pots_evaluation_expiration: 1008,
    winners: [{ ...END.winners[0], winners: [2] }, { ...END.winners[0], pot_id: 1, winners: [1] }],
  };
  const hand = { ...emptyHand, end };
  const who = (now) => [...moment.winners(hand, now).players];
  assert.deepEqual([1000, 1003.9, 1004, 1007.9, 1008].map(who), [[2], [2], [1], [1], [2, 1]]);
});

test("the turn clock runs down, then the timebank", () => {
  assert.deepEqual(moment.turnClock(TURN, 1015), { share: 0.5, remaining: 15, isTimebank: false });
  assert.deepEqual(moment.turnClock(TURN, 1060), { share: 0.5, remaining: 30, isTimebank: true });
  assert.equal(moment.turnClock(TURN, 2000).remaining, 0);
  assert.equal(moment.turnClock(null, 1), null);
});

test("the server's clock: the freshest frame counts, a late one does not", () => {
  let local = 100;
  const clock = new ServerClock(() => local);
  clock.heard(1100.5);
  local = 105;
  clock.heard(1104);
  assert.equal(clock.now(), 1105.5);
  clock.heard(Number.NaN);
  assert.equal(clock.now(), 1105.5);
});

test("places: the own one at the bottom, all on the stage, none on another", () => {
  for (const isPortrait of [true, false]) {
    for (let count = 2; count <= 9; count += 1) {
      const spots = places(count, isPortrait);
      assert.ok(Math.abs(spots[0].x - 50) < 0.5 && spots[0].y > 80);
      spots.forEach((spot, index) => {
        assert.ok(spot.x > 5 && spot.x < 95 && spot.y > 5 && spot.y < 95);
        const next = spots[(index + 1) % count];
        assert.ok(Math.hypot(spot.x - next.x, spot.y - next.y) > 12);
      });
    }
  }
  assert.deepEqual([3, 4, 5, 0, 1, 2].map((seat) => placeOf(seat, 3, 6)), [0, 1, 2, 3, 4, 5]);
  assert.equal(placeOf(2, null, 6), 2);
});

test("cards have names", () => {
  assert.deepEqual(parse("10D"), { rank: "10", suit: "D" });
  assert.equal(nameOf("AS"), "Ace of spades");
  assert.equal(nameOf(null), "Card face down");
  assert.equal(parse("1D"), null);
});

test("initials and colours are steady", () => {
  assert.equal(initials("silver-moose-4862"), "SM");
  assert.equal(initials("Jo"), "JO");
  assert.equal(initials(""), "?");
  assert.equal(hueOf("ann"), hueOf("ann"));
});

test("the buy-in: a minimum the first time, never above the table's most or the bank", () => {
  const config = { min_buy_in: "10.00", max_buy_in: "50.00" };
  const player = {
    bank: "30.00", stack: "0.00", delayed: "0.00", hasBuyIn: false, bankOpen: true,
  };
  assert.deepEqual(buyInRange(player, config), { min: 1000, max: 3000, best: 3000, decimals: 2 });
  const again = { ...player, bank: "500.00", stack: "45.00", delayed: "2.00", hasBuyIn: true };
  assert.deepEqual(buyInRange(again, config), { min: 1, max: 300, best: 300, decimals: 2 });
  const cashedOut = { ...player, bank: "0.00", bankOpen: false };
  assert.equal(buyInRange(cashedOut, { ...config, default_bank_value: "30.00" }).max, 3000);
});

const table = (extra = []) => [frame("user_connected", { player: 1, user: "u" }), gameState(), privateData(), ...extra].reduce(reduce, initial);

test("what the bar offers: buying in, joining, the host's start, showing cards", () => {
  const names = (state) => idleView(state, 1005, "open").buttons.map((each) => each.name);
  const poor = table([frame("bankroll", { player: 1, bank: "50.00", table_stack: "0.00", delayed_table_stack: "0.00" })]);
  assert.deepEqual(names(poor), ["buy-in"]);
  const fresh = table([frame("player_join_status_updated", { player: 1, join_status: "NEW_PLAYER" })]);
  assert.deepEqual(names(fresh), ["join", "join"]);
  assert.deepEqual(names({ ...table(), host: 1 }), ["game-start"]);
  const over = table([
    frame("game_start", START), frame("pocket_cards", { player: 1, pocket_cards: ["2C", "3C"] }),
    frame("game_end", END), frame("winners_award_timer", AWARD),
  ]);
  assert.deepEqual(names(over), ["show-cards", "show-cards", "show-cards", "rabbit"]);
  assert.equal(idleView(over, 1005, "open").line, "Next hand in 15");
  assert.deepEqual(idleView(over, 1005, "taken").buttons.map((each) => each.name), ["retry"]);
});

test("a seat's view: folded cards are gone, an empty seat is null", () => {
  const state = table([
    frame("game_start", START), frame("pocket_cards", { player: 2, pocket_cards: null, cards_count: 2 }),
  ]);
  const shown = moment.winners(state.hand, 1000);
  assert.deepEqual(seatView(state, 1, shown, null).cards, [null, null]);
  assert.equal(seatView(state, 5, shown, null), null);
  const folded = { ...state, hand: { ...state.hand, folded: [2] } };
  assert.deepEqual(seatView(folded, 1, shown, null).cards, []);
  assert.equal(seatCount(state), 6);
});

test("a screen reader hears cards, turn and result", () => {
  const before = table([frame("game_start", START)]);
  const cards = reduce(before, frame("pocket_cards", { player: 1, pocket_cards: ["AS", "10D"] }));
  assert.equal(announcement(before, cards), "Your cards: Ace of spades, Ten of diamonds.");
  const mine = reduce(cards, frame("turn", TURN));
  assert.equal(announcement(cards, mine), "Your turn. 0.50 to call.");
  assert.equal(announcement(mine, reduce(mine, frame("game_end", END))), "bob wins with Pair of Aces.");
});

test("on a tall table neither button nor bet lies on the board, whoever has them", () => {
  for (const height of [88, 97]) {
    for (let count = 2; count <= 9; count += 1) {
      const stage = { width: 60, height, isCrowded: count > 7 };
      const board = stage.isCrowded ? { x: 16.4, y: 4.5 } : { x: 19, y: 5 };
      places(count, true).forEach((place, index) => {
        for (const [offset, half, isDown] of [
          [buttonOffset(place, true, index === 0), BUTTON, false],
          [betOffset(place, true, index === 0), BET, true],
        ]) {
          const at = clearOfBoard(place, offset, half, stage, isDown);
          const x = Math.abs(((place.x - 50) / 100) * 60 + at.x);
          const y = Math.abs(((place.y - 46) / 100) * height + at.y);
          assert.ok(x >= board.x + half.x || y >= board.y + half.y, `${count} seats, place ${index}`);
        }
      });
    }
  }
});
