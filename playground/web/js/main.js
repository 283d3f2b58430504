// Puts the page together: connection → store → what is drawn; clicks and keys → actions.

import { Actions } from "./actions.js";
import { Clicks } from "./clicks.js";
import { Composer } from "./composer.js";
import { dots } from "./components.js";
import { Connection } from "./connection.js";
import { ContextMenu } from "./context-menu.js";
import { byId, h } from "./dom.js";
import { fetched } from "./later.js";
import { keep, recall } from "./memory.js";
import { panelDoor } from "./panel-door.js";
import { Sidebar } from "./sidebar.js";
import { Store } from "./store.js";
import { watchTheme } from "./theme.js";
import { keepTime } from "./time.js";
import { Timeline } from "./timeline.js";
import { displayName } from "./message.js";
import { Welcome } from "./welcome.js";

const store = new Store();
const user = new URL(location.href).searchParams.get("user") ?? recall("user");
const connection = new Connection(user);

/** What drawing needs to know of the world, looked up when it is drawn. */
const context = {
  get me() { return store.me; },
  get bot() { return { ...store.bot, bot: true }; },
  user: (id) => { const found = store.users.get(id); return found && { name: displayName(found) }; },
  role: (id) => store.roles.find((role) => role.id === id),
  channel: (id) => store.channels.find((channel) => channel.id === id),
  message: (id) => store.message(id),
  waiting: (messageId, customId) => store.waiting.has(`${messageId}:${customId}`),
  failure: (messageId) => store.failures.get(messageId),
  messageCommands: () => store.offered.filter(({ type }) => type === 3),
};

function notice(words) {
  const toast = h("div", { class: "toast" }, words);
  byId("toasts").append(toast);
  setTimeout(() => toast.remove(), 6000);
}

async function showLarge(pictures, at) {
  const part = await fetched("lightbox", ["dialogs"], notice);
  part?.lightbox().open(pictures, at);
}

const actions = new Actions(connection, store, {
  onModal: async (modal) => {
    const part = await fetched("modal", ["dialogs"], notice);
    if (part) new part.Modal(modal, { actions, context, store }).open();
  },
  onNotice: notice,
});
const timeline = new Timeline(store, context);
const composer = new Composer(store, actions, notice);
new Sidebar(store, {
  onUser: (id) => {
    keep("user", id);
    connection.become(id);
  },
});
new Welcome(store, composer);
const offerPanel = panelDoor(notice);
const menu = new ContextMenu(byId("timeline"), { store, actions, context });
new Clicks(byId("timeline"), { store, actions, showLarge, timeline, menu, notice });

const frames = {
  ready: (state) => {
    store.ready(state);
    offerPanel(state.beside);
  },
  message_create: (message) => store.put(message),
  message_update: (message) => store.put(message),
  message_delete: (message) => store.remove(message),
  commands: (commands) => store.setCommands(commands),
  bot: (bot) => store.setBot(bot),
  typing,
};
for (const [name, take] of Object.entries(frames)) connection.addEventListener(name, ({ detail }) => take(detail));

connection.addEventListener("down", () => banner("The connection to the playground was lost. Trying again…"));
connection.addEventListener("up", () => banner(""));

function banner(words) {
  byId("banner").hidden = !words;
  byId("banner").textContent = words;
}

let typingEnds = null;
function typing({ channel_id: channelId, user_id: userId }) {
  if (channelId !== store.channelId || userId === store.me.id) return;
  const who = userId === store.bot.id ? displayName(store.bot) : displayName(store.users.get(userId) ?? {});
  byId("typing").replaceChildren(dots(), `${who} is typing…`);
  clearTimeout(typingEnds);
  typingEnds = setTimeout(quiet, 8000);
}
function quiet() {
  byId("typing").replaceChildren();
}
connection.addEventListener("message_create", quiet);
store.addEventListener("channel", quiet);

document.addEventListener("keydown", (event) => {
  const free = !event.target.closest("input, textarea, select, dialog, [popover]") && !event.ctrlKey && !event.metaKey && !event.altKey;
  // A slash is then typed into the box.
  if (free && (event.key === "/" || (event.key === "Escape" && event.target.closest(".timeline")))) composer.focus();
});
document.addEventListener("dragover", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
document.addEventListener("drop", (event) => {
  const file = event.dataTransfer?.files?.[0];
  if (!file || event.target.closest("input[type=file]")) return; // a form's own field takes it
  event.preventDefault();
  if (!document.querySelector("dialog[open]")) composer.takeFile(file);
});

watchTheme();
keepTime();
connection.open();
if (matchMedia("(pointer: fine)").matches) composer.focus();
