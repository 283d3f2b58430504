// Classic embeds, as in messages without Components V2.

import { externalLink, h } from "../core/dom.js";
import { fullDate, shortTime } from "../core/time.js";
import { box } from "./components.js";
import { inline, webUrl } from "./inline.js";
import { markdown } from "./markdown.js";
import { gallery, thumbnail } from "./media.js";

export function embed(data, context) {
  return box(data.color, "embed container",
    h("div", { class: "section" },
      h("div", { class: "section-texts" }, author(data), title(data, context), description(data, context), fields(data, context)),
      data.thumbnail ? h("div", { class: "section-accessory" }, thumbnail({ media: data.thumbnail })) : null),
    data.image ? gallery([{ media: data.image }]) : null,
    footer(data));
}

const author = ({ author: one }) => (one?.name ? h("div", { class: "embed-author" }, named(one.name, one.url)) : null);

const title = ({ title: words, url }, context) =>
  words ? h("div", { class: "embed-title" }, url ? named(words, url) : inline(words, context)) : null;

function named(words, url) {
  const href = webUrl(url);
  return href ? externalLink({ href }, words) : words;
}

const description = ({ description: words }, context) => (words ? h("div", { class: "text" }, markdown(words, context)) : null);

function fields({ fields: list }, context) {
  if (!list?.length) return null;
  return h("dl", { class: "embed-fields" }, list.map((field) =>
    h("div", { data: { inline: Boolean(field.inline) } }, h("dt", {}, inline(field.name, context)), h("dd", {}, markdown(field.value, context)))));
}

function footer({ footer: one, timestamp }) {
  const date = timestamp ? new Date(timestamp) : null;
  const words = [one?.text, date && h("time", { datetime: timestamp, title: fullDate(date) }, shortTime(date))].filter(Boolean);
  return words.length ? h("div", { class: "embed-footer" }, words.flatMap((word, at) => (at ? [" · ", word] : [word]))) : null;
}
