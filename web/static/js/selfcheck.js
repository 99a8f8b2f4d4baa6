// The self-check, added up where it is answered. Nothing of it is stored, and nothing
// leaves the page, unless somebody asks for contact and presses send on that form.
// The rules come with the page, from the instruments' own files: this script knows no
// questionnaire. Its sums are tested against the server's own.
(() => {
  "use strict";

  // --- Expressions -------------------------------------------------------------
  // The part of CEL that scores use: numbers, true and false, names, ! && || ?:,
  // comparisons and arithmetic. A name without a value is unknown (undefined), and
  // what cannot be told without it is unknown as well.
  const split = (text) => text.match(/\d+(?:\.\d+)?|[A-Za-z_]\w*|&&|\|\||[<>=!]=|[-+*/<>!?:()]/g) || [];
  const both = (f) => (a, b) => (a === undefined || b === undefined ? undefined : f(a, b));
  const levels = [
    { "||": (a, b) => (a === true || b === true ? true : a === undefined || b === undefined ? undefined : false) },
    { "&&": (a, b) => (a === false || b === false ? false : a === undefined || b === undefined ? undefined : true) },
    { "==": both((a, b) => a === b), "!=": both((a, b) => a !== b), "<": both((a, b) => a < b), "<=": both((a, b) => a <= b), ">": both((a, b) => a > b), ">=": both((a, b) => a >= b) },
    { "+": both((a, b) => a + b), "-": both((a, b) => a - b) },
    { "*": both((a, b) => a * b), "/": both((a, b) => a / b) },
  ];
  const evaluate = (text, values) => {
    const tokens = split(text);
    let at = 0;
    const unary = () => {
      const t = tokens[at++];
      if (t === "!") { const x = unary(); return x === undefined ? undefined : !x; }
      if (t === "-") { const x = unary(); return x === undefined ? undefined : -x; }
      if (t === "(") { const x = choice(); at++; return x; }
      if (t === "true" || t === "false") return t === "true";
      if (/^\d/.test(t)) return Number(t);
      return values[t];
    };
    const binary = (level) => {
      if (level === levels.length) return unary();
      let x = binary(level + 1);
      while (tokens[at] in levels[level]) { const f = levels[level][tokens[at++]]; x = f(x, binary(level + 1)); }
      return x;
    };
    const choice = () => {
      const test = binary(0);
      if (tokens[at] !== "?") return test;
      at++;
      const yes = choice();
      at++;
      const no = choice();
      return test === undefined ? undefined : test ? yes : no;
    };
    return choice();
  };

  // --- Scores ------------------------------------------------------------------
  const number = (v) => (v === true ? 1 : v === false ? 0 : typeof v === "number" ? v : undefined);
  const tidy = (x) => (Number.isFinite(x) ? (Math.abs(x) < 1e-6 ? 0 : Number.isInteger(x) ? x : Number(x.toPrecision(12))) : undefined);
  const methods = {
    sum: (v) => v.reduce((a, b) => a + b, 0),
    mean: (v) => v.reduce((a, b) => a + b, 0) / v.length,
    max: (v) => Math.max(...v),
    min: (v) => Math.min(...v),
    count: (v, rule) => v.filter((x) => x >= rule.atLeast).length,
  };
  // asked says which items are asked, given the answers so far.
  const asked = (instrument, answers) => instrument.items.filter((i) => !i.when || evaluate(i.when, answers) === true).map((i) => i.id);
  const scoresOf = (instrument, answers) => {
    const open = new Set(asked(instrument, answers));
    const values = {};
    for (const i of instrument.items) if (open.has(i.id) && answers[i.id] !== undefined) values[i.id] = answers[i.id];
    const scores = {};
    for (const rule of instrument.scores) {
      let result;
      if (rule.method === "expr") {
        result = evaluate(rule.expr, { ...values, ...scores });
        if (typeof result === "number") result = tidy(result * rule.times);
      } else {
        const given = rule.items.map((id) => number(values[id])).filter((x) => x !== undefined);
        if (given.length > 0 && rule.items.length - given.length <= rule.allow) {
          const scale = rule.prorate && (rule.method === "sum" || rule.method === "count") ? rule.items.length / given.length : 1;
          result = tidy(methods[rule.method](given, rule) * scale * rule.times);
        }
      }
      if (result !== undefined) scores[rule.id] = result;
    }
    return scores;
  };
  window.vardeScores = scoresOf; // for whoever wants to check the sums

  // --- The page ----------------------------------------------------------------
  const box = document.querySelector("[data-selfcheck]");
  if (!box) return;
  const rules = JSON.parse(box.dataset.selfcheck);
  const instruments = [rules.first, rules.then];
  const steps = [...box.querySelectorAll("[data-step]")];
  const questions = steps.filter((s) => s.dataset.step === "question");
  const bar = box.querySelector("[data-steps]");
  const says = box.querySelector("[data-says]");
  let answers = {};
  let way = []; // steps that were shown, to go back by

  const named = (name) => steps.find((s) => s.dataset.step === name);
  const show = (step) => {
    for (const s of steps) s.hidden = s !== step;
    bar.hidden = step.dataset.step !== "question";
    // Between the first question and the result nothing else asks for attention.
    document.querySelector("[data-check-intro]").hidden = step.dataset.step !== "safety";
    document.querySelector("[data-check-limits]").hidden = step.dataset.step !== "result";
    const head = step.querySelector("fieldset") || step.querySelector("h2");
    if (way.length > 0) { head.focus({ preventScroll: true }); box.scrollIntoView({ block: "start" }); }
    says.textContent = step.dataset.step === "question" ? step.querySelector(".p-progress").textContent : "";
  };
  const go = (step) => { way.push(step); show(step); };
  const current = () => way[way.length - 1];

  const questionsOf = (i) => {
    const open = asked(instruments[i], answers);
    return questions.filter((q) => q.dataset.instrument === instruments[i].id && open.includes(q.dataset.item));
  };
  const read = (q) => {
    const chosen = q.querySelector("input:checked");
    if (!chosen) { delete answers[q.dataset.item]; return false; }
    const yesNo = q.querySelectorAll("input").length === 2;
    answers[q.dataset.item] = yesNo ? chosen.value === "1" : Number(chosen.value);
    return true;
  };
  const after = (q) => {
    const i = instruments.findIndex((x) => x.id === q.dataset.instrument);
    const list = questionsOf(i);
    const following = list[list.indexOf(q) + 1];
    if (following) return go(following);
    if (i === 0 && (scoresOf(rules.first, answers)[rules.go.score] ?? 0) >= rules.go.from) return go(named("intro-1"));
    finish();
  };

  const scores = () => Object.fromEntries(instruments.map((x) => [x.id, scoresOf(x, answers)]));
  const finish = () => {
    const all = scores();
    const dangers = rules.danger.filter((d) => (d.item ? number(answers[d.item]) : all[d.instrument][d.score]) >= d.from);
    for (const p of box.querySelectorAll("[data-danger]")) p.hidden = !dangers.some((d) => d.id === p.dataset.danger);
    // What means danger comes before any result.
    if (dangers.length > 0) go(named("warning"));
    else result();
  };
  const band = () => {
    const all = scores();
    const second = rules.bands.some((b) => b.instrument === rules.then.id && all[rules.then.id][b.score] !== undefined);
    const of = second ? rules.then.id : rules.first.id;
    return rules.bands.find((b) => b.instrument === of && all[of][b.score] >= b.from && all[of][b.score] < b.below);
  };
  const totals = () => instruments.map((x, i) => {
    const total = scoresOf(x, answers).total;
    const line = box.querySelector(`[data-total="${i}"]`);
    return total === undefined ? "" : line.dataset.template.replace("[n]", String(total));
  });
  const result = () => {
    const mine = band();
    for (const b of box.querySelectorAll("[data-band]")) b.hidden = !mine || b.dataset.band !== mine.id;
    totals().forEach((text, i) => {
      const line = box.querySelector(`[data-total="${i}"]`);
      line.textContent = text;
      line.hidden = text === "";
    });
    go(named("result"));
  };

  const reset = () => {
    answers = {};
    for (const input of box.querySelectorAll("input")) input.checked = false;
    for (const m of box.querySelectorAll("[data-owed], [data-failed]")) m.hidden = true;
    way = [named("safety")];
    show(way[0]);
  };

  // The referral's own page takes the place of this one, with the summary in a field that
  // can be changed. It is fetched empty; what was answered goes nowhere.
  const contact = async () => {
    const summary = [box.querySelector("[data-band]:not([hidden]) h3")?.textContent, ...totals()].filter(Boolean).join("\n");
    try {
      const answer = await fetch(box.dataset.referral, { headers: { Accept: "text/html" }, cache: "no-store", credentials: "same-origin" });
      if (!answer.ok) throw new Error("status " + answer.status);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = document.querySelector("main");
      main.replaceChildren(...[...next.querySelector("main").childNodes].map((n) => document.importNode(n, true)));
      document.title = next.title;
      history.pushState(null, "", box.dataset.referral);
      window.addEventListener("popstate", () => location.reload(), { once: true });
      const part = main.querySelector("[data-selfcheck-part]");
      if (part) { part.hidden = false; part.querySelector("textarea").value = summary; }
      const head = main.querySelector("h1");
      head.tabIndex = -1;
      head.focus();
      window.scrollTo(0, 0);
    } catch {
      box.querySelector("[data-failed]").hidden = false;
    }
  };

  const actions = {
    danger: () => go(named("danger")),
    safe: () => go(named("intro-0")),
    begin: () => go(questionsOf(current() === named("intro-1") ? 1 : 0)[0]),
    next: () => {
      const q = current();
      const there = read(q);
      q.querySelector("[data-owed]").hidden = there;
      if (there) after(q);
    },
    back: () => { if (way.length > 1) { way.pop(); show(current()); } },
    stop: () => { reset(); go(named("stopped")); },
    result,
    contact,
    again: reset,
  };
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) actions[button.dataset.do]();
  });
  box.addEventListener("change", (event) => {
    const q = event.target.closest("[data-item]");
    if (q) { read(q); q.querySelector("[data-owed]").hidden = true; }
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input[type=radio]")) { event.preventDefault(); actions.next(); }
  });
  // A page that comes back from the browser's memory on a shared device comes back empty.
  window.addEventListener("pageshow", (event) => { if (event.persisted) reset(); });

  reset();
  box.hidden = false;
})();
