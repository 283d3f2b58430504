// What a member can do, said to the server; and what becomes of it, told to the store.

const GONE = "There is no connection to the playground just now";

export class Actions {
  constructor(connection, store, { onModal, onNotice }) {
    this.connection = connection;
    this.store = store;
    this.onModal = onModal;
    this.onNotice = onNotice;
    this.open = new Map(); // nonce → what to do with its answer
    connection.addEventListener("interaction", ({ detail }) => this.answered(detail));
    connection.addEventListener("modal", ({ detail }) => this.modal(detail));
    connection.addEventListener("choices", ({ detail }) => this.offered(detail));
    connection.addEventListener("error", ({ detail }) => this.refused(detail));
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
    this.component("press", message, customId, {});
  }

  choose(message, customId, values) {
    this.component("choose", message, customId, { values });
  }

  component(op, message, customId, more) {
    const body = { channel_id: message.channel_id, message_id: message.id, custom_id: customId, ...more };
    const sent = this.send(op, body, {
      done: () => this.store.settle(message.id, customId),
      failed: (error) => this.store.settle(message.id, customId, error),
    });
    if (sent) this.store.expect(message.id, customId);
  }

  context(message, name) {
    this.send("context", { channel_id: message.channel_id, message_id: message.id, name }, {
      failed: (error) => this.onNotice(error),
    });
  }

  /** Resolves to null once the bot acknowledged the modal, or to why it did not. */
  submit(modal, components) {
    const { interaction_id, custom_id } = modal;
    return new Promise((resolve) => {
      const sent = this.send("submit", { interaction_id, custom_id, components }, {
        done: () => resolve(null),
        failed: resolve,
      });
      if (!sent) resolve(GONE);
    });
  }

  /** The bot's suggestions for the focused option; `onChoices` is not called when there is no answer. */
  autocomplete(invocable, options, onChoices) {
    const body = { channel_id: this.store.channelId, name: invocable.root, options };
    const nonce = this.connection.send("autocomplete", body);
    if (nonce) this.open.set(nonce, { choices: onChoices, quiet: true });
  }

  say(content, attachments) {
    return this.send("send", { channel_id: this.store.channelId, content, attachments }, { failed: (error) => this.onNotice(error) });
  }

  dismiss(messageId) {
    if (messageId.startsWith("local-")) this.store.dropLocal(messageId);
    else this.send("dismiss", { message_id: messageId }, {});
  }

  send(op, body, handlers) {
    const nonce = this.connection.send(op, body);
    if (nonce) this.open.set(nonce, handlers);
    else this.onNotice(GONE);
    return nonce;
  }

  answered({ nonce, state, error }) {
    const handlers = this.open.get(nonce);
    if (!handlers) return;
    this.open.delete(nonce);
    if (state === "failed") handlers.failed?.(error ?? "The application did not respond");
    else handlers.done?.();
  }

  modal(modal) {
    this.answered({ nonce: modal.nonce, state: "acknowledged" });
    this.onModal(modal);
  }

  offered({ nonce, choices }) {
    this.open.get(nonce)?.choices?.(choices);
    this.open.delete(nonce);
  }

  refused({ nonce, message }) {
    const handlers = this.open.get(nonce);
    this.open.delete(nonce);
    if (handlers?.quiet) return;
    if (handlers?.failed) handlers.failed(message);
    else this.onNotice(message);
  }

  abandon() {
    const handlers = [...this.open.values()];
    this.open.clear();
    for (const one of handlers) one.failed?.("The connection was lost before the answer came");
  }
}
