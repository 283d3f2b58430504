// Files that are uploaded to the local Discord before a command or message refers to them, and how they are shown.

import { h, icon } from "./dom.js";

/** Uploads a file for the open channel; resolves to {id, filename, …} as stored, or to {problem} in words. */
export async function upload(file, { guild: { upload_limit: limit }, channelId, me }) {
  if (file.size > limit) return { problem: `${file.name} has ${fileSize(file.size)}; the limit here is ${fileSize(limit)}` };
  const body = new FormData();
  body.append("file", file, file.name);
  try {
    const response = await fetch(`/client/uploads?${new URLSearchParams({ channel: channelId, user: me.id })}`, { method: "POST", body });
    const answer = await response.json().catch(() => ({}));
    return response.ok ? answer : { problem: answer.message ?? `The file was refused (${response.status})` };
  } catch {
    return { problem: "The file could not be sent: no connection" };
  }
}

/** The nodes of a chip for a file: a small picture or the file icon, then name and size. */
export const fileChip = (picture, name, size) => [
  picture ? h("img", { src: picture, alt: "" }) : icon("file"),
  h("span", { class: "option-file-name" }, name), h("span", { class: "option-file-size" }, fileSize(size)),
];

/** A number of bytes in words: "640 bytes", "1.2 MB". */
export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = bytes < 1024 ** 2 ? 1 : 2;
  return `${(bytes / 1024 ** power).toFixed(1)} ${["", "KB", "MB"][power]}`;
}
