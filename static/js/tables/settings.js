// What is played at a table and how: its host changes it, the others read it.

import { h, renderOnce, setText } from "../dom.js";
import { field, form } from "../forms.js";
import { changesOf, choiceText, configFields, grouped, humanised } from "./config.js";
import { display } from "../money.js";
import { kindField } from "./list.js";
import { schema } from "./schema.js";
import { isOver, modeWord } from "./words.js";

const CONFIG = "table/config.json";
const MODES = "rest/tables/game_mode.json";

/** Return the tab. */
export function settings(page) {
  const note = h("p", { class: "note", role: "status" }, "One moment\u2026");
  const top = h("div", { class: "settings-part" });
  const main = h("div", { class: "settings-part" });
  const panel = h("section", { class: "settings" }, note, top, main);
  const draw = async () => {
    try {
      const [config, modes] = await Promise.all([schema(CONFIG), schema(MODES)]);
      setText(note, page.table.configuration ? "" : "This game has no settings.");
      keepFocus(panel, () => drawParts(page, { top, main }, config.properties, modes.properties));
    } catch (error) {
      setText(note, "The settings cannot be shown. Please load the page again.");
      if (error.status !== undefined) page.fail(error);
    }
  };
  let isShown = false;
  page.heard.push(() => isShown && draw());
  return {
    name: "settings", text: "Settings", panel,
    shown: () => {
      isShown = true;
      draw();
    },
  };
}

/** Draw anew what has changed; what somebody has typed and not saved stays otherwise. */
function drawParts(page, { top, main }, rules, { game_mode: modes }) {
  const { table } = page;
  const { game_mode: mode, ...config } = table.configuration ?? {};
  const isOwn = table.is_creator && !isOver(table);
  if (!table.configuration) return;
  renderOnce(top, [isOwn, table.status, table.type, mode, table.game_modes], () => (isOwn ? topOf(page, modes) : []));
  renderOnce(main, [isOwn, config], () => (isOwn ? configForm(page, rules) : facts(table, rules)));
}

/** A form that is drawn anew keeps the focus on its button. */
function keepFocus(panel, draw) {
  const label = document.activeElement?.closest("form")?.getAttribute("aria-label");
  draw();
  if (!label || panel.contains(document.activeElement)) return;
  const forms = [...panel.querySelectorAll("form")];
  forms.find((one) => one.getAttribute("aria-label") === label)
    ?.querySelector("[type=submit]").focus({ preventScroll: true });
}

function topOf(page, modes) {
  if (page.table.status === "running") {
    return h("p", { class: "banner", role: "note" },
      "A game is being played. What you change takes over at the next hand, and the table is told.");
  }
  return h("div", { class: "settings-top" }, modeForm(page, modes),
    page.table.open === null ? kindForm(page) : null);
}

function modeForm(page, modes) {
  const { table } = page;
  const input = h("fieldset", { class: "ticks", tabindex: "-1", "aria-label": "What is played" });
  for (const mode of table.game_modes) {
    input.append(h("label", { class: "tick-label" }, h("input", {
      type: "radio", class: "tick", name: "mode", value: mode,
      checked: table.game_mode === mode,
    }), h("span", {}, choiceText(modes.description, mode))));
  }
  const one = field({
    name: "game_mode", label: "What is played", input,
    help: table.game_mode === "UNDEFINED" ? "Not chosen yet. Choose before the first game."
      : `Now: ${modeWord(table.game_mode)}. It can change while no game runs.`,
  });
  one.value = () => input.querySelector("input:checked")?.value ?? "";
  return form({
    label: "What is played", submit: "Choose", fields: [one],
    act: async (values) => {
      await page.change("POST", `${page.path}choose_game_mode/`, values);
      page.toasts.tell(`${modeWord(page.table.game_mode)} it is.`, "good");
    },
  });
}

function kindForm(page) {
  const kind = kindField(page.table.type);
  return form({
    label: "Who may come", submit: "Change", fields: [kind],
    act: async (values) => {
      await page.change("PATCH", page.path, values);
      page.toasts.tell("Saved.", "good");
    },
  });
}

function configForm(page, rules) {
  const fields = configFields(rules, page.table.configuration);
  const element = form({
    label: "Settings", submit: "Save the settings", fields,
    act: async (values) => {
      const changes = changesOf(page.table.configuration, values);
      if (Object.keys(changes).length === 0) {
        page.toasts.tell("Nothing was changed.");
        return;
      }
      try {
        await page.change("PATCH", `${page.path}configuration/`, changes);
      } catch (error) {
        if (error.code === "version_changed") await page.load().catch(page.fail);
        throw error;
      }
      page.toasts.tell(page.table.status === "running"
        ? "Saved. It takes over at the next hand." : "Saved.", "good");
    },
  });
  element.prepend(...grouped(fields));
  element.classList.add("form-wide");
  return element;
}

function facts(table, rules) {
  const rows = Object.entries(table.configuration)
    .filter(([name, value]) => name in rules && (typeof value !== "object" || Array.isArray(value)))
    .map(([name, value]) => h("div", {}, h("dt", {}, humanised(name)),
      h("dd", {}, h("bdi", {}, wordOf(rules[name], value)))));
  return h("dl", { class: "facts facts-wide" }, rows);
}

function wordOf(rule, value) {
  if (rule["x-unit"] === "boolean") return String(value) === "true" ? "Yes" : "No";
  if (rule["x-unit"] === "money_number") return display(value);
  if (Array.isArray(value)) {
    return value.map((one) => choiceText(rule.items.description, one)).join(", ");
  }
  return rule.enum ? choiceText(rule.description, value) : String(value);
}
