// Looks at pages in a real browser: with and without JavaScript, in light and dark, on a narrow and on a wide screen, in the colours that a
// person forces, and on paper.
//
// Usage: node page.cjs MODULES CHROMIUM URL PLAN, and the token in WAYFARER_TOKEN. PLAN is JSON:
// {"pages": [path, ...], "words": [text, ...], "html": folder, "missing": [path, ...],
// "acts": [{"page": path, "open": text, "fill": {name: text}, "press": text, "says": text}, ...]}; the last three may be missing.
// Each page must be answered with 200 (404 if missing), ask no other host for anything, log nothing, break no policy, run no script of a
// guest, fit the screen, and pass axe. The words must be somewhere in the pages as text. The HTML of each page is left in the folder. Each
// act is done by keyboard, with and without JavaScript, after signing in: it opens what is folded, fills fields, presses a button, and must
// end at a page that says so.
// Prints what is wrong, and ends with 1 if anything is.
const { createRequire } = require("node:module");
const fs = require("node:fs");
const path = require("node:path");

const [modules, chromium, base, planned] = process.argv.slice(2);
const load = createRequire(path.join(modules.split(path.delimiter)[0], "none.js"));
const loadAxe = createRequire(path.join(modules.split(path.delimiter)[1], "none.js"));
const playwright = load("playwright-core");
const axe = loadAxe("axe-core").source;
const plan = JSON.parse(planned);
const wrong = [];

const WIDTHS = [320, 1440];
const SCHEMES = ["light", "dark"];

async function look(browser, where, script, status) {
  const context = await browser.newContext({
    viewport: { width: WIDTHS[0], height: 900 },
    javaScriptEnabled: script,
    // A colour on its way from light to dark is neither.
    reducedMotion: "reduce",
    extraHTTPHeaders: { accept: "text/html,*/*;q=0.8", authorization: `Bearer ${process.env.WAYFARER_TOKEN}` },
  });
  const page = await context.newPage();
  let how = "";
  const blame = (what) => wrong.push(`${where} (${script ? "with" : "without"} JavaScript${how}): ${what}`);
  page.on("console", (message) => {
    // A browser notes the status of the page itself.
    if (status === 404 && message.location().url === base + where && message.text().includes("404")) return;
    blame(`the console has: ${message.text()}`);
  });
  page.on("pageerror", (error) => blame(`a script failed: ${error.message}`));
  page.on("dialog", (dialog) => { blame(`a guest's script opened a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== new URL(base).origin) blame(`it asks another host: ${url}`);
  });
  const answer = await page.goto(base + where, { waitUntil: "load" });
  if (answer.status() !== status) blame(`answered with ${answer.status()}`);
  if (!script && plan.html) fs.writeFileSync(path.join(plan.html, `${encodeURIComponent(where).slice(0, 100)}.html`), await answer.body());
  const text = await page.locator("body").innerText();
  // Also without JavaScript of the page: the browser's own tools look at it.
  const state = await page.evaluate(() => ({
    pwned: Boolean(window.pwned) || Boolean(document.querySelector("[onerror], [onload], [onfocus], [onclick], main script, main iframe, main object, [style]")),
    odd: [...document.querySelectorAll("a")].map((link) => link.getAttribute("href") ?? "").filter((href) => !/^(https?:\/\/|\/|#)/.test(href)),
  }));
  if (state.pwned) blame("markup of a guest became part of the page");
  if (state.odd.length > 0) blame(`it links to ${state.odd}`);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of SCHEMES) {
      how = `, ${width} px, ${colorScheme}`;
      await page.emulateMedia({ colorScheme });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) blame(`it is ${wide} px wider than the screen`);
      if (script) await accessible(page, blame);
    }
  }
  if (script) {
    how = ", by keyboard";
    await byKeyboard(page, blame);
  }
  for (const colorScheme of SCHEMES) {
    how = `, ${colorScheme}, forced colours`;
    await page.emulateMedia({ colorScheme, forcedColors: "active" });
    await drawn(page, blame);
    how = `, ${colorScheme}, on paper`;
    await page.emulateMedia({ colorScheme, forcedColors: "none", media: "print" });
    await onPaper(page, blame);
    await page.emulateMedia({ media: "screen" });
  }
  await context.close();
  return text;
}

async function accessible(page, blame) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  for (const { id, help, nodes } of violations) {
    blame(`${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }
}

// Every drawing that says something is still seen, and each of its forms has a colour other than what it lies on.
async function drawn(page, blame) {
  const unseen = await page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.className = "probe";
    probe.attributeStyleMap.set("background-color", "Canvas");
    const under = getComputedStyle(probe).backgroundColor;
    probe.remove();
    const isSeen = (paint) => paint && paint !== "none" && paint !== under && !/^rgba.*, 0\)$/.test(paint);
    const shapes = document.querySelectorAll("svg.strip rect, svg.strip path, svg.chart path, svg.chart rect, svg.icon");
    return [...shapes].filter((shape) => shape.getClientRects().length > 0).filter((shape) => {
      const style = getComputedStyle(shape);
      return !isSeen(style.fill) && !isSeen(style.stroke) && !shape.matches(".in, .drag, .strip a rect");
    }).map((shape) => `${shape.outerHTML.slice(0, 120)} (${getComputedStyle(shape).fill}, ${getComputedStyle(shape).stroke} on ${under})`);
  });
  if (unseen.length > 0) blame(`${unseen.length} drawings are not seen, such as ${unseen[0]}`);
}

