// Buttons, tools and slider, and the keys that stand for them.

import { byId } from "./dom.js";
import { Keyboard } from "./keyboard.js";

const ZOOM = 1.25;

/** Connect everything in the toolbar, and the keyboard, to the editor. */
export function connect({ mask, stage, overlay, editor, pointers, panel }) {
  const actions = {
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    invert: () => editor.invert(),
    clear: () => panel.painted && editor.clear(),
    "zoom-in": () => stage.zoom(ZOOM),
    "zoom-out": () => stage.zoom(1 / ZOOM),
    "zoom-fit": () => stage.fit(),
  };
  for (const [id, action] of Object.entries(actions)) byId(id).addEventListener("click", action);

  const choose = (tool) => (document.querySelector(`[name=tool][value=${tool}]`).checked = true) && (editor.tool = tool);
  for (const radio of document.querySelectorAll("[name=tool]")) {
    radio.addEventListener("change", () => choose(radio.value));
  }

  const size = byId("size");
  const resize = () => sized(size, mask, editor);
  const nudge = (by) => { size.valueAsNumber += by; resize(); };
  size.addEventListener("input", resize);
  resize();

  editor.addEventListener("change", () => {
    panel.update();
    byId("undo").disabled = !editor.canUndo;
    byId("redo").disabled = !editor.canRedo;
    byId("clear").disabled = !panel.painted;
  });
  const zoomed = () => (byId("zoom-shown").textContent = `${Math.round(stage.scale * 100)} %`);
  stage.addEventListener("view", zoomed);
  zoomed();

  new Keyboard(stage, editor, overlay, pointers, mask, whileOpen({
    b: () => choose("brush"),
    r: () => choose("rectangle"),
    l: () => choose("lasso"),
    e: () => choose("eraser"),
    "[": () => nudge(-1),
    "]": () => nudge(1),
    "ctrl+z": actions.undo,
    "ctrl+shift+z": actions.redo,
    "ctrl+y": actions.redo,
    "+": actions["zoom-in"],
    "=": actions["zoom-in"],
    "-": actions["zoom-out"],
    0: actions["zoom-fit"],
  }));
}

// The slider is in percent of the picture's longer side, so that it means the same for every picture.
function sized(slider, { width, height }, editor) {
  const pixels = Math.max(2, Math.round((Math.max(width, height) * slider.valueAsNumber) / 100));
  byId("size-shown").value = `${pixels} px`;
  slider.setAttribute("aria-valuetext", `${pixels} pixels`);
  editor.size = pixels;
}

function whileOpen(commands) {
  const guarded = ([key, command]) => [key, () => byId("toolbar").inert || command()];
  return Object.fromEntries(Object.entries(commands).map(guarded));
}
