// The button of the control panel, shown where the server has one. The panel is fetched when it is opened first.

import { byId, h, icon } from "./dom.js";
import { fetched } from "./later.js";

/** Gives what is to be called with the paths that the server has beside the chat's. */
export function panelDoor(notice) {
  const door = byId("panel-door");
  const knock = async (asked) => (await fetched("panel", ["panel", "dialogs"], notice))?.knocked(asked);
  door.append(icon("eye"), h("span", {}, "Behind the scenes"));
  door.addEventListener("click", () => knock(true));
  return (beside = []) => {
    door.hidden = !beside.includes("/panel/ws");
    if (!door.hidden && sessionStorage.getItem("playground-panel")) knock(false);
  };
}
