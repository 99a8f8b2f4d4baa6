// The device's outbox: what is entered is written here first, durably and with its
// true time, and sent to the server later, in order and once. Network, server and
// power may fail meanwhile. docs/session-room.md tells the whole of it.
//
//   <form data-outbox="label" data-outbox-scope="room">   goes through the outbox
//   <p data-outbox-state role="status"></p>               says in words what is not yet safe
//   vardeOutbox.add({action, fields: [[k, v]], label, scope}) -> Promise of the entry
//   "varde:outbox" on document, detail {waiting, refused, entries, lastSaved, ...}
//
// Without this script, or where the device cannot keep anything, forms post as ever.
(() => {
  "use strict";
  if (window.vardeOutbox) return;
  const root = document.documentElement;
  const mine = () => root.dataset.account || "";
  const clock = () => (window.vardeClock ? window.vardeClock.now() : Date.now());
  const uuid = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const h = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return h.slice(0, 8) + "-" + h.slice(8, 12) + "-" + h.slice(12, 16) + "-" + h.slice(16, 20) + "-" + h.slice(20);
  };

  // --- The store ---------------------------------------------------------------
  const asked = (request) => new Promise((yes, no) => {
    request.onsuccess = () => yes(request.result);
    request.onerror = () => no(request.error);
  });
  let opened = null;
  const open = () => (opened ||= new Promise((yes, no) => {
    const request = indexedDB.open("varde-outbox", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("entries", { keyPath: "seq", autoIncrement: true }).createIndex("id", "id", { unique: true });
    request.onsuccess = () => {
      const db = request.result;
      const again = () => { opened = null; };
      db.onclose = again;
      db.onversionchange = () => { db.close(); again(); };
      yes(db);
    };
    request.onerror = () => no(request.error);
    request.onblocked = () => no(new Error("blocked"));
  }).catch((fault) => { opened = null; throw fault; }));
  // write is done when the device has it on its disk, not before.
  const write = async (work) => {
    const db = await open();
    return new Promise((yes, no) => {
      const t = db.transaction("entries", "readwrite", { durability: "strict" });
      let result;
      t.oncomplete = () => yes(result);
      t.onabort = t.onerror = () => no(t.error || new Error("aborted"));
      work(t.objectStore("entries"), (r) => { result = r; });
    });
  };
  const all = async () => asked((await open()).transaction("entries").objectStore("entries").getAll());

  const add = async ({ action, fields, label, scope, at, shown, replaces }) => {
    const entry = {
      id: uuid(), account: mine(), scope: scope || "page", label: label || "", shown: shown || [],
      action: new URL(action, location.href).pathname + new URL(action, location.href).search,
      fields: [...fields].filter(([k, v]) => k !== "client" && k !== "entered" && typeof v === "string").map(([k, v]) => [k, v]),
      at: at || new Date(clock()).toISOString(), state: "waiting", refusal: null, tries: 0,
    };
    await write((store, done) => {
      const put = store.add(entry);
      put.onsuccess = () => { entry.seq = put.result; done(entry); };
      if (replaces) store.delete(replaces);
    });
    tell();
    drain();
    return entry;
  };
  // settle writes what became of an entry; an entry that is gone stays gone.
  const settle = (seq, change) => write((store) => {
    const got = store.get(seq);
    got.onsuccess = () => { if (got.result) { change(got.result); store.put(got.result); } };
  });
  const remove = (seq) => write((store) => { store.delete(seq); });

  // --- Sending ---------------------------------------------------------------------
  const patience = 20000;  // ms for one answer
  const waits = [1000, 2000, 4000, 8000, 15000, 30000];
  const enough = 20;       // answers that make no sense before an entry is put aside, so that later ones pass
  const status = { lastSaved: null, offline: false, signedOut: "" };
  const blocked = new Map(); // scope -> {until, times}; "" = all

  const post = async (entry) => {
    const body = new URLSearchParams(entry.fields);
    body.set("client", entry.id);
    body.set("entered", entry.at);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience);
    try {
      const answer = await fetch(entry.action, {
        method: "POST", body, credentials: "same-origin", cache: "no-store", redirect: "error", signal: stop.signal,
        headers: { "Varde-Outbox": "1", "Varde-Account": entry.account, Accept: "application/json" },
      });
      const said = (answer.headers.get("Content-Type") || "").startsWith("application/json") ? await answer.json().catch(() => null) : null;
      const now = answer.headers.get("Varde-Now");
      if (now && window.vardeClock) window.vardeClock.set(now);
      return { status: answer.status, said };
    } catch {
      return { status: 0, said: null };
    } finally {
      clearTimeout(timer);
    }
  };
  const block = (scope) => {
    const b = blocked.get(scope) || { times: 0 };
    b.until = Date.now() + waits[Math.min(b.times, waits.length - 1)];
    b.times++;
    blocked.set(scope, b);
  };
  const free = (scope) => {
    const b = blocked.get(scope);
    return !b || b.until <= Date.now();
  };
  // sendOne answers whether there was anything to send.
  const sendOne = async () => {
    if (!free("")) return false;
    const held = new Set();
    const next = (await all()).find((e) => {
      if (e.account !== mine() || e.state !== "waiting" || held.has(e.scope)) return false;
      held.add(e.scope); // what comes later in the same scope waits for this one
      return free(e.scope);
    });
    if (!next) return false;
    const { status: code, said } = await post(next);
    status.offline = code === 0 || code === 502 || code === 503 || code === 504;
    if (code >= 200 && code < 300 && said && said.ok) {
      await remove(next.seq);
      blocked.delete(""); blocked.delete(next.scope);
      status.signedOut = "";
      status.lastSaved = { id: next.id, label: next.label, at: next.at };
      document.dispatchEvent(new CustomEvent("varde:outbox-sent", { detail: { entry: next, answer: said } }));
    } else if (code === 401) {
      status.signedOut = (said && said.code) || "signed-out";
      block("");
    } else if (status.offline) {
      block("");
    } else if (said && !said.ok && code >= 400 && code < 500 && code !== 408 && code !== 425 && code !== 429) {
      await settle(next.seq, (e) => { e.state = "refused"; e.refusal = { code: said.code || "", field: said.field || "", text: said.text || "" }; });
      blocked.delete("");
    } else {
      await settle(next.seq, (e) => { e.tries++; if (e.tries >= enough) { e.state = "refused"; e.refusal = { code: "no-answer", field: "", text: "" }; } });
      block(next.scope);
    }
    tell();
    return true;
  };
  let running = null, again = false, timer = 0;
  const alone = (work) => (navigator.locks ? navigator.locks.request("varde-outbox", work) : work());
  const drain = () => {
    if (running) { again = true; return running; }
    if (!mine()) return Promise.resolve();
    running = alone(async () => {
      do { again = false; while (await sendOne()) { /* the next one */ } } while (again);
    }).catch(() => { /* the store is closed or full: tell says so */ }).finally(() => {
      running = null;
      clearTimeout(timer);
      const left = [...blocked.values()].map((b) => b.until - Date.now());
      if (left.length && last.waiting) timer = setTimeout(drain, Math.max(250, Math.min(...left)));
      if (again) drain();
    });
    return running;
  };
  const retry = () => { blocked.clear(); return drain(); };

  // --- Telling ---------------------------------------------------------------------
  const words = {
    en: {
      safe: "Everything is saved on the server.", empty: "",
      waiting: (n) => (n === 1 ? "1 entry is safe on this device, but not yet on the server." : n + " entries are safe on this device, but not yet on the server."),
      offline: "No connection: they are sent by themselves when it is back.",
      refused: (n) => (n === 1 ? "1 entry was not accepted. It is kept here until you decide." : n + " entries were not accepted. They are kept here until you decide."),
      out: "Sign in again to send them.", other: (n) => (n === 1 ? "1 entry on this device belongs to somebody else. It is sent when they sign in here." : n + " entries on this device belong to somebody else. They are sent when they sign in here."),
      broken: "This device cannot keep entries by itself: wait for the answer after each one.",
    },
    nb: {
      safe: "Alt er lagret på tjeneren.", empty: "",
      waiting: (n) => (n === 1 ? "1 føring er trygg på denne enheten, men ikke på tjeneren ennå." : n + " føringer er trygge på denne enheten, men ikke på tjeneren ennå."),
      offline: "Ingen forbindelse: de sendes av seg selv når den er tilbake.",
      refused: (n) => (n === 1 ? "1 føring ble ikke godtatt. Den ligger her til du avgjør." : n + " føringer ble ikke godtatt. De ligger her til du avgjør."),
      out: "Logg inn igjen for å sende.", other: (n) => (n === 1 ? "1 føring på denne enheten er en annens. Den sendes når vedkommende logger inn her." : n + " føringer på denne enheten er en annens. De sendes når vedkommende logger inn her."),
      broken: "Denne enheten kan ikke holde på føringer selv: vent på svar etter hver.",
    },
  };
  const say = words[root.lang] || words.en;
  let broken = false, last = { ready: false, waiting: 0, refused: 0, entries: [] };
  const show = (d) => {
    const parts = [];
    if (d.broken) parts.push(say.broken);
    if (d.waiting) parts.push(say.waiting(d.waiting));
    if (d.waiting && d.signedOut) parts.push(say.out);
    else if (d.waiting && d.offline) parts.push(say.offline);
    if (d.refused) parts.push(say.refused(d.refused));
    if (d.others) parts.push(say.other(d.others));
    const kind = d.refused ? "refused" : d.waiting ? "waiting" : "safe";
    for (const el of document.querySelectorAll("[data-outbox-state]")) {
      const text = parts.length ? parts.join(" ") : say.safe;
      if (el.textContent !== text) el.textContent = text;
      el.dataset.outboxState = kind;
    }
  };
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("varde-outbox") : null;
  const publish = async () => {
    let entries = [];
    try { entries = await all(); broken = false; } catch { broken = true; }
    const own = entries.filter((e) => e.account === mine());
    last = {
      ready: true, waiting: own.filter((e) => e.state === "waiting").length, refused: own.filter((e) => e.state === "refused").length,
      others: entries.length - own.length, entries: own, lastSaved: status.lastSaved, offline: status.offline, signedOut: status.signedOut, broken,
    };
    show(last);
    document.dispatchEvent(new CustomEvent("varde:outbox", { detail: last }));
    return last;
  };
  const tell = () => { if (channel) channel.postMessage("changed"); return publish(); };
  if (channel) channel.onmessage = () => publish().then((d) => { if (d.waiting) drain(); });

  // --- Forms -------------------------------------------------------------------------
  const touched = new WeakSet();
  document.addEventListener("input", (event) => touched.add(event.target), true);
  document.addEventListener("reset", (event) => { for (const el of event.target.elements) touched.delete(el); }, true);
  const bounce = 400; // ms in which the same press again is the finger's doing
  let before = { key: "", at: 0 };
  const labelOf = (form, name) => {
    const el = form.elements[name];
    const one = el && (el.labels ? el : el[0]);
    const legend = one && one.closest && one.closest("fieldset")?.querySelector("legend");
    return (legend || one?.labels?.[0])?.textContent.trim() || "";
  };
  const take = (form, submitter) => {
    const fields = [], shown = [];
    for (const [k, v] of new FormData(form, submitter)) {
      const el = form.elements[k];
      // A time that nobody touched is a suggestion: the moment of the press is truer.
      if (el && el.matches && (el.matches("[data-follow]") && !touched.has(el) || k === "at-shown" || k === "at-sure")) continue;
      if (typeof v !== "string" || k === "at-shown" || k === "at-sure") continue;
      fields.push([k, v]);
      const label = el && el.type === "hidden" ? "" : labelOf(form, k);
      if (label && (v || /^(text|textarea)$/.test(el.type))) shown.push([k, label, v]);
    }
    return { fields, shown };
  };
  // emptied resets a form and answers what puts everything back.
  const emptied = (form) => {
    const was = [...form.elements].map((el) => [el, el.value, el.checked]);
    form.reset();
    return () => {
      for (const [el, value, checked] of was) {
        if (el.type === "checkbox" || el.type === "radio") el.checked = checked;
        else if (el.type !== "file" && "value" in el) el.value = value;
      }
    };
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("outbox" in form.dataset) || broken || !mine() || event.defaultPrevented) return;
    const { submitter } = event;
    const { fields, shown } = take(form, submitter);
    const action = submitter && submitter.hasAttribute("formaction") ? submitter.getAttribute("formaction") : form.getAttribute("action") || location.href; // form.action may be a field
    event.preventDefault();
    const key = action + " " + new URLSearchParams(fields.filter(([k]) => k !== "client"));
    if (key === before.key && performance.now() - before.at < bounce) return;
    before = { key, at: performance.now() };
    const extra = new CustomEvent("varde:entering", { bubbles: true, cancelable: true, detail: { fields, submitter } });
    if (!form.dispatchEvent(extra)) return; // the page's script says what is missing
    const label = submitter?.dataset.label || form.dataset.outbox || submitter?.textContent.trim() || "";
    // The form is emptied at once, not when the disk has answered: by then somebody may
    // be writing the next entry.
    const typed = "outboxKeep" in form.dataset ? null : emptied(form);
    try {
      const entry = await add({ action, fields, shown, label, scope: form.dataset.outboxScope });
      form.dispatchEvent(new CustomEvent("varde:kept", { bubbles: true, detail: entry }));
    } catch {
      broken = true;
      publish();
      if (typed) typed();
      form.requestSubmit(submitter); // this device keeps nothing: post as without a script
    }
  }, true);

  // --- Life --------------------------------------------------------------------------
  window.addEventListener("online", retry);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) retry(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) publish().then(retry); });
  window.vardeOutbox = {
    add, retry, entries: all, state: () => last, refresh: publish,
    correct: (entry, fields, shown) => add({ ...entry, fields, shown: shown || entry.shown, replaces: entry.seq }),
    again: async (entry) => { await settle(entry.seq, (e) => { e.state = "waiting"; e.tries = 0; e.refusal = null; }); blocked.delete(entry.scope); await tell(); return drain(); },
    replace: (entry, by) => add({ ...by, at: entry.at, replaces: entry.seq }),
    remove: async (entry) => { await remove(entry.seq); return tell(); },
  };
  if (typeof indexedDB === "undefined") broken = true;
  publish().then((d) => { if (d.waiting) drain(); });
})();
