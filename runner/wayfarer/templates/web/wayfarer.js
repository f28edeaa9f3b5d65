// What a browser with JavaScript has beyond the page itself: parts that stay fresh, spans of time, copy buttons, keys.
"use strict";
(() => {
  const every = (selector, act, within = document) => within.querySelectorAll(selector).forEach(act);

  // 75 s: "1 min ago"; what is to come: "in 12 s".
  const span = (ms) => {
    const s = Math.round(Math.abs(ms) / 1000);
    const [unit, size] = s < 60 ? ["s", 1] : s < 5400 ? ["min", 60] : s < 129600 ? ["h", 3600] : ["d", 86400];
    return Math.round(s / size) + " " + unit;
  };
  const say = () => every("time[datetime]", (time) => {
    const ms = Date.parse(time.dateTime) - Date.now();
    if (Number.isNaN(ms)) return;
    time.dataset.ago = ms > 0 ? "in " + span(ms) : span(ms) + " ago";
    time.title = time.dataset.ago + ", " + new Date(time.dateTime).toLocaleString();
  });

  const adorn = () => {
    say();
    every("figure.type pre", (pre) => {
      if (pre.nextElementSibling || !navigator.clipboard) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      pre.after(button);
    });
    // One stop of the tab key for each strip; arrows go on from there.
    every("svg.strip", (strip) => {
      const newest = strip.querySelector("a:last-of-type");
      if (newest) newest.setAttribute("tabindex", "0");
    });
  };

  // A range of a chart is chosen by dragging. The links beside it do the same for a keyboard.
  addEventListener("pointerdown", (down) => {
    const chart = down.target.closest("svg.chart[data-from]");
    if (!chart || down.button) return;
    const box = chart.getBoundingClientRect();
    const at = (event) => Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const begin = at(down), mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    mark.setAttribute("class", "drag");
    mark.setAttribute("height", "200");
    chart.append(mark);
    const ends = (event) => [begin, at(event)].sort((a, b) => a - b);
    const move = (event) => {
      const [low, high] = ends(event);
      mark.setAttribute("x", low * 1000);
      mark.setAttribute("width", (high - low) * 1000);
    };
    const leave = (event) => {
      removeEventListener("pointermove", move);
      mark.remove();
      const [low, high] = ends(event);
      if (event.type !== "pointerup" || high - low < .01) return;
      const from = +chart.dataset.from, length = chart.dataset.until - from;
      const asked = new URLSearchParams({ from: Math.round(from + low * length), until: Math.round(from + high * length) });
      location.search = asked;
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", leave, { once: true });
    addEventListener("pointercancel", leave, { once: true });
    down.preventDefault();
  });

  // Asks for the page again and puts its live parts in place of these, unless somebody is using them.
  let known = null;
  const refresh = async () => {
    if (document.hidden || !document.querySelector("[data-live]")) return;
    let answer;
    try { answer = await fetch(location.href, { headers: { accept: "text/html", "wayfarer-part": "live" } }); } catch { return; }
    const tag = answer.headers.get("etag");
    if (!answer.ok || (tag && tag === known)) return;
    known = tag;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const parts = [...document.querySelectorAll("[data-live]")];
    // Another page by now, such as the first one with a journey.
    if (parts.some((old) => !fresh.getElementById(old.id))) { location.reload(); return; }
    parts.forEach((old) => {
      const part = fresh.getElementById(old.id);
      const isUsed = old.contains(document.activeElement) || (getSelection().toString() && old.contains(getSelection().anchorNode));
      if (part && !isUsed && part.innerHTML !== old.innerHTML) old.replaceWith(document.importNode(part, true));
    });
    document.title = fresh.title;
    adorn();
  };

  addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName)) return;
    if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    const slot = at.closest("svg.strip a");
    if (slot && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      const next = event.key === "ArrowLeft" ? slot.previousElementSibling : slot.nextElementSibling;
      if (next) { event.preventDefault(); next.focus(); }
    }
  });
  addEventListener("change", (event) => {
    const form = event.target.closest("form.filter");
    if (form && event.target.matches("select, input[type=checkbox]")) form.requestSubmit();
  });
  addEventListener("submit", (event) => {
    // Empty fields say nothing: the URL is shorter without them.
    if (event.target.matches("form.filter")) every("input, select", (field) => { if (!field.value) field.disabled = true; }, event.target);
  });
  addEventListener("pageshow", () => every("form.filter :disabled", (field) => { field.disabled = false; }));

  adorn();
  setInterval(say, 10000);
  setInterval(refresh, 10000);
  addEventListener("visibilitychange", refresh);
})();
