// One question a screen, without loading a page for each: an answer goes into the
// device's outbox (outbox.js), and the next question is there at once. Without this
// script, or when the device cannot keep anything, each answer is posted and the server
// shows the next question. The server has the last word on which questions are asked:
// the list of answers at the end is its page.
(() => {
  "use strict";
  const root = document.getElementById("questionnaire");
  if (!root || !("walk" in root.dataset)) return;
  const here = document.getElementById("q-here"), help = document.getElementById("q-help"), end = document.getElementById("q-end");
  const rest = document.getElementById("q-rest");
  const sections = [...here.children, ...(rest ? rest.content.children : [])];

  // Answers so far, as conditions compare them.
  const answers = new Map();
  const answered = new Set();
  const typed = (section, text) => {
    const buttons = [...section.querySelectorAll(".v-answers button[name=value]")];
    if (buttons.length === 2 && buttons.every((b) => b.value === "true" || b.value === "false")) return text === "true";
    if (section.querySelector("input[type=checkbox]")) return text === "" ? [] : text.split(" ");
    return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
  };
  for (const s of sections) {
    if (s.dataset.answered) answered.add(s.dataset.item);
    if (s.dataset.saved !== "") answers.set(s.dataset.item, typed(s, s.dataset.saved));
  }
  const holds = (condition) => window.vardeCondition(condition, (name) => answers.get(name));
  // A question that hangs on what is not known here is left to the server.
  const isAsked = (s) => s.dataset.when === "" || holds(s.dataset.when) === true;

  // The order is the form's: the sections carry where they stand in it.
  const byItem = new Map(sections.map((s) => [s.dataset.item, s]));
  const list = root.dataset.order ? root.dataset.order.split(" ").map((id) => byItem.get(id)).filter(Boolean) : sections;
  const asked = () => list.filter((s) => isAsked(s) || answered.has(s.dataset.item));
  let now = here.firstElementChild;
  let leaving = false;

  const step = (s) => {
    const all = asked(), n = Math.max(all.indexOf(s), 0) + 1;
    const text = root.dataset.step.replace("[n]", n).replace("[of]", all.length);
    s.querySelector("[data-step-text]").textContent = text;
    const bar = s.querySelector("progress");
    bar.max = all.length;
    bar.value = n;
    bar.setAttribute("aria-label", text);
  };
  const address = (s) => root.dataset.base + "?i=" + encodeURIComponent(s.dataset.item);
  const show = (s, how) => {
    help.hidden = end.hidden = true;
    here.hidden = false;
    if (s !== now) here.replaceChildren(s);
    now = s;
    const back = s.querySelector("[data-q-back]");
    const before = asked()[asked().indexOf(s) - 1];
    if (back) back.hidden = !before;
    if (back && before) back.href = address(before);
    step(s);
    if (how === "push") history.pushState({ item: s.dataset.item }, "", address(s));
    document.getElementById("q-" + s.dataset.item + "-text").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  };
  const after = (s) => list.slice(list.indexOf(s) + 1).find(isAsked);
  const review = () => root.dataset.base + "?review=1";
  // finish goes to the server's list of answers as soon as all of them are there.
  const finish = () => {
    leaving = true;
    here.hidden = help.hidden = true;
    end.hidden = false;
    end.focus();
    window.scrollTo(0, 0);
    if (window.vardeOutbox) window.vardeOutbox.refresh();
  };
  document.addEventListener("varde:outbox", (event) => {
    if (!leaving) return;
    const mine = event.detail.entries.filter((e) => e.action.split("?")[0] === root.dataset.base);
    if (!mine.some((e) => e.state === "waiting")) location.assign(review());
  });
  const onward = (s) => {
    const next = after(s);
    if (next) show(next, "push");
    else finish();
  };

  const alerts = [...root.querySelectorAll("[data-alert]")].map((e) => e.dataset.alert);
  const danger = () => alerts.some((a) => holds(a) === true);
  let alarmed = danger();

  // An answer is on this device: mark it, and go on.
  root.addEventListener("varde:kept", (event) => {
    const s = event.target.closest("[data-item]");
    const fields = new Map(event.detail.fields);
    const item = s.dataset.item;
    answered.add(item);
    if (fields.has("absent")) answers.delete(item);
    else answers.set(item, typed(s, event.detail.fields.filter(([k]) => k === "value").map(([, v]) => v).join(" ")));
    for (const b of s.querySelectorAll("button[name=value], button[name=absent]")) b.setAttribute("aria-pressed", String(fields.get(b.name) === b.value));
    if (danger() && !alarmed) {
      alarmed = true;
      here.hidden = true;
      help.hidden = false;
      help.focus();
      window.scrollTo(0, 0);
      return;
    }
    onward(s);
  });
  document.getElementById("q-goon").addEventListener("click", () => onward(now));

  // What the outbox would take is looked at first: nothing empty, and no number that is none.
  root.addEventListener("varde:entering", (event) => {
    const s = event.target.closest("[data-item]");
    if (event.detail.fields.some(([k]) => k === "absent")) return;
    const box = s.querySelector(".me-q__field input:not([type=range], [type=checkbox]), .me-q__field textarea, .me-q__field select");
    if (!box || box.value.trim() !== "" && (!box.inputMode.match(/numeric|decimal/) || s.querySelector("[data-time]") || /^[-+]?[\d.,:]+$/.test(box.value.trim()))) return;
    event.preventDefault();
    box.setAttribute("aria-invalid", "true");
    box.focus();
  });

  root.addEventListener("click", (event) => {
    const back = event.target.closest("[data-q-back]");
    if (!back) return;
    const before = asked()[asked().indexOf(now) - 1];
    if (!before) return;
    event.preventDefault();
    show(before, "push");
  });
  window.addEventListener("popstate", (event) => {
    const item = (event.state && event.state.item) || new URLSearchParams(location.search).get("i");
    const s = byItem.get(item);
    if (s) show(s);
    else location.reload();
  });
  history.replaceState({ item: now.dataset.item }, "", address(now));
  root.classList.add("is-walking");
})();
