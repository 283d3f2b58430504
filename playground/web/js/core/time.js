// Dates and times as people read them, in the reader's own language and time zone.

import { h } from "./dom.js";

const FORMATS = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const EPOCH = 1420070400000n;

const format = (date, style) => new Intl.DateTimeFormat(undefined, FORMATS[style]).format(date);

/** A `<time>` for Discord's `<t:seconds:style>`; a relative one is kept up to date by `updateRelativeTimes`. */
export function timestamp(seconds, style = "f") {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "Invalid date";
  const words = style === "R" ? relative(date) : format(date, style);
  const data = style === "R" ? { relative: date.getTime() } : null;
  return h("time", { class: "timestamp", datetime: date.toISOString(), title: format(date, "F"), data }, words);
}

function relative(date, now = Date.now()) {
  const seconds = (date.getTime() - now) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(undefined, { numeric: "always" }).format(Math.trunc(seconds / size), unit);
}

/** When a message was sent, from its timestamp or, failing that, from its id. */
export function sentAt(message) {
  const date = new Date(message.timestamp ?? NaN);
  if (!Number.isNaN(date.getTime())) return date;
  return new Date(Number((BigInt(message.id) >> 22n) + EPOCH));
}

export const shortTime = (date) => format(date, "t");
export const fullDate = (date) => format(date, "F");
export const longDate = (date) => format(date, "D");

/** Updates every relative time on the page once a second. */
export function updateRelativeTimes(root = document) {
  setInterval(() => {
    for (const element of root.querySelectorAll("time[data-relative]")) {
      const words = relative(new Date(Number(element.dataset.relative)));
      if (element.textContent !== words) element.textContent = words;
    }
  }, 1000);
}
