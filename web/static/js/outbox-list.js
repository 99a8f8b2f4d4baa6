// The entries that are not safe on the server yet, as a list in <div data-outbox-list>:
// what waits, and what the server refused, with its words and the ways out. Nothing is
// taken from the list but by the server's yes or by somebody's decision.
//
// data-outbox-note="/address" with data-outbox-note-field="i.text" and
// data-outbox-note-set="i.kind=note" lets a refused entry be kept as a note there.
(() => {
  "use strict";
  const words = {
    en: { waits: "waits", sending: "Not on the server yet", refused: "Not accepted", noanswer: "The server could not carry this out.", change: "Correct and send", send: "Send again", again: "Send once more", note: "Keep as a note", remove: "Remove", sure: "Remove for good? It is on no server.", yes: "Yes, remove", no: "No, keep it", at: "entered", was: (l, at, t) => "Entered " + at + ", not accepted (" + t + "): " + l },
    nb: { waits: "venter", sending: "Ikke på tjeneren ennå", refused: "Ikke godtatt", noanswer: "Tjeneren kunne ikke utføre dette.", change: "Rett og send", send: "Send på nytt", again: "Send en gang til", note: "Behold som notat", remove: "Fjern", sure: "Fjerne for godt? Den finnes ikke på noen tjener.", yes: "Ja, fjern", no: "Nei, behold", at: "ført", was: (l, at, t) => "Ført " + at + ", ikke godtatt (" + t + "): " + l },
  };
  const say = words[document.documentElement.lang] || words.en;
  const el = (name, className, text) => { const e = document.createElement(name); if (className) e.className = className; if (text) e.textContent = text; return e; };
  const time = (iso) => new Date(iso).toLocaleTimeString(document.documentElement.lang === "nb" ? "nb-NO" : "en-GB", { hour: "2-digit", minute: "2-digit" });
  const button = (text, variant, act) => {
    const b = el("button", "ds-button", text);
    b.type = "button";
    b.dataset.variant = variant;
    b.addEventListener("click", act);
    return b;
  };
  const said = (e) => (e.refusal && e.refusal.text) || say.noanswer;
  const detail = (e) => e.shown.filter(([, , value]) => value).map(([, label, value]) => label + ": " + value).join(" · ");

  const correct = (row, e) => {
    const form = el("form", "v-form");
    const inputs = e.shown.map(([name, label, value], i) => {
      const field = el("div", "v-field");
      const l = el("label", "v-label", label), input = el("input", "ds-input");
      input.id = "correct-" + e.seq + "-" + i;
      input.value = value;
      l.htmlFor = input.id;
      if (e.refusal && e.refusal.field && name.endsWith(e.refusal.field.split(".").pop())) input.setAttribute("aria-invalid", "true");
      field.append(l, input);
      form.append(field);
      return [name, label, input];
    });
    form.append(el("div", "v-actions"));
    const send = button(say.send, "primary", () => {});
    send.type = "submit";
    form.lastChild.append(send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const left = inputs.map(([n, l, i]) => [n, l, i.value]);
      const fields = e.fields.map(([k, v]) => {
        const at = left.findIndex(([n, , , used]) => n === k && !used);
        if (at < 0) return [k, v];
        left[at].push(true);
        return [k, left[at][2]];
      });
      window.vardeOutbox.correct(e, fields, left.map(([n, l, v]) => [n, l, v]));
    });
    row.append(form);
    (inputs[0] ? inputs[0][2] : send).focus();
  };
  const remove = (row, e) => {
    const box = el("div", "v-actions");
    box.setAttribute("role", "group");
    const text = el("span", "", say.sure);
    const no = button(say.no, "secondary", () => box.remove());
    box.append(text, button(say.yes, "primary", () => window.vardeOutbox.remove(e)), no);
    row.append(box);
    no.focus();
  };
  const note = (list, e) => {
    const { outboxNote: action, outboxNoteField: field, outboxNoteSet: set, outboxNoteScope: scope } = list.dataset;
    const text = say.was([e.label, detail(e)].filter(Boolean).join(", "), time(e.at), said(e));
    const fields = [[field, text]];
    if (set) fields.unshift(set.split("="));
    window.vardeOutbox.replace(e, { action, fields, label: say.note, scope, shown: [[field, say.note, text]] });
  };
  const rowOf = (list, e) => {
    const row = el("li", "v-outbox__row");
    row.dataset.seq = e.seq;
    row.dataset.state = e.state;
    const head = el("p");
    head.append(el("strong", "", e.label), el("span", "v-muted", " " + say.at + " " + time(e.at)));
    row.append(head);
    if (detail(e)) row.append(el("p", "v-muted", detail(e)));
    if (e.state !== "refused") return row;
    row.append(el("p", "v-message v-message--error", said(e)));
    const actions = el("div", "v-actions");
    if (e.shown.length) actions.append(button(say.change, "primary", () => { actions.remove(); correct(row, e); }));
    actions.append(button(say.again, "secondary", () => window.vardeOutbox.again(e)));
    if (list.dataset.outboxNote && e.fields[0]?.[0] !== list.dataset.outboxNoteField) actions.append(button(say.note, "secondary", () => note(list, e)));
    actions.append(button(say.remove, "tertiary", () => remove(row, e)));
    row.append(actions);
    return row;
  };
  const part = (list, title, entries, open) => {
    if (!entries.length) return null;
    const box = el("details", "v-help v-outbox__part");
    box.open = open;
    const summary = el("summary");
    summary.append(el("span", "", title + ": " + entries.length));
    const ul = el("ul", "v-outbox__rows");
    ul.append(...entries.map((e) => rowOf(list, e)));
    box.append(summary, ul);
    return box;
  };
  let shown = "";
  const draw = ({ entries }) => {
    const now = JSON.stringify(entries.map((e) => [e.seq, e.state]));
    const lists = document.querySelectorAll("[data-outbox-list]");
    // What somebody is correcting must not be taken away from under their fingers.
    if (now === shown && [...lists].every((l) => l.childElementCount || !entries.length)) return;
    shown = now;
    for (const list of lists) {
      const busy = new Map([...list.querySelectorAll("li")].filter((r) => r.contains(document.activeElement) || r.querySelector("form")).map((r) => [r.dataset.seq, r]));
      const open = list.querySelector("details[open] [data-state=waiting]") !== null;
      list.replaceChildren(...[
        part(list, say.refused, entries.filter((e) => e.state === "refused"), true),
        part(list, say.sending, entries.filter((e) => e.state !== "refused"), open),
      ].filter(Boolean));
      for (const row of list.querySelectorAll("li")) {
        const old = busy.get(row.dataset.seq);
        if (old && old.dataset.state === row.dataset.state) row.replaceWith(old);
      }
    }
  };
  document.addEventListener("varde:outbox", (event) => draw(event.detail));
  if (window.vardeOutbox) window.vardeOutbox.refresh();
})();
