// Cards as the wire names them ("10D": rank, then suit) and as people do. Pure.

const SUITS = { C: "clubs", D: "diamonds", H: "hearts", S: "spades" };
const RANKS = {
  A: "Ace", K: "King", Q: "Queen", J: "Jack", 10: "Ten", 9: "Nine", 8: "Eight", 7: "Seven",
  6: "Six", 5: "Five", 4: "Four", 3: "Three", 2: "Two",
};

/** Return {rank, suit} of a wire name, or null: "10D" -> 10 of D. */
export function parse(card) {
  const match = /^(10|[2-9AKQJ])([CDHS])$/.exec(card ?? "");
  return match ? { rank: match[1], suit: match[2] } : null;
}

/** Return the card's name for people: "Ten of diamonds". */
export function nameOf(card) {
  const parsed = parse(card);
  return parsed ? `${RANKS[parsed.rank]} of ${SUITS[parsed.suit]}` : "Card face down";
}
