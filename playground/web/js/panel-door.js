// The button of the control panel, shown where the server has one. The panel is fetched when it is opened first.

import { byId, h, icon } from "./dom.js";

/** Gives what is to be called with the paths that the server has beside the chat's. */
export function panelDoor(notice) {
  const door = byId("panel-door");
  const knock = async (asked) => {
    try {
      (await import("./panel.js")).knocked(asked);
    } catch (problem) {
      console.error(problem);
      notice("The panel could not be loaded. Is the playground still running?");
    }
  };
  door.append(icon("eye"), h("span", {}, "Behind the scenes"));
  door.addEventListener("click", () => knock(true));
  return (beside = []) => {
    door.hidden = !beside.includes("/panel/ws");
    if (!door.hidden && sessionStorage.getItem("playground-panel")) knock(false);
  };
}
