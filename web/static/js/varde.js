// Enhancements only: every page works without this file. Each part looks for
// its data attributes, so a fragment that is swapped in later works as well.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("v-scripted");

  // --- Clock -------------------------------------------------------------
  // Devices' clocks are often wrong, so elapsed times follow the server's.
  let skew = 0;
  const setClock = (iso) => {
    const server = Date.parse(iso);
    if (Number.isNaN(server)) return;
    skew = server - Date.now();
    // Only for whoever is signed in: a page that anybody may read keeps nothing.
    if (root.dataset.account) try { localStorage.setItem("varde-skew", String(skew)); } catch { /* nothing is kept here */ }
  };
  if (root.dataset.kept) {
    // A page kept on the device tells an old time: what was known last is better.
    try { skew = Number(localStorage.getItem("varde-skew")) || 0; } catch { /* the device's own clock then */ }
  } else setClock(root.dataset.now || "");
  window.vardeClock = { now: () => Date.now() + skew, set: setClock };

  const two = (n) => String(n).padStart(2, "0");
  const clock = (ms, seconds) => {
    const s = Math.floor(Math.abs(ms) / 1000);
    const text = Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60);
    return seconds ? text + ":" + two(s % 60) : text;
  };
  const setText = (el, text) => { if (el.textContent !== text) el.textContent = text; };
  const tick = () => {
    const now = Date.now() + skew;
    for (const el of document.querySelectorAll("[data-since]")) {
      const from = Date.parse(el.dataset.since);
      if (!Number.isNaN(from)) setText(el, (now < from ? "\u2212" : "") + clock(now - from, "seconds" in el.dataset));
    }
    for (const el of document.querySelectorAll("[data-until]")) {
      const until = Date.parse(el.dataset.until);
      if (Number.isNaN(until)) continue;
      const late = now > until;
      el.toggleAttribute("data-overdue", late);
      setText(el, (late ? "+" : "") + clock(until - now, "seconds" in el.dataset));
    }
  };
  // A time that a form suggests is the present one, until somebody touches it: a
  // page that lay open must not turn an old suggestion into a record.
  const followed = new WeakMap();
  const touched = new WeakSet();
  const follow = () => {
    const now = Date.now() + skew;
    for (const el of document.querySelectorAll("input[data-follow]")) {
      if (touched.has(el) || document.activeElement === el) continue;
      if (!followed.has(el)) followed.set(el, [Date.parse(el.value + "Z"), Date.parse(root.dataset.now || "") || now]);
      const [shown, from] = followed.get(el);
      const at = new Date(shown + Math.floor(now / 60000) * 60000 - Math.floor(from / 60000) * 60000);
      if (!Number.isNaN(at.getTime())) el.value = at.toISOString().slice(0, 16);
    }
  };
  document.addEventListener("input", (event) => touched.add(event.target));
  document.addEventListener("reset", (event) => {
    for (const el of event.target.elements) touched.delete(el);
    setTimeout(follow);
  });
  tick();
  follow();
  setInterval(tick, 1000);
  setInterval(follow, 5000);

  // --- Swapping a fragment in place -----------------------------------------
  // Elements are kept and updated, never replaced, so focus, caret, open
  // disclosures and text that is being typed survive.
  const isControl = (n) => n.nodeName === "INPUT" || n.nodeName === "TEXTAREA" || n.nodeName === "SELECT";
  const keyOf = (n) => (n.nodeType === 1 ? n.id || n.getAttribute("data-key") || "" : "");
  const keepAttribute = (el, name) =>
    (el.nodeName === "DETAILS" && name === "open") || (el.nodeName === "DIALOG" && name === "open") ||
    name === "data-overdue" || name === "data-stale" || (isControl(el) && (name === "value" || name === "checked"));

  const syncAttributes = (from, to) => {
    for (const { name, value } of [...to.attributes]) {
      if (!keepAttribute(from, name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
    for (const { name } of [...from.attributes]) {
      if (!keepAttribute(from, name) && !to.hasAttribute(name)) from.removeAttribute(name);
    }
  };
  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b) &&
    (a.nodeType !== 1 || a.getAttribute("name") === b.getAttribute("name"));

  const morph = (from, to) => {
    if (from.nodeType !== 1) {
      if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
      return;
    }
    if (from.hasAttribute("data-since") || from.hasAttribute("data-until")) {
      syncAttributes(from, to);
      return;
    }
    syncAttributes(from, to);
    if (from.nodeName === "TEXTAREA") return;
    const chosen = from.nodeName === "SELECT" ? from.value : null;
    const keyed = new Map();
    for (const child of from.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
    let place = from.firstChild;
    for (const next of [...to.childNodes]) {
      let match = null;
      const key = keyOf(next);
      if (key) {
        const found = keyed.get(key);
        if (found && found.parentNode === from && found.nodeName === next.nodeName) match = found;
      } else {
        for (let c = place; c; c = c.nextSibling) {
          if (keyOf(c)) continue;
          if (alike(c, next)) { match = c; break; }
          // Text may be dropped while looking; elements that hold the focus may not.
          if (c.nodeType === 1) break;
        }
      }
      if (!match) {
        from.insertBefore(document.importNode(next, true), place);
        continue;
      }
      if (match === place) place = place.nextSibling;
      else {
        // Moving a focused element would lose the focus: clear what is before it.
        if (match.contains(document.activeElement)) {
          while (place && place !== match) { const gone = place; place = place.nextSibling; gone.remove(); }
          place = match.nextSibling;
        } else from.insertBefore(match, place);
      }
      morph(match, next);
    }
    while (place) { const gone = place; place = place.nextSibling; gone.remove(); }
    if (chosen !== null && from.value !== chosen && [...from.options].some((o) => o.value === chosen)) from.value = chosen;
  };

  // swap updates the element by the element of the same id in the answer.
  const swap = (el, html) => {
    const doc = new DOMParser().parseFromString(html, "text/html");
    const next = el.id ? doc.getElementById(el.id) : doc.body.firstElementChild;
    if (!next || next.nodeName !== el.nodeName) return false;
    morph(el, next);
    tick();
    sliders(el);
    el.dispatchEvent(new CustomEvent("varde:swapped", { bubbles: true }));
    return true;
  };

  const request = async (url, options) => {
    const answer = await fetch(url, {
      credentials: "same-origin", cache: "no-store", redirect: "error",
      headers: { "Varde-Fragment": "1", Accept: "text/html" }, ...options,
    });
    const type = answer.headers.get("Content-Type") || "";
    // 422 carries the form with its errors, which is an answer like any other.
    if ((!answer.ok && answer.status !== 422) || !type.startsWith("text/html")) throw new Error("status " + answer.status);
    const date = answer.headers.get("Varde-Now") || answer.headers.get("Date");
    if (date && root.dataset.now) setClock(date);
    return answer.text();
  };

  // --- (a) Live checks of a form ---------------------------------------------
  // <form data-live="/check" id="..."> sends itself and is updated by the
  // answer. data-live-target names another element to update.
  const waiting = new WeakMap();
  const check = async (form) => {
    const state = waiting.get(form) || { number: 0 };
    waiting.set(form, state);
    const mine = ++state.number;
    const target = document.getElementById(form.dataset.liveTarget || form.id);
    if (!target) return;
    form.setAttribute("data-checking", "");
    try {
      const html = await request(form.dataset.live, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (mine === state.number) { swap(target, html); form.removeAttribute("data-stale"); }
    } catch {
      // The form still posts in the ordinary way, and is checked then.
      if (mine === state.number) form.setAttribute("data-stale", "");
    } finally {
      if (mine === state.number) form.removeAttribute("data-checking");
    }
  };
  const later = (form, ms) => {
    const state = waiting.get(form) || { number: 0 };
    waiting.set(form, state);
    clearTimeout(state.timer);
    state.timer = setTimeout(() => check(form), ms);
  };
  const live = (event, ms) => {
    const form = event.target.form || event.target.closest?.("form");
    if (form && form.dataset.live) later(form, ms);
  };
  document.addEventListener("input", (e) => live(e, 600));
  document.addEventListener("change", (e) => live(e, 120));

  // --- (c) Refreshing a part of the page -------------------------------------
  const next = new WeakMap();
  const refresh = async (el) => {
    const every = Math.max(1, Number(el.dataset.refresh) || 0) * 1000;
    next.set(el, Date.now() + every);
    try {
      if (swap(el, await request(el.dataset.refreshUrl || location.href))) el.removeAttribute("data-stale");
      else el.setAttribute("data-stale", "");
    } catch {
      el.setAttribute("data-stale", "");
    }
  };
  setInterval(() => {
    if (document.hidden) return;
    for (const el of document.querySelectorAll("[data-refresh]")) {
      if (!next.has(el)) next.set(el, Date.now() + Math.max(1, Number(el.dataset.refresh) || 0) * 1000);
      else if (Date.now() >= next.get(el)) refresh(el);
    }
  }, 500);
  // "varde:refresh" on document: something has happened, look now. With an address in
  // detail.url all parts come in one answer.
  document.addEventListener("varde:refresh", async (event) => {
    const parts = [...document.querySelectorAll("[data-refresh]")];
    const url = event.detail && event.detail.url;
    let html = "";
    if (!url) await Promise.all(parts.map(refresh));
    else try { html = await request(url); } catch { /* each part says so */ }
    for (const el of url ? parts : []) {
      el.toggleAttribute("data-stale", !html);
      if (html && swap(el, html)) next.set(el, Date.now() + Math.max(1, Number(el.dataset.refresh) || 0) * 1000);
    }
    document.dispatchEvent(new CustomEvent("varde:refreshed"));
  });
  const wake = () => { if (!document.hidden) for (const el of document.querySelectorAll("[data-refresh]")) refresh(el); };
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);

  // --- (d) Confirmation ------------------------------------------------------
  // <button data-confirm="id-of-dialog">; the dialog's button with value "yes"
  // lets the first button do its work.
  const confirmed = new WeakSet();
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-confirm]");
    if (button && !confirmed.has(button)) {
      const dialog = document.getElementById(button.dataset.confirm);
      if (!dialog || typeof dialog.showModal !== "function") return;
      event.preventDefault();
      dialog.returnValue = "";
      dialog.showModal();
      dialog.addEventListener("close", () => {
        // A live check may have put a new button in the place of this one meanwhile.
        const now = button.isConnected ? button : button.id ? document.getElementById(button.id) : null;
        if (!now) return;
        if (dialog.returnValue !== "yes") { now.focus(); return; }
        confirmed.add(now);
        now.click();
        confirmed.delete(now);
      }, { once: true });
      return;
    }
    const opener = event.target.closest?.("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && typeof dialog.showModal === "function") { event.preventDefault(); dialog.showModal(); }
    }
  });

  // --- (e) Unsaved changes -----------------------------------------------------
  const changed = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && "guard" in form.dataset) changed.add(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") === "dialog") return;
    changed.delete(form);
    // A second press while the first is on its way must not save twice.
    if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 1500) { event.preventDefault(); return; }
    form.dataset.sent = String(Date.now());
  });
  window.addEventListener("pageshow", () => { for (const f of document.forms) delete f.dataset.sent; });
  window.addEventListener("beforeunload", (event) => {
    for (const form of changed) if (form.isConnected) { event.preventDefault(); return; }
  });

  // --- Sliders -----------------------------------------------------------------
  // The number box is what is sent; the slider only helps to set it, so that
  // "not answered" stays possible.
  const sliders = (where) => {
    for (const box of where.querySelectorAll("[data-slider]")) {
      const range = box.querySelector("input[type=range]");
      const number = box.querySelector("input:not([type=range])");
      if (!range || !number) continue;
      const v = Number(number.value.replace(",", "."));
      const unset = number.value.trim() === "" || Number.isNaN(v);
      range.classList.toggle("is-unset", unset);
      if (!unset && document.activeElement !== range) range.value = String(v);
    }
  };
  document.addEventListener("input", (event) => {
    const box = event.target.closest?.("[data-slider]");
    if (!box) return;
    if (event.target.type === "range") box.querySelector("input:not([type=range])").value = event.target.value;
    sliders(box.parentNode);
  });
  sliders(document);

  // --- On a phone the menu shows where one is ------------------------------------
  const place = document.querySelector(".v-nav [aria-current]");
  const row = place && place.closest("ul");
  if (row && row.scrollWidth > row.clientWidth) row.scrollLeft = place.offsetLeft - (row.clientWidth - place.offsetWidth) / 2;

  // --- What can be moved sideways can be moved by keyboard --------------------------
  const movable = () => {
    for (const box of document.querySelectorAll(".v-tablebox:not([role])")) {
      const wide = box.scrollWidth > box.clientWidth;
      if (!wide && box.tabIndex !== 0) continue;
      box.toggleAttribute("tabindex", wide);
      if (wide) box.tabIndex = 0;
    }
  };
  movable();
  window.addEventListener("resize", movable);
  document.addEventListener("toggle", movable, true);

  // --- Copying and printing ------------------------------------------------------
  // <button type="button" class="v-js" data-copy="id" data-copied="Copied">, data-print.
  document.addEventListener("click", async (event) => {
    if (event.target.closest?.("[data-print]")) window.print();
    const button = event.target.closest?.("[data-copy]");
    const from = button && document.getElementById(button.dataset.copy);
    if (!from) return;
    try {
      await navigator.clipboard.writeText(from.select ? from.value : from.innerText);
      button.textContent = button.dataset.copied || button.textContent;
    } catch {
      // Not allowed here: mark the text, so that it can be copied by hand.
      if (from.select) from.select();
      else getSelection().selectAllChildren(from);
    }
  });

  // --- Menus close as people expect ----------------------------------------------
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.v-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.v-menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // --- What was opened closes itself -------------------------------------------------
  // An identity or an arm that was opened must not stand on a screen that nobody
  // looks at: it goes when the page is left, put away or two minutes old.
  const opened = document.querySelector("[data-leave]");
  if (opened) {
    let gone = false;
    const close = () => {
      if (gone) return;
      gone = true;
      const to = opened.dataset.leave;
      opened.replaceChildren();
      location.replace(to);
    };
    setTimeout(close, 120000);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") close(); });
    window.addEventListener("pagehide", () => opened.replaceChildren());
    window.addEventListener("pageshow", (event) => { if (event.persisted) close(); });
  }

  // An error summary takes the focus when the page arrives with one.
  const summary = document.querySelector(".ds-error-summary[tabindex]");
  if (summary) summary.focus();
})();
