// Large keys for numbers. <fieldset data-keypad="id1 id2 ..."> types into the box that
// had the focus last, or else into the first one; "next" goes on to the next box. The
// boxes stay ordinary inputs: a keyboard works, and without this file the keys hide.
(() => {
  "use strict";
  const boxes = (pad) => pad.dataset.keypad.split(/\s+/).map((id) => document.getElementById(id)).filter(Boolean);
  const current = new WeakMap();
  const mark = (pad, box) => {
    current.set(pad, box);
    for (const b of boxes(pad)) b.classList.toggle("v-keyed", b === box);
  };
  const of = (pad) => {
    const box = current.get(pad);
    return box && box.isConnected ? box : boxes(pad)[0];
  };
  const write = (box, text, from, to) => {
    if (box.maxLength > 0 && box.value.length - (to - from) + text.length > box.maxLength) return;
    box.setRangeText(text, from, to, "end");
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  const press = (pad, key) => {
    const box = of(pad);
    if (!box) return;
    mark(pad, box);
    const from = box.selectionStart ?? box.value.length, to = box.selectionEnd ?? from;
    if (key === "next") {
      const all = boxes(pad);
      box.dispatchEvent(new Event("change", { bubbles: true }));
      const next = all[(all.indexOf(box) + 1) % all.length];
      mark(pad, next);
      next.select();
    } else if (key === "back") write(box, "", from === to ? Math.max(0, from - 1) : from, to);
    else write(box, key, from, to);
  };
  document.addEventListener("focusin", (event) => {
    for (const pad of document.querySelectorAll("[data-keypad]")) if (boxes(pad).includes(event.target)) mark(pad, event.target);
  });
  document.addEventListener("click", (event) => {
    const key = event.target.closest?.("[data-press]");
    const pad = key && key.closest("[data-keypad]");
    if (pad) press(pad, key.dataset.press);
  });
  // A pointer on a key must not take the focus, and with it the caret, from the box.
  document.addEventListener("pointerdown", (event) => {
    if (event.target.closest?.("[data-press]")) event.preventDefault();
  });
})();
