// The page: loads what the link stands for and puts the parts together.

import { connect } from "./controls.js";
import { load } from "./desk.js";
import { byId } from "./dom.js";
import { Editor } from "./editor.js";
import { Mask } from "./mask.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import { Pointers } from "./pointers.js";
import { Stage } from "./stage.js";

async function open() {
  const { width, height, prompt, picture } = await load();
  await show(picture);
  byId("loading").hidden = true;
  byId("editor").hidden = false;
  const mask = new Mask(byId("mask"), width, height);
  const stage = new Stage(byId("stage"), byId("sheet"), width, height);
  const overlay = new Overlay(byId("overlay"), width, height);
  const editor = new Editor(mask, overlay);
  const pointers = new Pointers(stage, editor, overlay);
  connect({ mask, stage, overlay, editor, pointers, panel: new Panel(mask, prompt) });
}

async function show(picture) {
  byId("picture").src = URL.createObjectURL(picture);
  await byId("picture").decode().catch(() => {
    throw new Error("The picture can't be shown. Reload the page.");
  });
}

function fail(problem) {
  byId("loading").hidden = true;
  byId("editor").hidden = true;
  byId("failed").hidden = false;
  byId("failed-text").textContent = problem.message;
}

open().catch(fail);
