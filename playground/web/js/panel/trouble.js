// The faults that can be switched on, on the API's side and on Discord's, and those that are on.

import { h } from "../core/dom.js";
import { button, card, choice, note } from "./parts.js";

export class TroubleSection {
  title = "Trouble";

  constructor(panel) {
    this.panel = panel;
    this.on = { api: this.state(), discord: this.state() };
    this.popular = h("div", { class: "panel-grid" });
    this.faults = h("div", { class: "panel-grid" });
    this.frequency = choice("How often", [{ value: 1, words: "Next time only" }, { value: null, words: "Until cleared" }], (times) => this.often(times));
    this.often(1);
    this.list = h("select", { class: "modal-input", "aria-label": "Every scenario", onchange: () => this.explain() });
    this.sentence = note();
    this.root = h("div", { class: "panel-section" },
      card("ImaginePro API", "What shall happen to the next request or job it concerns?", this.on.api, this.frequency.root, this.popular,
        h("div", { class: "row" }, this.list, button("Let it happen", () => this.choose(this.list.value), "primary")), this.sentence, this.clear("api")),
      card("Discord", "What shall go wrong between the bot and Discord?", this.on.discord, this.faults, this.clear("discord")));
  }

  state() {
    return h("ul", { class: "panel-on", role: "list" });
  }

  clear(side) {
    return button("All well again", () => this.ask("clear", { side }, "All is well again."), "success");
  }

  begin({ catalogue: { groups, popular, faults } }) {
    const chosen = this.list.value;
    this.sentences = new Map(groups.flatMap(({ scenarios }) => scenarios.map(({ name, sentence }) => [name, sentence])));
    this.popular.replaceChildren(...popular.map(({ name, words }) => button(words, () => this.choose(name))));
    this.faults.replaceChildren(...faults.map(({ words, asks, note: done }) => button(words, () => this.ask("fault", asks, done))));
    this.list.replaceChildren(...groups.map(({ group, scenarios }) =>
      h("optgroup", { label: group }, scenarios.map(({ name }) => h("option", { value: name, selected: name === chosen }, spaced(name))))));
    this.explain();
  }

  explain() {
    this.sentence.textContent = this.sentences.get(this.list.value);
  }

  often(times) {
    this.times = times;
    this.frequency.pressed(times);
  }

  choose(name) {
    this.ask("choose", { name, times: this.times }, this.sentences.get(name));
  }

  ask(op, body, words) {
    this.panel.ask(op, body, () => this.panel.say(words));
  }

  /** Called on every tick: faults that are on for a limited time count down. */
  take() {
    const { api_trouble: api, discord_trouble: discord } = this.panel.state;
    this.draw("api", api.map(({ name, times, until }) => [spaced(name), howLong(times, until && this.panel.left(until))]));
    this.draw("discord", discord.map(({ words }) => [words, ""]));
  }

  draw(side, rows) {
    const drawn = JSON.stringify(rows);
    if (this.on[side].dataset.drawn === drawn) return;
    this.on[side].dataset.drawn = drawn;
    this.on[side].replaceChildren(...(rows.length ? rows : [["All is well", ""]]).map(([what, long]) =>
      h("li", { data: { on: rows.length > 0 } }, h("span", {}, what), h("span", {}, long))));
  }
}

const spaced = (name) => name.replaceAll("-", " ");

function howLong(times, seconds) {
  if (seconds) return `for up to ${Math.ceil(seconds)} s`;
  if (times === null) return "until cleared";
  return times === 1 ? "next time" : `${times} more times`;
}
