// What this page asks of the bot. The ticket is part of the page's own address.

const here = location.pathname;

/** {prompt, width, height} and the picture as a Blob. Throws an Error whose message can be shown. */
export async function load() {
  const task = await (await ask("/task")).json();
  return { ...task, picture: await (await ask("/picture")).blob() };
}

/** The sentence that says what happens now. Throws an Error whose message can be shown. */
export async function send(mask, prompt) {
  const body = JSON.stringify({ mask: await base64(mask), prompt });
  const answer = await ask("", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  return (await answer.json()).message;
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(here + path, { cache: "no-store", ...options });
  } catch {
    throw new Error("There is no connection to the bot. Check yours and try again.");
  }
  if (answer.ok) return answer;
  const { message } = await answer.json().catch(() => ({}));
  throw new Error(message ?? `The bot did not take this (${answer.status}). Try again in a moment.`);
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Error("The mask could not be read. Try again."));
    reader.readAsDataURL(blob);
  });
}
