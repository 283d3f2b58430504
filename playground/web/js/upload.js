// Hands a file to the local Discord, as a client does before it sends a command.

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
