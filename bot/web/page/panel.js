// The prompt, how much is painted, Send, and what came of it.

import { send } from "./desk.js";
import { byId } from "./dom.js";

export class Panel {
  #mask;
  #painted = 0;
  #sending = false;
  #sent = false;

  constructor(mask, prompt) {
    this.#mask = mask;
    byId("prompt").value = prompt;
    byId("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    addEventListener("beforeunload", (event) => {
      if (this.#painted && !this.#sent) event.preventDefault();
    });
    this.update();
  }

  get painted() { return this.#painted > 0; }

  /** Say how much of the picture is painted now. */
  update() {
    this.#painted = this.#mask.count();
    byId("coverage").textContent = words(this.#painted / (this.#mask.width * this.#mask.height));
    byId("coverage").dataset.painted = this.painted;
    this.#button();
  }

  #button() {
    byId("send").disabled = !this.painted || this.#sending;
    byId("send").setAttribute("aria-busy", this.#sending);
    byId("send-text").textContent = this.#sending ? "Sending…" : "Send";
  }

  async #send() {
    if (!this.painted || this.#sending) return;
    this.#busy(true);
    byId("problem").hidden = true;
    try {
      this.#done(await send(await this.#mask.png(), byId("prompt").value));
    } catch (problem) {
      byId("problem").textContent = problem.message;
      byId("problem").hidden = false;
    }
    this.#busy(false);
  }

  // What is sent must be what is seen, so nothing can be painted meanwhile.
  #busy(busy) {
    this.#sending = busy;
    for (const id of ["toolbar", "stage"]) byId(id).inert = busy || this.#sent;
    this.#button();
  }

  #done(sentence) {
    this.#sent = true;
    byId("form").hidden = true;
    byId("sent-text").textContent = sentence;
    byId("sent").hidden = false;
    byId("sent").focus();
  }
}

function words(share) {
  if (share === 0) return "Nothing is painted yet.";
  if (share === 1) return "The whole picture will change.";
  const percent = share * 100;
  const shown = percent < 1 ? "Less than 1" : percent > 99 ? "More than 99" : Math.round(percent);
  return `${shown} % of the picture will change.`;
}
