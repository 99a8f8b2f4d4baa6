// The session room on the device: it goes on when network and server are gone, hears
// at once what happens elsewhere, and shows what is not on the server yet as if it
// were. Entering goes through the outbox (outbox.js); this script shows.
(() => {
  "use strict";
  const room = document.getElementById("room");
  if (!room) return;
  const now = () => (window.vardeClock ? window.vardeClock.now() : Date.now());
  const el = (name, className, text) => { const e = document.createElement(name); if (className) e.className = className; if (text) e.textContent = text; return e; };

  // --- Hearing what happens elsewhere -----------------------------------------------
  // Many things may happen at once, as when an hour of entries arrives: one look at a
  // time, and after it one more when something came meanwhile.
  let source = null, again = 0, coming = 0, looking = 0, more = false;
  const look = () => {
    if (looking && Date.now() - looking < 10000) { more = true; return; }
    clearTimeout(coming);
    coming = setTimeout(() => {
      looking = Date.now();
      more = false;
      document.dispatchEvent(new CustomEvent("varde:refresh", { detail: { url: room.dataset.parts } }));
    }, 30);
  };
  document.addEventListener("varde:refreshed", () => {
    looking = 0;
    if (more) setTimeout(look, 400);
  });
  const listen = () => {
    clearTimeout(again);
    if (!room.dataset.liveStream || document.hidden || source) return;
    source = new EventSource(room.dataset.liveStream);
    source.addEventListener("changed", look);
    source.onerror = () => {
      // A lost network is tried again by the browser; an answer that is no stream is not.
      if (source && source.readyState === EventSource.CLOSED) { source = null; again = setTimeout(listen, 15000); }
    };
  };
  const hush = () => { if (source) source.close(); source = null; };
  document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
  window.addEventListener("pagehide", hush);
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  listen();

  // --- Sound, when somebody wants it ---------------------------------------------------
  const sound = document.getElementById("room-sound");
  const heard = new Set();
  const wanted = () => { try { return localStorage.getItem("varde-sound") === "on"; } catch { return false; } };
  let audio = null;
  const ring = () => {
    if (!audio) return;
    for (const at of [0, 0.35, 0.7]) {
      const tone = audio.createOscillator(), volume = audio.createGain();
      tone.frequency.value = 660;
      volume.gain.setValueAtTime(0.0001, audio.currentTime + at);
      volume.gain.exponentialRampToValueAtTime(0.25, audio.currentTime + at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + at + 0.25);
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + at);
      tone.stop(audio.currentTime + at + 0.3);
    }
  };
  const alarms = () => {
    let fresh = false;
    for (const a of document.querySelectorAll("[data-alarm]")) {
      if (!heard.has(a.dataset.alarm)) { heard.add(a.dataset.alarm); fresh = true; }
    }
    if (fresh && wanted()) ring();
  };
  const showSound = () => {
    if (!sound) return;
    sound.setAttribute("aria-pressed", String(wanted()));
    sound.textContent = wanted() ? sound.dataset.on : sound.dataset.off;
  };
  if (sound) sound.addEventListener("click", () => {
    try { localStorage.setItem("varde-sound", wanted() ? "off" : "on"); } catch { /* it stays off */ }
    if (wanted()) { audio ||= new AudioContext(); audio.resume(); ring(); }
    showSound();
  });
  document.addEventListener("varde:swapped", alarms);

  // --- What the page knows -------------------------------------------------------------
  function data() {
    const holder = document.getElementById("room-device");
    if (!holder) return null;
    if (holder.known !== holder.dataset.device) {
      holder.known = holder.dataset.device;
      const d = JSON.parse(holder.known);
      for (const r of d.readings) r.at = Date.parse(r.at);
      holder.room = d;
    }
    return holder.room;
  }
  showSound();
  alarms();
  if (!data()) return;
  const clockOf = (ms) => new Date(ms).toLocaleTimeString(document.documentElement.lang === "nb" ? "nb-NO" : "en-GB", { hour: "2-digit", minute: "2-digit", timeZone: data().zone });
  const number = (text) => { const v = Number(String(text).trim().replace(",", ".")); return String(text).trim() === "" || Number.isNaN(v) ? undefined : v; };
  // zoned reads "2026-02-03T14:05" as a time of the site.
  const zoned = (text) => {
    const guess = Date.parse(text + "Z");
    if (Number.isNaN(guess)) return NaN;
    const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone: data().zone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23" }).formatToParts(guess).map((p) => [p.type, Number(p.value)]));
    return guess - (Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute) - guess);
  };
  const field = (entry, name) => { const f = entry.fields.find(([k]) => k === name); return f ? f[1] : ""; };
  const momentOf = (entry) => { const at = zoned(field(entry, "at")); return Number.isNaN(at) ? Date.parse(entry.at) : at; };

  // What was sent is shown as pending until the page has the server's own.
  let entries = [], sent = [];
  const own = (below) => [...sent, ...entries].filter((e) => e.state !== "refused" && e.action === data().path + below);
  const pendingVitals = () => own("/vitals").map((e) => {
    const values = {};
    for (const { id } of data().items) { const v = number(field(e, "i." + id)); if (v !== undefined) values[id] = v; }
    return { key: "p" + e.id, at: momentOf(e), values, slot: field(e, "slot"), entry: e };
  });

  // --- The timetable goes on -----------------------------------------------------------
  // takenBy answers which lines the device's own measurements answer, as the server will.
  const takenBy = () => {
    const open = data().lines.filter((l) => l.vitals && !l.done && l.due).map((l) => ({ ...l, from: Date.parse(l.due), to: Date.parse(l.latest) }));
    const taken = new Set();
    for (const p of pendingVitals()) {
      let line = open.find((l) => l.id === p.slot && !taken.has(l.id));
      if (!line && (!p.slot || p.slot === "auto")) {
        const near = open.filter((l) => !taken.has(l.id) && Math.abs(p.at - l.from) <= l.to - l.from + 60000);
        near.sort((a, b) => Math.abs(p.at - a.from) - Math.abs(p.at - b.from));
        line = near[0];
      }
      if (line) taken.add(line.id);
    }
    return taken;
  };
  const timetable = () => {
    const taken = takenBy(), t = now();
    for (const row of document.querySelectorAll("[data-line]")) {
      const state = taken.has(row.dataset.line) ? "here" : t > Date.parse(row.dataset.latest) ? "overdue" : t >= Date.parse(row.dataset.due) ? "now" : "coming";
      for (const s of row.querySelectorAll("[data-state]")) if (s.hidden !== (s.dataset.state !== state)) s.hidden = s.dataset.state !== state;
    }
    const next = document.querySelector("[data-next]");
    const line = data().lines.filter((l) => !l.done && l.due && !taken.has(l.id) && Date.parse(l.due) > t).sort((a, b) => Date.parse(a.due) - Date.parse(b.due))[0];
    if (!next || !line || next.querySelector("[data-until]").dataset.until === line.due) return;
    next.querySelector(".v-clock__label").textContent = data().words.next + ": " + line.title;
    next.querySelector("[data-until]").dataset.until = line.due;
    const at = next.querySelector(".v-muted");
    if (at) at.textContent = clockOf(Date.parse(line.due));
  };

  // --- The trend is drawn live ------------------------------------------------------------
  const svg = (name, attrs) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [k, v] of Object.entries(attrs)) e.setAttribute(k, v);
    return e;
  };
  const trend = () => {
    const d = data(), zero = Date.parse(d.dose || d.start);
    const pending = pendingVitals();
    for (const group of document.querySelectorAll(".vc-live")) {
      const [x0, x1, px0, px1] = group.dataset.x.split(" ").map(Number), [y0, y1, py0, py1] = group.dataset.y.split(" ").map(Number);
      const clamp = (v, a, b) => Math.min(Math.max(v, Math.min(a, b)), Math.max(a, b));
      const spot = (at, v) => [clamp(px0 + ((at - zero) / 60000 - x0) / (x1 - x0) * (px1 - px0), px0, px1), clamp(py0 + (v - y0) / (y1 - y0) * (py1 - py0), py0, py1)];
      const drawn = [];
      group.dataset.keys.split(" ").forEach((key, i) => {
        const points = pending.filter((p) => p.values[key] !== undefined).sort((a, b) => a.at - b.at);
        if (!points.length) return;
        const g = svg("g", { class: "vc-s" + i + " vc-pending" });
        const before = d.readings.filter((r) => r.values[key] !== undefined && r.at <= points[0].at).sort((a, b) => b.at - a.at)[0];
        const run = [...(before ? [before] : []), ...points].map((p) => spot(p.at, p.values[key]));
        if (run.length > 1) g.append(svg("path", { d: "M" + run.map(([x, y]) => x.toFixed(1) + " " + y.toFixed(1)).join("L"), fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-dasharray": "1 4" }));
        for (const p of points) {
          const [x, y] = spot(p.at, p.values[key]);
          g.append(svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 6, fill: "none", stroke: "currentColor", "stroke-width": 2.5 }));
          const text = svg("text", { class: "vc-text", x: clamp(x + 9, px0, px1 - 26).toFixed(1), y: (y - 9).toFixed(1), fill: "currentColor" });
          text.textContent = String(p.values[key]);
          g.append(text);
        }
        drawn.push(g);
      });
      if (drawn.length || group.childElementCount) group.replaceChildren(...drawn);
    }
  };

  // --- Limits passed that the server does not know yet --------------------------------------
  const told = document.getElementById("device-breaches");
  const breaches = () => {
    if (!told || !window.vardeLimits) return;
    const d = data(), pending = pendingVitals();
    const raised = pending.length ? window.vardeLimits.judge(d.rules, d.readings, d.told, pending) : [];
    const keep = new Set();
    for (const b of raised) {
      const rule = d.rules.find((r) => r.id === b.rule), id = b.rule + " " + b.key;
      keep.add(id);
      let card = [...told.children].find((c) => c.dataset.alarm === id);
      if (!card) {
        card = breachCard(d, rule, b, id);
        told.append(card);
        alarms();
      }
      const done = own("/breach").some((e) => field(e, "rule") === b.rule && field(e, "of") === new Date(b.at).toISOString());
      const form = card.querySelector("form");
      if (done && form) form.replaceWith(el("p", "v-message v-message--success", d.words.ackdone));
    }
    for (const card of [...told.children]) if (!keep.has(card.dataset.alarm)) card.remove();
  };
  const breachCard = (d, rule, b, id) => {
    const item = d.items.find((i) => i.id === rule.metric);
    const card = el("div", "ds-alert v-alarm");
    card.dataset.color = "danger";
    card.dataset.alarm = id;
    card.append(el("h2", "", rule.title + ": " + b.value + " " + (item ? item.unit : "")), el("p", "", rule.action));
    if (rule.severity !== "watch") { const p = el("p"); p.append(el("strong", "", d.words.hold)); card.append(p); }
    const until = new Date(b.at + rule.within * 1000);
    const who = el("p", "", d.words.who.replace("{roles}", rule.who).replace("{time}", clockOf(until)) + " ");
    const count = el("span", "v-num v-countdown");
    count.dataset.until = until.toISOString();
    count.dataset.seconds = "";
    who.append(count);
    card.append(who, el("p", "v-muted", d.words.breach + ". " + d.words.pending + "."));
    if (!rule.may) return card;
    const form = el("form", "v-form");
    form.method = "post";
    form.action = d.path + "/breach";
    form.dataset.outbox = d.words.ack + ": " + rule.title;
    form.dataset.outboxScope = d.path;
    for (const [k, v] of [["rule", b.rule], ["of", new Date(b.at).toISOString()]]) {
      const input = el("input");
      input.type = "hidden"; input.name = k; input.value = v;
      form.append(input);
    }
    const box = el("div", "v-field"), label = el("label", "v-label", d.words.action), text = el("textarea", "ds-input");
    text.name = "action"; text.required = true; text.rows = 2; text.maxLength = 2000;
    text.id = "action-" + id.replace(/[^a-z0-9-]/gi, "-");
    label.htmlFor = text.id;
    box.append(label, text);
    const actions = el("div", "v-actions");
    actions.append(el("button", "ds-button", d.words.ack));
    form.append(box, actions);
    card.append(form);
    return card;
  };

  // --- Entries of the log that the server does not have yet -----------------------------------
  const logged = () => {
    const list = document.getElementById("device-entries");
    if (!list) return;
    const rows = own("/log").map((e) => {
      const li = el("li");
      li.append(el("span", "v-num", clockOf(momentOf(e)) + " "), el("strong", "", e.label), el("span", "v-muted", " " + [field(e, "i.text"), data().words.pending].filter(Boolean).join(" · ")));
      return li;
    }).reverse();
    // The bar at the foot lists all of them.
    const most = 6, rest = rows.length - most;
    if (rest > 0) rows.splice(most, rest, el("li", "v-muted", data().words.more.replace("{n}", rest)));
    if (rows.length || list.childElementCount) list.replaceChildren(...rows);
  };
  // The newest measurement is the newest, wherever it lies.
  const latest = () => {
    const last = pendingVitals().sort((a, b) => b.at - a.at)[0], title = document.getElementById("latest-title");
    if (!last || !title || data().readings.some((r) => r.at > last.at)) return;
    for (const box of document.querySelectorAll("[data-newest]")) {
      const v = last.values[box.dataset.newest], item = data().items.find((i) => i.id === box.dataset.newest);
      box.textContent = v === undefined ? "–" : v.toLocaleString(document.documentElement.lang === "nb" ? "nb-NO" : "en-GB", { minimumFractionDigits: item.decimals });
    }
    title.textContent = data().words.latest.replace("{time}", clockOf(last.at));
  };

  const draw = () => { timetable(); trend(); breaches(); logged(); latest(); };
  document.addEventListener("varde:outbox", (event) => { entries = event.detail.entries; draw(); });
  document.addEventListener("varde:outbox-sent", (event) => { sent.push(event.detail.entry); look(); });
  document.addEventListener("varde:swapped", (event) => {
    if (event.target.querySelector("#room-device")) sent = [];
    draw();
  });
  setInterval(timetable, 1000);

  // --- Large keys ------------------------------------------------------------------------------
  const form = document.getElementById("vitals-form"), pad = document.getElementById("keypad");
  const boxes = () => [...form.querySelectorAll(".v-vitals input")];
  if (form && pad) {
    let target = null;
    // With the pad on the screen the device's own keyboard would only cover it.
    const touch = matchMedia("(pointer: coarse)").matches;
    for (const b of boxes()) {
      if (touch) b.inputMode = "none";
      b.addEventListener("focus", () => { target = b; for (const o of boxes()) o.toggleAttribute("data-target", o === b); });
    }
    pad.addEventListener("pointerdown", (event) => { if (event.target.closest("[data-key]")) event.preventDefault(); }); // the focus stays in the field
    pad.addEventListener("click", (event) => {
      const button = event.target.closest("[data-key]");
      if (!button) return;
      target ||= boxes().find((b) => !b.value) || boxes()[0];
      const { key } = button.dataset;
      if (key === "next") {
        const list = boxes(), i = list.indexOf(target);
        (list[i + 1] || form.querySelector('input[type="radio"]') || list[0]).focus();
        return;
      }
      if (document.activeElement !== target && !pad.contains(document.activeElement)) target.focus();
      target.value = key === "back" ? target.value.slice(0, -1) : target.value.length < 6 ? target.value + (key === "," ? button.textContent : key) : target.value;
      target.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  let warned = "";
  const fault = document.getElementById("vitals-fault");
  const complain = (text) => { if (!fault) return; fault.hidden = !text; fault.textContent = text; };
  // Before it is kept: something must be measured, and what is unlikely is looked at once more.
  if (form) form.addEventListener("varde:entering", (event) => {
    const d = data(), { fields } = event.detail;
    const values = d.items.map((i) => [i, number((fields.find(([k]) => k === "i." + i.id) || ["", ""])[1]), (fields.find(([k]) => k === "i." + i.id) || ["", ""])[1]]);
    const odd = values.filter(([i, v, text]) => text.trim() !== "" && (v === undefined || i.min !== undefined && v < i.min || i.max !== undefined && v > i.max));
    const key = JSON.stringify(fields.filter(([k]) => k.startsWith("i.")));
    if (values.every(([, , text]) => text.trim() === "")) { event.preventDefault(); complain(d.words.empty); boxes()[0].focus(); return; }
    if (odd.length && (key !== warned || odd.some(([, v]) => v === undefined))) {
      event.preventDefault();
      warned = key;
      complain(odd.map(([i, , text]) => d.words.range.replace("{item}", i.label).replace("{value}", text).replace("{min}", i.min ?? "").replace("{max}", i.max ?? "")).join(" "));
      document.getElementById("vitals-" + odd[0][0].id)?.focus();
      return;
    }
    complain("");
    warned = "";
    // The line of the timetable that it answers is found anew: the page's own may be old.
    const slot = form.elements.slot, at = fields.findIndex(([k]) => k === "slot");
    if (slot && at >= 0 && !slot.dataset.touched) {
      const t = now(), taken = takenBy();
      const open = d.lines.filter((l) => l.vitals && !l.done && l.due && !taken.has(l.id)).map((l) => ({ ...l, from: Date.parse(l.due), to: Date.parse(l.latest) }));
      const late = open.filter((l) => t > l.to).pop();
      fields[at][1] = open.some((l) => Math.abs(t - l.from) <= l.to - l.from) || !late ? "auto" : late.id;
    }
  });
  if (form) {
    form.addEventListener("change", (event) => { if (event.target.name === "slot") event.target.dataset.touched = "1"; });
    form.addEventListener("reset", () => { if (form.elements.slot) delete form.elements.slot.dataset.touched; });
  }
  document.addEventListener("varde:kept", (event) => {
    const card = event.target.closest("#breaches [data-alarm]");
    if (card) event.target.replaceWith(el("p", "v-message v-message--success", data().words.ackdone));
    if (event.target === form) boxes()[0]?.blur();
    const more = event.target.querySelector("#log-more");
    if (more) more.open = false;
  });

  // --- What only the server can decide -----------------------------------------------------------
  document.addEventListener("submit", (event) => {
    const f = event.target;
    const away = navigator.onLine === false || window.vardeOutbox && window.vardeOutbox.state().offline;
    f.querySelector?.(".v-needs")?.remove();
    if (!("needsServer" in f.dataset) || !away) return;
    event.preventDefault();
    const p = el("p", "v-message v-message--error v-needs", data().words.needs);
    p.setAttribute("role", "alert");
    (f.querySelector(".v-actions:last-of-type") || f).before(p);
    window.vardeOutbox.retry();
  }, true);
  if (window.vardeOutbox) window.vardeOutbox.refresh();
})();
