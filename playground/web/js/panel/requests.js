// The bot's requests to both servers, newest first, and what its rate limits leave.

import { h } from "../core/dom.js";
import { choice, note } from "./parts.js";

const KEPT = 200;
const MOST_LIMITS = 8;
const SIDES = [{ value: "api", words: "ImaginePro API" }, { value: "discord", words: "Discord" }];
const time = (seconds) => new Date(seconds * 1000).toLocaleTimeString(undefined, { hour12: false });
const kind = (status) => (status === null ? "open" : status === "cut" || status >= 400 ? "bad" : "good");

export class RequestsSection {
  title = "Requests";

  constructor(panel) {
    this.panel = panel;
    this.rows = { api: new Map(), discord: new Map() };
    this.lists = Object.fromEntries(SIDES.map(({ value, words }) => [value, h("ol", { class: "panel-requests", role: "list", "aria-label": `Requests to ${words}` })]));
    this.limits = h("ul", { class: "panel-limits", role: "list", "aria-label": "Rate limits" });
    this.empty = note();
    this.sides = choice("Whose requests", SIDES, (side) => this.show(side));
    this.root = h("div", { class: "panel-section" }, this.sides.root, this.limits, this.empty, Object.values(this.lists));
    this.show("api");
  }

  begin() {
    for (const { value } of SIDES) {
      this.rows[value].clear();
      this.lists[value].replaceChildren();
    }
  }

  show(side) {
    this.side = side;
    this.sides.pressed(side);
    for (const [name, list] of Object.entries(this.lists)) list.hidden = name !== side;
    this.drawLimits();
  }

  take(news) {
    for (const { value: side } of SIDES) for (const row of news[side] ?? []) this.put(side, row);
    this.drawLimits();
  }

  put(side, row) {
    const known = this.rows[side].get(row.number);
    const item = known ?? h("li", {}, h("details", { class: "panel-request", ontoggle: ({ target }) => this.toggled(side, row.number, target) }, h("summary"), h("div", { class: "panel-body" })));
    const details = item.firstChild;
    details.dataset.kind = kind(row.status);
    details.firstChild.replaceChildren(
      h("time", {}, time(row.time)), h("b", {}, row.method), h("span", { class: "panel-path" }, row.path), h("b", { class: "panel-status" }, row.status ?? "…"),
      h("span", { class: "panel-subject" }, row.subject), h("span", { class: "panel-ms" }, row.ms === null ? "" : `${row.ms} ms`));
    if (known) return details.open && this.toggled(side, row.number, details);
    this.rows[side].set(row.number, item);
    this.lists[side].prepend(item);
    if (this.rows[side].size > KEPT) this.forget(side);
  }

  forget(side) {
    const [oldest] = this.rows[side].keys();
    this.rows[side].get(oldest).remove();
    this.rows[side].delete(oldest);
  }

  toggled(side, number, details) {
    if (!details.open) return;
    this.panel.ask("details", { side, number }, (answer) => {
      const parts = [["Path", answer.path], ["Body", answer.body], ["Files", answer.files], ["Answer", answer.answer]];
      details.lastChild.replaceChildren(...parts.filter(([, value]) => value !== null && value !== undefined).map(([title, value]) =>
        h("div", {}, h("h3", {}, title), h("pre", {}, typeof value === "string" ? value : JSON.stringify(value, null, 2)))));
    });
  }

  /** Drawn on every tick: limits refill without any news from the server. */
  drawLimits() {
    this.empty.textContent = this.rows[this.side].size ? "" : "Nothing was asked yet.";
    const rows = this.panel.state ? (this.side === "api" ? this.ofApi() : this.ofDiscord()) : [];
    const words = JSON.stringify(rows);
    if (words === this.drawn) return;
    this.drawn = words;
    this.limits.replaceChildren(...rows.map(({ name, left, full }) => h("li", { data: { low: left === 0 } }, h("span", {}, name), h("span", {}, full))));
  }

  ofApi() {
    const limits = this.panel.state.api_limits;
    if (!limits) return [{ name: "Rate limits", full: "none" }];
    const wait = limits.until === null ? 0 : this.panel.left(limits.until);
    return [
      { name: "Next general request", left: wait > 0 ? 0 : 1, full: wait > 0 ? `in ${wait.toFixed(1)} s` : "may go now" },
      { name: "Progress reads this second", left: limits.reads_left, full: `${limits.reads_left} of ${limits.reads} left` },
    ];
  }

  ofDiscord() {
    const buckets = this.panel.state.discord_limits.slice(0, MOST_LIMITS).map((bucket) => ({
      name: [bucket.route, bucket.place].filter(Boolean).join(" · "), left: bucket.remaining,
      full: `${bucket.remaining} of ${bucket.limit} left, full in ${this.panel.left(bucket.until).toFixed(1)} s`,
    }));
    return buckets.length ? buckets : [{ name: "Rate limits", full: "every bucket is full" }];
  }
}
