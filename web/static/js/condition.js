// Conditions of questions, as the protocol's language writes them, for a page without
// network: comparisons of an answer with a value, joined by && and ||, turned by !.
//
//   vardeCondition("guess != \"unknown\" && mood > 2", (name) => answer) -> true, false or null
//
// An answer is a number, a text, true or false, a list, or undefined when there is
// none. What cannot be decided is null, and the server decides: it has the last word.
(() => {
  "use strict";
  const token = /\s*(?:(\d+(?:\.\d+)?)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([A-Za-z_][\w.]*)|(&&|\|\||==|!=|<=|>=|[<>!()[\],-]))/y;
  const cut = (text) => {
    const out = [];
    token.lastIndex = 0;
    while (token.lastIndex < text.length) {
      const from = token.lastIndex;
      const m = token.exec(text);
      if (!m) {
        if (text.slice(from).trim() === "") break;
        return null;
      }
      if (m[1] !== undefined) out.push({ value: Number(m[1]) });
      else if (m[2] !== undefined || m[3] !== undefined) out.push({ value: (m[2] ?? m[3]).replace(/\\(.)/g, "$1") });
      else if (m[4] === "true" || m[4] === "false") out.push({ value: m[4] === "true" });
      else if (m[4] === "in") out.push({ sign: "in" });
      else if (m[4] !== undefined) out.push({ name: m[4] });
      else out.push({ sign: m[5] });
    }
    return out;
  };
  class Unknown extends Error {}
  const decide = (tokens, answer) => {
    let at = 0;
    const is = (sign) => tokens[at] && tokens[at].sign === sign;
    const take = (sign) => { if (!is(sign)) return false; at++; return true; };
    const or = () => {
      let x = and();
      while (take("||")) { const y = and(); x = x === true || y === true ? true : x === null || y === null ? null : false; }
      return x;
    };
    const and = () => {
      let x = not();
      while (take("&&")) { const y = not(); x = x === false || y === false ? false : x === null || y === null ? null : true; }
      return x;
    };
    const not = () => {
      if (take("!")) { const x = not(); return x === null ? null : !x; }
      return compare();
    };
    const truth = (x) => (typeof x === "boolean" ? x : null);
    const compare = () => {
      if (take("(")) {
        const x = or();
        if (!take(")")) throw new Unknown();
        return x;
      }
      const x = value();
      const sign = tokens[at] && tokens[at].sign;
      if (!["==", "!=", "<", "<=", ">", ">=", "in"].includes(sign)) return truth(x);
      at++;
      const y = value();
      if (x === undefined || y === undefined) return null;
      if (sign === "in") return Array.isArray(y) ? y.includes(x) : null;
      if (sign === "==" || sign === "!=") {
        if (typeof x !== typeof y) return null;
        return (x === y) === (sign === "==");
      }
      if (typeof x !== "number" || typeof y !== "number") return null;
      return sign === "<" ? x < y : sign === "<=" ? x <= y : sign === ">" ? x > y : x >= y;
    };
    const value = () => {
      if (take("-")) { const x = value(); return typeof x === "number" ? -x : undefined; }
      if (take("[")) {
        const list = [];
        while (!is("]")) { list.push(value()); if (!take(",") && !is("]")) throw new Unknown(); }
        at++;
        return list;
      }
      const t = tokens[at++];
      if (!t || t.sign) throw new Unknown();
      return "value" in t ? t.value : answer(t.name);
    };
    const x = or();
    if (at !== tokens.length) throw new Unknown();
    return x;
  };
  window.vardeCondition = (text, answer) => {
    const tokens = cut(text);
    if (!tokens || !tokens.length) return null;
    try {
      return decide(tokens, answer);
    } catch {
      return null;
    }
  };
})();
