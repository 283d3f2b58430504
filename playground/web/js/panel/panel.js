// The panel beside the chat: its own socket, the state that it receives, and four sections that draw it.

import { Connection } from "../core/connection.js";
import { byId, h, iconButton } from "../core/dom.js";
import { BotSection } from "./bot.js";
import { PaceSection } from "./pace.js";
import { choice, number } from "./parts.js";
import { RequestsSection } from "./requests.js";
import { TroubleSection } from "./trouble.js";

const PATH = "/panel/ws";
const OPEN = "playground-panel";
const SECTION = "playground-panel-section";
const LISTS = ["api", "discord", "log"];
const narrow = matchMedia("(max-width: 760px)");

let panel;

/** Opens the panel, or closes it when its button is `pressed` again; after a reload it only opens, and takes no focus. */
export function togglePanel(pressed) {
  panel ??= new Panel();
  if (panel.root.hidden) panel.open(pressed);
  else if (pressed) panel.close();
}

class Panel {
  constructor() {
    this.answers = new Map(); // nonce → handler of the answer
    this.news = h("p", { class: "panel-news", role: "status" });
    this.facts = h("p", { class: "panel-facts" });
    this.sections = { requests: new RequestsSection(this), trouble: new TroubleSection(this), bot: new BotSection(this), pace: new PaceSection(this) };
    this.tabs = choice("Sections", Object.entries(this.sections).map(([value, { title: words }]) => ({ value, words })), (name) => this.show(name));
    this.root = h("aside", { class: "panel", id: "panel", "aria-label": "Behind the scenes", hidden: true },
      h("header", { class: "topbar" }, h("h2", {}, "Behind the scenes"),
        iconButton("icon-button", "Close the panel", "close", { onclick: () => this.close() })),
      this.facts, this.tabs.root, this.news, Object.values(this.sections).map(({ root }) => root));
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && this.close());
    narrow.addEventListener("change", () => this.shown(!this.root.hidden));
    byId("app").append(this.root);
    this.show(sessionStorage.getItem(SECTION) ?? "requests");
  }

  open(pressed) {
    this.shown(true);
    sessionStorage.setItem(OPEN, "yes");
    if (pressed) this.tabs.root.firstChild.focus();
    this.connection = new Connection(null, PATH);
    for (const name of ["ready", "changes", "done", "error", "down"]) this.connection.addEventListener(name, ({ detail }) => this[name](detail));
    this.connection.open();
    this.beat = setInterval(() => this.state && Object.values(this.sections).forEach((section) => section.take({}, this.state)), 500);
  }

  close() {
    this.shown(false);
    sessionStorage.removeItem(OPEN);
    clearInterval(this.beat);
    this.connection.end();
    byId("panel-door").focus();
  }

  /** On a phone the panel covers the chat, which must then not take the focus. */
  shown(open) {
    this.root.hidden = !open;
    byId("panel-door").setAttribute("aria-expanded", open);
    byId("app").toggleAttribute("data-panel", open);
    document.querySelector(".chat").toggleAttribute("inert", open && narrow.matches);
  }

  ready(all) {
    this.state = {};
    this.ahead = all.now - Date.now() / 1000;
    this.say("");
    for (const section of Object.values(this.sections)) section.begin(all);
    this.changes(all);
  }

  changes(news) {
    for (const [name, value] of Object.entries(news)) if (!LISTS.includes(name)) this.state[name] = value;
    for (const section of Object.values(this.sections)) section.take(news, this.state);
    const { bot, jobs, speed, credits } = this.state;
    this.facts.dataset.state = bot.state;
    this.facts.replaceChildren(h("span", { class: "lamp" }), h("span", {}, `Bot ${bot.state}`), h("span", {}, `×${speed}`),
      h("span", {}, `${number(credits.left)} credits`), h("span", {}, `${jobs.running} running, ${jobs.waiting} waiting`));
  }

  /** Sends one operation; `done` is called with the answer, and a refusal is shown. */
  ask(op, body = {}, done = null) {
    const nonce = this.connection.send(op, body);
    if (nonce) this.answers.set(nonce, done);
    else this.down();
  }

  done({ nonce, ...answer }) {
    this.answers.get(nonce)?.(answer);
    this.answers.delete(nonce);
  }

  error({ nonce, message }) {
    this.answers.delete(nonce);
    this.say(message);
  }

  down() {
    this.answers.clear();
    this.say("The connection to the playground was lost. Trying again…");
  }

  say(words) {
    this.news.textContent = words;
  }

  /** Seconds until a time on the server's clock. */
  left(until) {
    return Math.max(0, until - this.ahead - Date.now() / 1000);
  }

  show(wanted) {
    const name = wanted in this.sections ? wanted : "requests";
    this.say("");
    sessionStorage.setItem(SECTION, name);
    this.tabs.pressed(name);
    for (const [each, { root }] of Object.entries(this.sections)) root.hidden = each !== name;
  }
}
