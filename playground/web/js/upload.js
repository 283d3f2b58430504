// Files on their way to the local Discord: handed over before a command is sent, shown as chips until then.

import { h, icon } from "./dom.js";
import { fileSize } from "./media.js";

/** {id, filename, …} as stored, or {problem} in words. */
export async function upload(file, { upload_limit: limit }) {
  if (file.size > limit) return { problem: `${file.name} has ${fileSize(file.size)}; the limit here is ${fileSize(limit)}` };
  const body = new FormData();
  body.append("file", file, file.name);
  try {
    const response = await fetch("/client/uploads", { method: "POST", body });
    const answer = await response.json().catch(() => ({}));
    return response.ok ? answer : { problem: answer.message ?? `The file was refused (${response.status})` };
  } catch {
    return { problem: "The file could not be sent: no connection" };
  }
}

/** What a chip shows of a file: a small picture or the sign of a file, name, size. */
export const chip = (picture, name, size) => [
  picture ? h("img", { src: picture, alt: "" }) : icon("file"),
  h("span", { class: "option-file-name" }, name), h("span", { class: "option-file-size" }, fileSize(size)),
];