// Paper is white: what is written has to be dark, whatever the screen's colours are.
async function onPaper(page, blame) {
  const pale = await page.evaluate(() => {
    // Chromium may answer in any form of CSS; a canvas reads them all.
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const light = (colour) => {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data.slice(0, 3);
      const part = (value) => { const share = value / 255; return share <= .04045 ? share / 12.92 : ((share + .055) / 1.055) ** 2.4; };
      return .2126 * part(red) + .7152 * part(green) + .0722 * part(blue);
    };
    const texts = [...document.querySelectorAll("main :is(h1, h2, p, td, th, dt, dd, a, li, pre)")];
    return texts.filter((element) => element.textContent.trim() && element.getClientRects().length > 0)
      .filter((element) => 1.05 / (light(getComputedStyle(element).color) + .05) < 4.5)
      .map((element) => element.outerHTML.slice(0, 120));
  });
  if (pale.length > 0) blame(`${pale.length} texts cannot be read on white, such as ${pale[0]}`);
}

// One form as a person without a mouse sends it.
async function act(browser, { page: where, open, fill = {}, press, says }, script) {
  const context = await browser.newContext({ javaScriptEnabled: script });
  const page = await context.newPage();
  const blame = (what) => wrong.push(`${press} at ${where} (${script ? "with" : "without"} JavaScript): ${what}`);
  page.setDefaultTimeout(20000);
  page.on("pageerror", (error) => blame(`a script failed: ${error.message}`));
  try {
    await page.goto(`${base}/sign-in?next=${encodeURIComponent(where)}`);
    await page.fill("input[name=token]", process.env.WAYFARER_TOKEN);
    await Promise.all([page.waitForURL(base + where), page.keyboard.press("Enter")]);
    page.on("console", (message) => blame(`the console has: ${message.text()}`));
    if (open) {
      await page.locator("summary", { hasText: open }).focus();
      await page.keyboard.press("Enter");
    }
    const button = page.getByRole("button", { name: press, exact: true });
    const form = page.locator("form").filter({ has: button });
    for (const [name, text] of Object.entries(fill)) {
      const field = form.locator(`[name=${name}]`);
      await field.focus();
      if (await field.evaluate((element) => element.tagName === "SELECT")) await field.selectOption(text);
      else await page.keyboard.insertText(text);
    }
    await button.focus();
    await Promise.all([page.waitForURL(/[?&]done=/), page.keyboard.press("Enter")]);
    const told = await page.locator("[role=status]").innerText();
    if (told !== says) blame(`the page says ${told}`);
  } catch (error) {
    blame(`${error.message.split("\n")[0]}, at ${page.url()}: ${(await page.locator("main").innerText().catch(() => "")).slice(0, 300)}`);
  }
  await context.close();
}

// The first stops of the tab key are seen, and the first one leads to the content.
async function byKeyboard(page, blame) {
  for (let stop = 0; stop < 12; stop++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const isSeen = style.outlineStyle !== "none" || element.closest("svg.strip") || element.matches("input, select, button");
      return { name: element.outerHTML.slice(0, 80), isSeen: Boolean(isSeen), isBody: element === document.body, skips: element.matches("a.skip") };
    });
    if (at.isBody) return;
    if (stop === 0 && !at.skips) blame("the first stop does not lead to the content");
    if (!at.isSeen) blame(`nobody sees that the keyboard is at ${at.name}`);
  }
}

(async () => {
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });
  const said = [];
  // Two at a time: the machine has something to do while a page is loaded.
  const all = [...plan.pages.map((where) => [where, 200]), ...(plan.missing ?? []).map((where) => [where, 404])];
  const left = all.flatMap(([where, status]) => [[where, true, status], [where, false, status]]);
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) said.push(await look(browser, ...next));
  };
  await Promise.all([work(), work()]);
  for (const script of [true, false]) for (const one of plan.acts ?? []) await act(browser, one, script);
  await browser.close();
  for (const word of plan.words) {
    if (!said.some((text) => text.includes(word))) wrong.push(`no page says ${JSON.stringify(word)} as it was written`);
  }
  console.log([...new Set(wrong)].join("\n") || `${plan.pages.length} pages, each in 16 ways`);
  process.exit(wrong.length > 0 ? 1 : 0);
})();
