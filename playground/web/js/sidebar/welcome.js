// The head of a channel: a welcome and, while the channel is empty, three prompts to try.

import { button, byId, h, icon } from "../core/dom.js";

const EXAMPLES = [
  { prompt: "a red fox in fresh snow, soft morning light", mark: "🦊" },
  { prompt: "an isometric tea house on a floating island", mark: "🍵" },
  { prompt: "a poster of the moon landing, bold flat colours", mark: "🚀" },
];

export class Welcome {
  constructor(store, composer) {
    Object.assign(this, { store, composer });
    for (const name of ["ready", "channel", "messages", "commands", "bot"]) store.addEventListener(name, () => this.draw());
    byId("welcome").addEventListener("click", (event) => {
      const example = event.target.closest("[data-prompt]");
      if (example) composer.run(`/imagine ${example.dataset.prompt}`);
    });
  }

  draw() {
    const { channel } = this.store;
    if (!channel) return;
    const empty = !this.store.list().length && !this.store.local.some(({ channel_id: id }) => id === channel.id);
    const ready = this.store.bot.online && !channel.closed && this.composer.commands.some(({ name }) => name === "imagine");
    const state = [channel.id, empty, ready].join();
    if (state === this.state) return;
    this.state = state;
    byId("welcome").replaceChildren(h("div", { class: "welcome", data: { empty } },
      h("span", { class: "welcome-mark", "aria-hidden": "true" }),
      h("h2", {}, channel.type === 1 ? `You and ${channel.name}` : `Welcome to #${channel.name}`),
      h("p", {}, "Everything here runs on this machine: the real bot, a simulated image service, no account and no cost."),
      empty ? this.examples(ready) : null));
  }

  examples(ready) {
    return h("div", { class: "examples" },
      h("p", { class: "examples-title" }, ready ? "Try one of these, or type / for every command" : this.store.channel.closed ?? "The bot is starting…"),
      EXAMPLES.map(({ prompt, mark }) => button("example", { disabled: !ready, data: { prompt } },
        h("span", { class: "example-mark", "aria-hidden": "true" }, mark), h("span", { class: "example-words" }, h("strong", {}, "/imagine"), " ", prompt), icon("right"))));
  }
}
