// The pages of people's tables: the list, one table, and the way in by an invitation.

import { startHeader } from "../header.js";
import { goSignIn, onOtherTab, session } from "../session.js";
import "../toasts.js";
import { joinView } from "./join.js";
import { listView } from "./list.js";
import { tableView } from "./table.js";

const [place, token] = location.pathname.split("/").filter(Boolean);
const toasts = document.querySelector("toast-stack");

/** Tell what went wrong; whose sign-in is over goes to sign in and comes back. */
function fail(error) {
  if (error.status === 401) goSignIn();
  else if (error.status === undefined) throw error;
  else toasts.tell(error.message, "error");
}

function viewOf() {
  if (place === "join") return joinView(token);
  return token ? tableView(token, { toasts, fail }) : listView({ toasts, fail });
}

if (place !== "join" && !session()) goSignIn();
else {
  startHeader(document.querySelector("#site-nav"));
  document.querySelector("#main").append(...[viewOf()].flat());
  onOtherTab((current) => {
    if (!current && place !== "join") goSignIn();
  });
}
