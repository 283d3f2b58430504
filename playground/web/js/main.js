// Wires the page: connection → store → what is drawn; clicks and keys → actions.

import { Composer } from "./composer/composer.js";
import { Actions } from "./core/actions.js";
import { Connection } from "./core/connection.js";
import { byId, h } from "./core/dom.js";
import { loadOnDemand } from "./core/later.js";
import { keep, recall } from "./core/memory.js";
import { Store } from "./core/store.js";
import { watchTheme } from "./core/theme.js";
import { updateRelativeTimes } from "./core/time.js";
import { ContextMenu } from "./forms/context-menu.js";
import { setUpPanelButton } from "./panel/door.js";
import { Sidebar } from "./sidebar/sidebar.js";
import { Welcome } from "./sidebar/welcome.js";
import { Clicks } from "./timeline/clicks.js";
import { dots } from "./timeline/components.js";
import { displayName } from "./timeline/message.js";
import { Timeline } from "./timeline/timeline.js";

const store = new Store();
const user = new URL(location.href).searchParams.get("user") ?? recall("user");
const connection = new Connection(user);

/** What drawing needs to know, read from the store at each drawing. */
const context = {
  get me() { return store.me; },
  get bot() { return { ...store.bot, bot: true }; },
  user: (id) => { const found = store.met.has(id) && store.users.get(id); return found && { name: displayName(found) }; },
  role: (id) => store.roles.find((role) => role.id === id),
  channel: (id) => store.channels.find((channel) => channel.id === id),
  message: (id) => store.message(id),
  chosen: (messageId, customId) => store.chosen.get(`${messageId}:${customId}`),
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
  const part = await loadOnDemand(() => import("./timeline/lightbox.js"), ["dialogs"], notice);
  part?.lightbox().open(pictures, at);
}

const actions = new Actions(connection, store, {
  onModal: async (modal) => {
    const part = await loadOnDemand(() => import("./forms/modal.js"), ["dialogs"], notice);
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
const showPanelButton = setUpPanelButton(notice);
const menu = new ContextMenu(byId("timeline"), { store, actions, context });
new Clicks(byId("timeline"), { store, actions, showLarge, timeline, menu, notice });

const frames = {
  ready: (state) => {
    store.ready(state);
    showPanelButton(state.beside);
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
  // The slash itself is then typed into the box.
  if (free && (event.key === "/" || (event.key === "Escape" && event.target.closest(".timeline")))) composer.focus();
});
document.addEventListener("dragover", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
document.addEventListener("drop", (event) => {
  const file = event.dataTransfer?.files?.[0];
  if (!file || event.target.closest("input[type=file]")) return; // a form's own file input takes it
  event.preventDefault();
  if (!document.querySelector("dialog[open]")) composer.takeFile(file);
});

watchTheme();
updateRelativeTimes();
connection.open();
if (matchMedia("(pointer: fine)").matches) composer.focus();
