/* Brings the explorers of a page to life: one classic script, no dependency, works from a file.
   Each explorer carries its formulas as JSON: nested lists such as ["*", "x", ["exp", "z"]]. They are
   turned into functions once, and every move of a control evaluates them in order. No eval, no network.
   backprop_lab/explorers/formulas.py and numbers.py say the same in Python; the tests compare the two. */
(function () {
  "use strict";

  // ---- formulas ----------------------------------------------------------------------------------

  const OPERATIONS = {
    "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b,
    "^": (a, b) => Math.pow(a, b), neg: (a) => -a, abs: Math.abs, sign: Math.sign, floor: Math.floor,
    exp: Math.exp, expm1: Math.expm1, log: Math.log, log1p: Math.log1p, logaddexp, sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin,
    acos: Math.acos, atan: Math.atan, sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh,
    min: (a, b) => (a !== a || b !== b ? NaN : Math.min(a, b)),
    max: (a, b) => (a !== a || b !== b ? NaN : Math.max(a, b)),
    "<": (a, b) => +(a < b), "<=": (a, b) => +(a <= b), "==": (a, b) => +(a === b), nice,
  };

  function nice(a) {
    if (!isFinite(a) || a <= 0) return 1;
    const power = Math.pow(10, Math.floor(Math.log10(a)));
    return [1, 2, 5, 10, 20].find((k) => a <= k * power * (1 + 1e-9)) * power;
  }

  // log(eᵃ + eᵇ), where eᵃ may be too large and eᵇ too small
  function logaddexp(a, b) {
    return a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
  }

  function compiled(tree) {
    if (typeof tree === "string") return (v) => v[tree];
    if (!Array.isArray(tree)) return () => tree;
    const [operation, ...operands] = tree;
    const parts = operands.map(compiled);
    if (operation === "?") return (v) => (parts[0](v) ? parts[1](v) : parts[2](v));
    if (operation === "pick") return (v) => parts[1 + Math.trunc(parts[0](v))](v);
    const f = OPERATIONS[operation];
    const [a, b] = parts;
    return b ? (v) => f(a(v), b(v)) : (v) => f(a(v));
  }

  // Named formulas in their order. A sweep is the least or greatest value over the range of a control;
  // what is around is a value very near, on the left or the right, or the jump from the one to the other.
  function program(formulas) {
    const steps = [];
    for (const [name, tree] of formulas) {
      if (Array.isArray(tree) && tree[0] === "sweep") {
        const [, take, by, low, high, count, of] = tree;
        const before = steps.filter((s) => !s.sweep), f = compiled(of), best = take === "max" ? Math.max : Math.min;
        steps.push({ name, sweep: true, run(v) {
          const w = Object.assign({}, v);
          let found = NaN;
          for (let k = 0; k < count; k++) {
            w[by] = low + ((high - low) * k) / (count - 1);
            for (const s of before) w[s.name] = s.run(w);
            const x = f(w);
            if (isFinite(x)) found = found === found ? best(found, x) : x;
          }
          return found;
        } });
      } else if (Array.isArray(tree) && tree[0] === "around") {
        const [, take, by, reach, of] = tree, before = steps.filter((s) => !s.sweep), f = compiled(of);
        steps.push({ name, sweep: true, run(v) {
          const at = (shift) => {
            const w = Object.assign({}, v, { [by]: v[by] + reach * shift });
            for (const s of before) w[s.name] = s.run(w);
            return f(w);
          };
          if (take !== "jump") return at(take === "left" ? -0.001 : 0.001);
          const near = at(0.001) - at(-0.001), far = at(1) - at(-1);
          return Math.abs(near) > 0.5 * Math.abs(far) ? near : 0; // what is continuous shrinks
        } });
      } else steps.push({ name, run: compiled(tree) });
    }
    return steps;
  }

  // ---- texts ----------------------------------------------------------------------------------------

  const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

  function written(value, digits = 4) {
    if (!isFinite(value)) return "not defined";
    const size = Math.abs(value);
    if (size < 1e-300) return "0";
    let power = Math.floor(Math.log10(size)), text;
    if (power >= -4 && power < Math.max(digits, 5)) text = fixed(size, Math.max(0, digits - 1 - power));
    else {
      let mantissa = fixed(size / Math.pow(10, power), digits - 1);
      if (mantissa === "10") { mantissa = "1"; power += 1; }
      const raised = "10" + [...String(power)].map((c) => RAISED[c]).join("");
      text = mantissa === "1" ? raised : mantissa + "·" + raised;
    }
    return (value < 0 ? "−" : "") + text;
  }

  function fixed(size, decimals) {
    const text = size.toFixed(decimals);
    return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  }

  function text(pieces) {
    const parts = pieces.map((p) => {
      if (typeof p === "string") return () => p;
      if ("n" in p) { const f = compiled(p.n); return (v) => written(f(v), p.d); }
      const when = compiled(p.if), yes = text(p.y), no = text(p.z);
      return (v) => (when(v) ? yes(v) : no(v));
    });
    return (v) => parts.map((part) => part(v)).join("");
  }

  // Letters between asterisks stand in italics.
  function setMarked(element, string) {
    if (element.blText === string) return;
    element.blText = string;
    if (!string.includes("*")) { element.textContent = string; return; }
    element.replaceChildren(...string.split("*").map((part, k) => {
      if (k % 2 === 0) return document.createTextNode(part);
      const span = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
      span.setAttribute("class", "it");
      span.textContent = part;
      return span;
    }));
  }

  // ---- pictures ---------------------------------------------------------------------------------------

  const round = (x) => String(+x.toFixed(2));

  // Give a function of the values that brings one element up to date.
  function tie(element, data, moving) {
    const updates = [], attributes = Object.entries(data.a || {}).map(([k, t]) => [k, compiled(t)]);
    const classes = Object.entries(data.c || {}).map(([k, t]) => [k, compiled(t)]);
    const hides = classes.find(([k]) => k === "gone"), last = {};
    if (attributes.length || classes.length) {
      updates.push((v) => {
        let gone = hides ? !!hides[1](v) : false;
        for (const [name, f] of attributes) {
          const x = f(v);
          if (!isFinite(x)) { gone = true; continue; }
          const place = round(x); // writing is the slow part: only what moved
          if (last[name] !== place) element.setAttribute(name, (last[name] = place));
        }
        for (const [name, f] of classes) if (name !== "gone") element.classList.toggle(name, !!f(v));
        element.classList.toggle("gone", gone);
      });
    }
    if (data.t) { const t = text(data.t); updates.push((v) => setMarked(element, t(v))); }
    if (data.p) updates.push(curve(element, data.p, moving));
    return updates;
  }

  function curve(element, [by, low, high, count, x, y], moving) {
    const fx = compiled(x), fy = compiled(y);
    const place = (w, t) => {
      w[by] = t;
      for (const s of moving) w[s.name] = s.run(w);
      return [fx(w), fy(w)];
    };
    const pair = (p) => round(p[0]) + "," + round(Math.min(1e4, Math.max(-1e4, p[1])));
    return (v) => {
      const w = Object.assign({}, v);
      let d = "", pen = "M", before = 0, last = null;
      for (let k = 0; k < count; k++) {
        const t = low + ((high - low) * k) / (count - 1);
        const p = place(w, t);
        if (!isFinite(p[0]) || !isFinite(p[1])) { pen = "M"; continue; }
        if (pen === "L") {
          const gap = gapBetween((t) => place(w, t), before, t, last, p);
          if (gap) d += "L" + pair(gap[0]) + "M" + pair(gap[1]);
        }
        d += pen + pair(p);
        [pen, before, last] = ["L", t, p];
      }
      element.setAttribute("d", d);
    };
  }

  // Halve the way between two places of a curve, and its two longest parts again: the last points on both
  // sides of a jump or a pole, if there is one. What is continuous gets small. gaps.py does the same.
  function gapBetween(place, a, b, pa, pb) {
    const finite = (p) => isFinite(p[0]) && isFinite(p[1]);
    const apart = (p, q) => (finite(p) && finite(q) ? Math.max(Math.abs(p[0] - q[0]), Math.abs(p[1] - q[1])) : Infinity);
    let parts = [{ a, b, pa, pb }], least = 0;
    for (let k = 0; k < 24; k++) {
      for (const s of parts) {
        s.m = (s.a + s.b) / 2;
        s.pm = place(s.m);
        s.apart = Math.max(apart(s.pa, s.pm), apart(s.pm, s.pb));
        if (!k) least = Math.max(4, isFinite(s.apart) ? s.apart / 1000 : 0);
      }
      parts = parts.filter((s) => s.apart > least).sort((s, t) => (s.apart === t.apart ? 0 : t.apart - s.apart)).slice(0, 2);
      if (!parts.length) return null;
      parts = parts.flatMap((s) => [{ a: s.a, b: s.m, pa: s.pa, pb: s.pm }, { a: s.m, b: s.b, pa: s.pm, pb: s.pb }]);
    }
    parts.sort((s, t) => s.a - t.a);
    const left = parts[0].pa, right = parts[parts.length - 1].pb;
    return [finite(left) ? left : pa, finite(right) ? right : pb];
  }

  // ---- one explorer --------------------------------------------------------------------------------------

  function start(figure) {
    const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const steps = program(data.formulas), moving = steps.filter((s) => !s.sweep);
    const state = Object.assign({}, data.start), updates = [];
    figure.querySelectorAll(".bl-panel").forEach((panel, k) => {
      panel.querySelectorAll("svg [data-b]").forEach((e, j) => updates.push(...tie(e, data.scenes[k][j], moving)));
    });
    const says = text(data.says), said = figure.querySelector(".bl-says"), live = figure.querySelector(".bl-live");
    const inputs = [...figure.querySelectorAll(".bl-controls input")];
    const nameOf = (input) => input.dataset.name || input.name;
    const limits = {};
    for (const i of inputs) if (i.type === "range") limits[i.name] = [+i.min, +i.max];
    let values = {}, later = 0, gliding = 0, goal = null;

    function update() {
      values = Object.assign({}, state);
      for (const s of steps) values[s.name] = s.run(values);
      for (const u of updates) u(values);
      const sentence = says(values).replaceAll("*", "");
      if (said.textContent !== sentence) said.textContent = sentence;
      clearTimeout(later); // read out when the reader pauses, not at every pixel
      later = setTimeout(() => { if (live.textContent !== sentence) live.textContent = sentence; }, 500);
      buttons.forEach((b, k) => { if (enabled[k]) b.disabled = !enabled[k](values); });
    }

    function show() {
      for (const input of inputs) {
        const x = state[nameOf(input)];
        if (input.type === "radio") input.checked = +input.value === x;
        else if (input.type === "checkbox") input.checked = !!x;
        else {
          const shown = written("log" in input.dataset ? Math.round(Math.pow(10, x)) : x, +input.dataset.digits);
          input.value = x;
          input.setAttribute("aria-valuetext", input.dataset.say + " = " + shown);
          input.nextElementSibling.textContent = shown;
        }
      }
    }

    function set(changes) {
      for (const name in changes) {
        const [low, high] = limits[name] || [-Infinity, Infinity];
        if (isFinite(changes[name])) state[name] = Math.min(high, Math.max(low, changes[name]));
      }
      show();
      update();
    }

    function glide(changes) {
      const from = Object.assign({}, state), began = performance.now(), mine = ++gliding;
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      goal = changes;
      (function frame(now) {
        if (mine !== gliding) return;
        const t = still ? 1 : Math.min(1, Math.max(0, (now - began) / 350)), eased = t * t * (3 - 2 * t), next = {};
        for (const k in changes) {
          const way = k in limits ? eased : 1; // a counter has nothing between two numbers
          next[k] = way === 1 ? changes[k] : from[k] + (changes[k] - from[k]) * way;
        }
        set(next);
        if (t < 1) requestAnimationFrame(frame);
        else goal = null;
      })(began);
    }

    // Whoever acts during a glide acts on where it leads.
    function arrive() {
      const changes = goal;
      gliding++;
      goal = null;
      if (changes) set(changes);
    }

    for (const input of inputs) {
      input.addEventListener("input", () => {
        const value = input.type === "checkbox" ? +input.checked : +input.value;
        arrive();
        set({ [nameOf(input)]: value });
      });
    }

    // Parts of the picture that set the state when pointed at, focused or pressed.
    figure.querySelectorAll("svg [data-set]").forEach((e) => {
      const changes = JSON.parse(e.dataset.set), act = () => { arrive(); set(changes); };
      for (const event of (e.dataset.on || "click").split(" ")) e.addEventListener(event, act);
      e.addEventListener("keydown", (k) => { if (k.key === "Enter" || k.key === " ") { k.preventDefault(); act(); } });
    });

    const buttons = [...figure.querySelectorAll(".bl-controls button")];
    const enabled = data.buttons.map((b) => ("on" in b ? compiled(b.on) : null));
    buttons.forEach((button, k) => {
      const sets = Object.entries(data.buttons[k].set).map(([name, t]) => [name, compiled(t)]);
      button.addEventListener("click", () => {
        arrive();
        const changes = sets.length ? {} : Object.assign({}, data.start);
        for (const [name, f] of sets) changes[name] = f(values);
        if (data.buttons[k].slow) glide(changes);
        else set(changes);
      });
    });

    figure.querySelector(".bl-controls").hidden = false;
    figure.explorer = { state, set, get values() { return values; } };
    show();
    update();
  }

  function all() {
    for (const figure of document.querySelectorAll(".bl-explorer:not([data-alive])")) {
      figure.setAttribute("data-alive", "");
      try { start(figure); } catch (error) { console.error("explorer " + figure.id, error); }
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all);
  else all();
})();
