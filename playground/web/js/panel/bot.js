// The bot's process and its log, and the reset of the whole playground.

import { h } from "../core/dom.js";
import { askToConfirm, button, card } from "./parts.js";

const KEPT = 200;
const STATES = { running: "running", killed: "killed, on your word", ended: "ended by itself" };

export class BotSection {
  title = "Bot";

  constructor(panel) {
    this.panel = panel;
    this.facts = h("dl", { class: "panel-dl" });
    this.log = h("pre", { class: "panel-log", tabindex: "0", role: "region", "aria-label": "What the bot says" });
    this.restart = button("Kill and restart", () => this.control("restart", "The bot was killed and started again."), "danger");
    this.kill = button("Kill", () => this.control("kill", "The bot was killed."));
    this.start = button("Start", () => this.control("start", "The bot was started."));
    this.root = h("div", { class: "panel-section" },
      card("The bot's process", "A real kill -9: no last word, nothing put in order. Jobs that run go on after the restart, in the same messages.",
        this.facts, h("div", { class: "row" }, this.restart, this.kill, this.start)),
      card("Its log", "", this.log),
      card("Begin anew", "Forgets every message, job and credit, and starts all three again.", button("Reset everything", () => this.reset(), "danger")));
  }

  begin() {
    this.lines = [];
    this.log.textContent = "";
  }

  control(what, words) {
    this.panel.say("One moment…");
    this.panel.ask("bot", { do: what }, () => this.panel.say(words));
  }

  async reset() {
    const yes = await askToConfirm("Begin anew?", "All messages, pictures and jobs are forgotten, and the bot begins with an empty database. This page comes back by itself.", "Forget everything");
    if (yes) this.panel.ask("reset", {}, () => this.panel.say("Beginning anew…"));
  }

  take({ bot, log }) {
    if (bot) this.draw(bot);
    if (log) this.write(log);
  }

  draw({ state, pid, lives, online }) {
    const rows = [["Process", STATES[state]], ["Number (pid)", pid ?? "none"], ["Started", lives === 1 ? "once" : `${lives} times`],
      ["On Discord", online ? "online" : "offline"]];
    this.facts.replaceChildren(...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
    this.restart.disabled = this.kill.disabled = state !== "running";
    this.start.disabled = state === "running";
  }

  write(lines) {
    const { log } = this;
    const below = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
    this.lines = [...this.lines, ...lines].slice(-KEPT);
    log.textContent = this.lines.join("\n");
    if (below) log.scrollTop = log.scrollHeight;
  }
}
