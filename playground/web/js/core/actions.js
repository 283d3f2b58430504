// Sends what a member does to the server, and hands the outcome to the store.

const NO_CONNECTION = "There is no connection to the playground just now";

export class Actions {
  constructor(connection, store, { onModal, onNotice }) {
    Object.assign(this, { connection, store, onModal, onNotice });
    this.open = new Map(); // nonce → handlers of its answer: {done, failed, choices, quiet}
    const listeners = { interaction: this.answered, modal: this.asked, choices: this.offered, error: this.refused };
    for (const [name, take] of Object.entries(listeners)) {
      connection.addEventListener(name, ({ detail }) => take.call(this, detail, this.handlers(detail.nonce)));
    }
    connection.addEventListener("down", () => this.abandon());
  }

  slash(invocable, options) {
    const channelId = this.store.channelId;
    const id = `local-${Date.now()}-${Math.random()}`;
    const sent = this.send("slash", { channel_id: channelId, name: invocable.root, options }, {
      done: () => this.store.dropLocal(id),
      failed: (error) => this.store.failLocal(id, error),
    });
    if (sent) this.store.addLocal({ id, channel_id: channelId, name: invocable.name, state: "sending" });
    return sent;
  }

  press(message, customId) {
    this.component("press", message, customId);
  }

  choose(message, customId, values) {
    this.store.choose(message.id, customId, values);
    if (!this.component("choose", message, customId, { values })) this.store.choose(message.id, customId, null);
  }

  component(op, message, customId, more) {
    const settle = (failure) => this.store.settle(message.id, customId, failure);
    const body = { channel_id: message.channel_id, message_id: message.id, custom_id: customId, ...more };
    const sent = this.send(op, body, { done: settle, failed: settle });
    if (sent) this.store.expect(message.id, customId);
    return sent;
  }

  context(message, name) {
    this.send("context", { channel_id: message.channel_id, message_id: message.id, name });
  }

  /** Resolves to undefined when the bot acknowledges the modal, else to the reason why it did not. */
  submit({ interaction_id, custom_id }, components) {
    return new Promise((resolve) => {
      if (!this.send("submit", { interaction_id, custom_id, components }, { done: resolve, failed: resolve })) resolve(NO_CONNECTION);
    });
  }

  /** The bot's suggestions for the focused option; `choices` is not called when no answer comes. */
  autocomplete(invocable, options, choices) {
    this.send("autocomplete", { channel_id: this.store.channelId, name: invocable.root, options }, { choices, quiet: true });
  }

  say(content, attachments) {
    return this.send("send", { channel_id: this.store.channelId, content, attachments });
  }

  dismiss(messageId) {
    if (messageId.startsWith("local-")) this.store.dropLocal(messageId);
    else this.send("dismiss", { message_id: messageId });
  }

  send(op, body, handlers = {}) {
    const nonce = this.connection.send(op, body);
    if (nonce) this.open.set(nonce, handlers);
    else if (!handlers.quiet) this.onNotice(NO_CONNECTION);
    return nonce;
  }

  handlers(nonce) {
    const found = this.open.get(nonce) ?? {};
    this.open.delete(nonce);
    return found;
  }

  answered({ state, error }, { done, failed = this.onNotice }) {
    if (state === "failed") failed(error ?? "The application did not respond");
    else done?.();
  }

  asked(modal, { done }) {
    done?.();
    this.onModal(modal);
  }

  offered({ choices }, handlers) {
    handlers.choices?.(choices);
  }

  refused({ message }, { failed = this.onNotice, quiet }) {
    if (!quiet) failed(message);
  }

  abandon() {
    const handlers = [...this.open.values()];
    this.open.clear();
    for (const { failed } of handlers) failed?.("The connection was lost before the answer came");
  }
}
