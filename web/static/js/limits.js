// The limits of a session, judged on the device as the server judges them
// (study/watch.go), for as long as the server cannot be asked. The server judges anew
// when the entries arrive; a test holds the two against each other.
(() => {
  "use strict";
  const past = (rule, v) => rule.compare === ">" ? v > rule.limit : rule.compare === ">=" ? v >= rule.limit : rule.compare === "<" ? v < rule.limit : v <= rule.limit;
  const worse = (rule, v, than) => rule.compare.startsWith(">") ? v > than : v < than;
  // measured answers the metric of a record, or its change from the session's first.
  const measured = (rule, f, records) => {
    const v = f.values[rule.metric];
    if (v === undefined || !rule.baseline) return v;
    const first = records.find((r) => r.values[rule.metric] !== undefined);
    return first.key === f.key ? undefined : Math.round((v - first.values[rule.metric]) * 1e6) / 1e6;
  };
  const dwelt = (rule, f, records) => {
    if (!rule.dwell) return true;
    let since = f.at;
    for (let i = records.length - 1; i >= 0; i--) {
      const r = records[i];
      if (r.at > f.at) continue;
      const v = measured(rule, r, records);
      if (v === undefined) continue;
      if (!past(rule, v)) break;
      since = r.at;
    }
    return f.at - since >= rule.dwell * 1000;
  };
  // standing: who was told of this once is not told again until it is worse.
  const standing = (rule, f, value, records, breaches) => {
    if (rule.severity === "transfer") return false;
    for (let i = records.length - 1; i >= 0; i--) {
      const r = records[i];
      if (r.key === f.key || r.at > f.at) continue;
      const v = measured(rule, r, records);
      if (v === undefined) continue;
      if (!past(rule, v)) return false;
      if (breaches.some((b) => b.rule === rule.id && b.key === r.key && !worse(rule, value, b.value))) return true;
    }
    return false;
  };
  // judge answers the breaches that the pending readings raise, in order. Readings are
  // {key, at (ms), values}; told are breaches {rule, key, value} that are known.
  const judge = (rules, readings, told, pending) => {
    const known = [...told], raised = [], have = [...readings];
    for (const entry of pending) {
      have.push(entry);
      const records = have.map((r, i) => [r, i]).sort(([a, i], [b, j]) => a.at - b.at || i - j).map(([r]) => r);
      for (const f of records) {
        if (f.at < entry.at) continue;
        for (const rule of rules) {
          const value = measured(rule, f, records);
          if (value === undefined || !past(rule, value) || !dwelt(rule, f, records) || standing(rule, f, value, records, known)) continue;
          if (known.some((b) => b.rule === rule.id && b.key === f.key)) continue;
          const breach = { rule: rule.id, key: f.key, value, at: entry.at };
          known.push(breach);
          raised.push(breach);
        }
      }
    }
    return raised;
  };
  window.vardeLimits = { judge, past, measured };
})();
