// Form fields made from the schema of a table's configuration: kinds, bounds, choices and help.

import { h } from "../dom.js";
import { field, textField } from "../forms.js";
import { compare, written } from "../money.js";

const GROUPS = [
  ["The table", ["name", "seats", "allowed_games", "THD.limit", "OMH.limit", "SCS.limit"]],
  ["Blinds and stakes", ["small_blind", "big_blind", "ante", "min_limit_size", "max_limit_size",
    "straddles"]],
  ["Money", ["min_buy_in", "max_buy_in", "default_bank_value", "currency", "funding"]],
  ["Time", ["turn_time_limit", "timebank_limit", "time_between_hands", "announce_time",
    "card_reveal_time", "side_pot_time"]],
];
const REST = "More";
/** What has a control of its own, or is for tournaments. */
const ELSEWHERE = new Set(["game_mode", "tournament_settings"]);

/** Return a field's name for people: "turn_time_limit" -> "Turn time limit". */
export function humanised(name) {
  const words = name.replaceAll("_", " ").replace("buy in", "buy-in")
    .replace(/^min /, "smallest ").replace(/^max /, "largest ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Return what a schema's description says of one of its values: "NL: no limit; ..." -> "No limit". */
export function choiceText(description, value) {
  const said = new RegExp(`(?:^|[\\s(])${value}: ([^;.]+)`).exec(description ?? "")?.[1];
  return said ? humanised(said.trim()) : humanised(String(value));
}

/** Return a description as help: without what only programs need. */
export function helpText(description = "") {
  return description.replace(/ ?\(ours\)/g, "")
    .replace(/ ?(Answered as|As `|Major units|Inside the host)[^.]*\./g, "").trim();
}

function toggle(name, label, rule, value) {
  const input = h("input", { type: "checkbox", class: "tick", checked: value === "true" });
  const one = field({ name, label, help: helpText(rule.description), input, isInline: true });
  return { ...one, value: () => String(input.checked) };
}

function choice(name, label, rule, value) {
  const input = h("select", { class: "text-input" }, rule.enum.map((each) => (
    h("option", { value: each }, choiceText(rule.description, each)))));
  input.value = value;
  const help = helpText(rule.description.replace(/ ?\b\w+: .*$/, ""));
  return { ...field({ name, label, help, input }), value: () => input.value };
}

function several(name, label, rule, value, offered) {
  const input = h("fieldset", { class: "ticks", tabindex: "-1" });
  const boxes = offered.map((each) => h("input", {
    type: "checkbox", class: "tick", value: each, checked: value.includes(each),
  }));
  input.append(...boxes.map((box) => h("label", { class: "tick-label" }, box,
    choiceText(rule.items.description, box.value))));
  const one = field({ name, label, help: helpText(rule.description), input });
  input.setAttribute("aria-label", label);
  return { ...one, value: () => boxes.filter((box) => box.checked).map((box) => box.value) };
}

function whole(name, label, rule, value) {
  const one = textField({
    name, label, help: helpText(rule.description), type: "number", inputmode: "numeric", step: 1,
    min: rule.minimum, max: rule.maximum, value, required: true,
  });
  return { ...one, value: () => Number(one.input.value) };
}

const isAmount = (rule) => rule["x-unit"] === "money_number";

function words(name, label, rule, value) {
  const isMoney = isAmount(rule);
  return textField({
    name, label, help: helpText(rule.description), maxlength: rule.maxLength,
    minlength: rule.minLength, pattern: rule.pattern,
    value: isMoney ? written(value) : value, required: true, autocomplete: "off",
    inputmode: isMoney ? "decimal" : null, dir: isMoney ? null : "auto",
    title: isMoney ? "Has to be an amount like 0.50, above zero where it has to be." : null,
  });
}

/** Return the field of one setting. offered: games that this table has settings for. */
function fieldOf(name, label, rule, value, offered) {
  if (rule["x-unit"] === "boolean") return toggle(name, label, rule, String(value));
  if (rule.type === "array") return several(name, label, rule, value, offered);
  if (rule.type === "integer") return whole(name, label, rule, value);
  return rule.enum ? choice(name, label, rule, value) : words(name, label, rule, value);
}

/** Return the settings of a game of its own that leave a choice: [name, rule] of each. */
const choices = (rule) => Object.entries(rule.properties)
  .filter(([, inner]) => inner.enum?.length > 1);

/** Return the fields for what a configuration holds. rules: the schema's properties. */
export function configFields(rules, config) {
  const games = rules.allowed_games.items;
  const offered = games.enum.filter((game) => game in config);
  return Object.keys(config).filter((name) => name in rules && !ELSEWHERE.has(name))
    .flatMap((name) => {
      const rule = rules[name];
      if (rule.type !== "object") {
        return [fieldOf(name, humanised(name), rule, config[name], offered)];
      }
      const game = choiceText(games.description, name);
      return choices(rule).map(([inner, one]) => fieldOf(
        `${name}.${inner}`, `${game}: ${inner}`, one, config[name][inner], offered));
    });
}

/** Return the fields' rows in groups with headings. */
export function grouped(fields) {
  const left = new Map(fields.map((one) => [one.name, one]));
  const sets = GROUPS.map(([title, names]) => {
    const found = names.filter((name) => left.has(name)).map((name) => left.get(name));
    found.forEach((one) => left.delete(one.name));
    return [title, found];
  });
  return [...sets, [REST, [...left.values()]]].filter(([, found]) => found.length > 0)
    .map(([title, found]) => h("fieldset", { class: "group" }, h("legend", {}, title),
      h("div", { class: "group-fields" }, found.map((one) => one.row))));
}

/** Amounts are typed as texts and answered as numbers. */
function isSame(value, before) {
  if (typeof before === "number" && typeof value === "string") {
    return /^\d+(\.\d{1,8})?$/.test(value.trim()) && compare(value, before) === 0;
  }
  return JSON.stringify(value) === JSON.stringify(before);
}

/** Return what differs from a configuration, as the host takes it. values: of the fields. */
export function changesOf(config, values) {
  const changes = {};
  for (const [name, value] of Object.entries(values)) {
    const [outer, inner] = name.split(".");
    const before = inner ? config[outer][inner] : config[outer];
    if (isSame(value, before)) continue;
    changes[outer] = inner ? { ...config[outer], ...changes[outer], [inner]: value } : value;
  }
  return changes;
}
