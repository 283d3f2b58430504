// The button of the control panel, shown where the server has one. The panel is loaded when it is first opened.

import { byId, h, icon } from "../core/dom.js";
import { loadOnDemand } from "../core/later.js";

/** Sets up the button; the function it returns takes the server's paths beside the chat and shows the button if one is the panel's. */
export function setUpPanelButton(notice) {
  const button = byId("panel-door");
  const toggle = async (pressed) => (await loadOnDemand(() => import("./panel.js"), ["panel", "dialogs"], notice))?.togglePanel(pressed);
  button.append(icon("eye"), h("span", {}, "Behind the scenes"));
  button.addEventListener("click", () => toggle(true));
  return (beside = []) => {
    button.hidden = !beside.includes("/panel/ws");
    if (!button.hidden && sessionStorage.getItem("playground-panel")) toggle(false);
  };
}
