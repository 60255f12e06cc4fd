// Reads recorded sessions: every frame that one viewer got, a full state asked for after each event.

import { readFileSync } from "node:fs";

/** Return the frames of a recording in fixtures/. */
export function recording(name) {
  const path = new URL(`./fixtures/${name}`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Split a recording into [{event frame} | {snapshot: [game_state, private_data]}]. */
export function steps(frames) {
  const list = [];
  frames.forEach((frame, index) => {
    if (frame.event === "game_state") {
      list.push({ snapshot: [frame, frames.slice(index).find((f) => f.event === "private_data")] });
    } else if (frame.event !== "private_data") list.push({ frame });
  });
  return list;
}
