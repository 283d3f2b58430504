// How fast jobs run, and the credits that are left for them.

import { h } from "../core/dom.js";
import { button, card, choice, note, number } from "./parts.js";

const SPEEDS = [1, 5, 20];

export class PaceSection {
  title = "Speed & credits";

  constructor(panel) {
    this.panel = panel;
    this.speeds = choice("Speed of jobs", SPEEDS.map((value) => ({ value, words: `×${value}` })), (value) => panel.ask("speed", { value }));
    this.current = note();
    this.left = h("p", { class: "panel-big" });
    this.root = h("div", { class: "panel-section" },
      card("Speed of jobs", "×1 is as slow as the real thing.", this.speeds.root, this.current),
      card("Credits", "What the account may still spend.", this.left, h("div", { class: "row" },
        button("Add 100", () => panel.ask("credits", { add: 100 })), button("Empty the account", () => panel.ask("credits", { empty: true })))));
  }

  begin() {}

  take(news, { speed, credits }) {
    this.speeds.pressed(speed);
    this.current.textContent = SPEEDS.includes(speed) ? "" : `Now ×${speed}.`;
    this.left.textContent = `${number(credits.left)} of ${number(credits.quota)}`;
  }
}
