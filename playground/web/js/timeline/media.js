// Pictures and files of a message: galleries, thumbnails, attachments, embeds' images.

import { button, h, icon } from "../core/dom.js";
import { fileSize } from "../core/upload.js";
import { webUrl } from "./inline.js";

/** A gallery of 1 to 10 pictures; each opens in the lightbox. */
export function gallery(items, look = "gallery") {
  const shown = (items ?? []).slice(0, 10);
  return h("div", { class: look, data: { count: shown.length, many: shown.length > 4 ? "" : null } }, shown.map((item, at) => tile(item, at, shown.length)));
}

export const thumbnail = (item) => gallery([item], "gallery thumbnail");

function tile(item, at, count) {
  const { media, description, spoiler } = item;
  const words = description ?? "";
  const data = { spoiler: spoiler ? "media" : null };
  const tag = spoiler ? h("span", { class: "spoiler-tag", "aria-hidden": "true" }, "Spoiler") : null;
  if (media?.content_type?.startsWith("video/")) return h("div", { class: "tile", data }, video(media, words), tag);
  const label = `${spoiler ? "Spoiler" : "Open"} picture${count > 1 ? ` ${at + 1} of ${count}` : ""}${words ? `: ${words}` : ""}`;
  return button("tile", { "aria-label": label, data: { ...data, lightbox: at } }, picture(media, words), tag);
}

const video = ({ url }, words) =>
  h("video", { src: webUrl(url), controls: true, playsinline: true, preload: "metadata", "aria-label": words || "Video", title: words || null });

function picture(media, words) {
  const { url, width, height, loading_state: state } = media ?? {};
  if (state === 1) return h("span", { class: "blank-picture" }); // Discord has not read it yet, and shows nothing until the message changes
  const sized = Boolean(width && height); // then its space is reserved before it has loaded
  return h("img", { src: webUrl(url), alt: words, title: words || null, width, height, decoding: "async", data: { sized }, vars: sized ? { "--ratio": width / height, "--width": `${width}px` } : {} });
}

/** A file to download, with its name and size. */
export function fileCard(file, { name, size, spoiler } = {}) {
  const href = webUrl(file?.url);
  const words = name ?? file?.filename ?? decodeURIComponent(href?.split("/").pop().split("?")[0] ?? "file");
  const bytes = size ?? file?.size;
  return h("a", { class: "file", href, download: words, target: "_blank", rel: "noopener", title: `Download ${words}`, data: { spoiler: spoiler ? "media" : null } },
    icon("file"), h("span", { class: "file-words" }, h("span", { class: "file-name" }, words), bytes ? h("span", { class: "file-size" }, fileSize(bytes)) : null), icon("download"));
}

/** The attachments of a message that are not drawn by its components: pictures and videos as a gallery, others as files. */
export function attachments(list) {
  const pictures = list.filter(({ content_type: type }) => /^(image|video)\//.test(type ?? ""));
  const items = pictures.map((media) => ({ media, description: media.description, spoiler: media.filename.startsWith("SPOILER_") }));
  return [items.length ? gallery(items) : null, ...list.filter((one) => !pictures.includes(one)).map((one) => fileCard(one))];
}
