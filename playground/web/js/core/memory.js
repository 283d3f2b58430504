// What a tab remembers over a reload: the member and the open channel, what was read, drafts.

const name = (key) => `playground-${key}`;

/** What was kept under a key, or null. */
export function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(name(key)));
  } catch {
    return null; // written by an earlier version
  }
}

export const keep = (key, value) => sessionStorage.setItem(name(key), JSON.stringify(value));
