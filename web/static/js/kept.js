// What this device keeps of pages and entries: it registers the service worker where
// a page needs it, and holds signing out while entries are not on the server.
(() => {
  "use strict";
  const root = document.documentElement;
  const account = root.dataset.account || "";
  if (!account) return;

  const ready = async () => {
    if (!("serviceWorker" in navigator)) return;
    if (!navigator.serviceWorker.controller && !document.querySelector("[data-outbox-state], [data-outbox], [data-keep]")) return;
    try {
      await navigator.serviceWorker.register("/sw.js", { scope: "/" });
      const worker = (await navigator.serviceWorker.ready).active;
      const files = [...performance.getEntriesByType("resource")].map((r) => r.name).filter((n) => new URL(n).pathname.startsWith("/static/"));
      if (root.dataset.kept) return;
      const done = new MessageChannel();
      done.port1.onmessage = () => root.setAttribute("data-keeping", "");
      worker.postMessage({ account, page: location.href.split("#")[0], files }, [done.port2]);
    } catch {
      // Without it pages are not kept; entries are.
    }
  };
  if (document.readyState === "complete") ready();
  else window.addEventListener("load", ready);

  const words = {
    en: { title: "Not everything is on the server yet", text: "Entries of yours are safe on this device only. They are sent as soon as there is a connection.",
      sure: "If you sign out now, they stay on this device and are sent when you sign in here again.", stay: "Stay signed in", send: "Send now", out: "Sign out all the same" },
    nb: { title: "Ikke alt er på tjeneren ennå", text: "Føringer du har gjort, er bare trygge på denne enheten. De sendes så snart det er forbindelse.",
      sure: "Logger du ut nå, blir de liggende på enheten og sendes når du logger inn her igjen.", stay: "Bli innlogget", send: "Send nå", out: "Logg ut likevel" },
  };
  const say = words[root.lang] || words.en;
  const el = (name, text, set) => { const e = Object.assign(document.createElement(name), set); e.textContent = text; return e; };
  const ask = (form) => {
    const dialog = el("dialog", "", { className: "ds-dialog" });
    const title = el("h2", say.title, { id: "outbox-hold" });
    dialog.setAttribute("aria-labelledby", title.id);
    const actions = el("div", "", { className: "v-actions" });
    const button = (text, variant, act) => {
      const b = el("button", text, { type: "button", className: "ds-button" });
      if (variant) b.dataset.variant = variant;
      b.addEventListener("click", act);
      actions.append(b);
    };
    const close = () => { dialog.close(); dialog.remove(); };
    button(say.send, "", async () => { close(); await window.vardeOutbox.retry(); });
    button(say.stay, "secondary", close);
    button(say.out, "tertiary", () => { close(); form.dataset.unsent = "known"; form.requestSubmit(); });
    dialog.append(title, el("p", say.text), el("p", say.sure), actions);
    document.body.append(dialog);
    dialog.showModal();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/signout" || form.dataset.unsent === "known" || !window.vardeOutbox) return;
    const { waiting, refused } = window.vardeOutbox.state();
    if (waiting + refused === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form);
  }, true);
})();
