// Pictures and files of a message: galleries, thumbnails, attachments, embeds' images.

import { h, icon } from "./dom.js";
import { webAddress } from "./inline.js";

/** A gallery of 1 to 10 pictures; each opens in the lightbox. */
export function gallery(items) {
  const shown = (items ?? []).slice(0, 10);
  return h("div", { class: "gallery", data: { count: shown.length } }, shown.map((item, at) => tile(item, at, shown.length)));
}

function tile(item, at, count) {
  const { media } = item;
  const words = item.description ?? "";
  if (isVideo(media)) return h("div", { class: "tile", data: { spoiler: item.spoiler ? "media" : null } }, video(media, words), item.spoiler ? veil() : null);
  const opener = { type: "button", class: "tile", "aria-label": tileLabel(item, at, count), data: { lightbox: at, spoiler: item.spoiler ? "media" : null } };
  return h("button", opener, picture(media, words), item.spoiler ? veil() : null);
}

const veil = () => h("span", { class: "spoiler-tag", "aria-hidden": "true" }, "Spoiler");

const isVideo = (media) => Boolean(media?.content_type?.startsWith("video/"));

const video = (media, words) =>
  h("video", { src: webAddress(media.url ?? ""), controls: true, playsinline: true, preload: "metadata", "aria-label": words || "Video", title: words || null });

const tileLabel = ({ description: words, spoiler }, at = 0, count = 1) =>
  `${spoiler ? "Spoiler" : "Open"} picture${count > 1 ? ` ${at + 1} of ${count}` : ""}${words ? `: ${words}` : ""}`;

function picture(media, words) {
  const src = webAddress(media?.url ?? "");
  const { width, height } = media ?? {};
  const sized = Boolean(width && height); // then its room is kept before it has loaded
  const vars = sized ? { "--ratio": width / height, "--width": `${width}px` } : {};
  return h("img", { src, alt: words, title: words || null, width, height, decoding: "async", vars, data: { sized } });
}

export function thumbnail(component) {
  const words = component.description ?? "";
  return h("div", { class: "gallery thumbnail", data: { count: 1 } },
    h("button", { type: "button", class: "tile", "aria-label": tileLabel(component), data: { lightbox: 0, spoiler: component.spoiler ? "media" : null } },
      picture(component.media, words)));
}

/** A file to download, with its name and size. */
export function fileCard(file, { name, size, spoiler } = {}) {
  const url = webAddress(file?.url ?? "");
  const words = name ?? file?.filename ?? decodeURIComponent(url?.split("/").pop()?.split("?")[0] ?? "file");
  const bytes = size ?? file?.size;
  return h("a", { class: "file", href: url, download: words, target: "_blank", rel: "noopener", title: `Download ${words}`, data: { spoiler: spoiler ? "media" : null } },
    icon("file"), h("span", { class: "file-words" }, h("span", { class: "file-name" }, words), bytes ? h("span", { class: "file-size" }, fileSize(bytes)) : null), icon("download"));
}

export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = bytes < 1024 ** 2 ? 1 : 2;
  return `${(bytes / 1024 ** power).toFixed(1)} ${["", "KB", "MB"][power]}`;
}

/** The attachments of a message that are not drawn by its components: pictures and videos as a gallery, others as files. */
export function attachments(list) {
  const pictures = list.filter((one) => /^(image|video)\//.test(one.content_type ?? ""));
  const items = pictures.map((one) => ({ media: one, description: one.description ?? "", spoiler: one.filename.startsWith("SPOILER_") }));
  const files = list.filter((one) => !pictures.includes(one)).map((one) => fileCard(one));
  return [items.length ? gallery(items) : null, ...files];
}
