// Hands a file to the local Discord, as a client does before it sends a command.

/** {id, filename, …} as stored, or {problem} in words. */
export async function upload(file) {
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
