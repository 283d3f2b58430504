// The button of the control panel. The panel itself is fetched when it is opened for the first time.

import { byId, h, icon } from "./dom.js";

const KEY = "playground-panel";
const PATH = "/panel/ws";
const STYLE = "/static/css/panel.css";

export class PanelDoor {
  constructor(notice) {
    this.notice = notice;
    this.button = byId("panel-door");
    this.button.append(icon("panel"), h("span", {}, "Behind the scenes"));
    this.button.addEventListener("click", () => (this.opened ? this.close() : this.open()));
  }

  /** Shows the button where the server has a panel, and the panel if it was open before a reload. */
  offer(beside = []) {
    this.button.hidden = !beside.includes(PATH);
    if (!this.button.hidden && !this.opened && sessionStorage.getItem(KEY)) this.open(false);
  }

  async open(asked = true) {
    this.opened = true;
    this.button.setAttribute("aria-expanded", "true");
    sessionStorage.setItem(KEY, "open");
    try {
      this.loading ??= Promise.all([import("./panel.js"), style()]).then(([{ Panel }]) => new Panel(PATH, () => this.close()));
      this.panel = await this.loading;
    } catch (problem) {
      console.error(problem);
      this.loading = null;
      this.close();
      this.notice("The panel could not be loaded. Is the playground still running?");
      return;
    }
    if (this.opened) this.panel.open(asked);
  }

  close() {
    this.opened = false;
    this.button.setAttribute("aria-expanded", "false");
    sessionStorage.removeItem(KEY);
    this.panel?.close();
    this.button.focus();
  }
}

function style() {
  return new Promise((resolve, reject) => {
    document.head.append(h("link", { rel: "stylesheet", href: STYLE, onload: resolve, onerror: reject }));
  });
}
