// Looks at pages in a real browser: with and without JavaScript, in light and dark, on a narrow and on a wide screen.
//
// Usage: node page.cjs MODULES CHROMIUM URL PLAN, and the token in WAYFARER_TOKEN. PLAN is JSON: {"pages": [path, ...], "words": [text, ...]}.
// Each page must be answered with 200, ask no other host for anything, log nothing, break no policy, run no script of a guest, fit the
// screen, and pass axe. The words must be somewhere in the pages as text. Prints what is wrong, and ends with 1 if anything is.
const { createRequire } = require("node:module");
const path = require("node:path");

const [modules, chromium, base, planned] = process.argv.slice(2);
const load = createRequire(path.join(modules.split(path.delimiter)[0], "none.js"));
const loadAxe = createRequire(path.join(modules.split(path.delimiter)[1], "none.js"));
const playwright = load("playwright-core");
const axe = loadAxe("axe-core").source;
const plan = JSON.parse(planned);
const wrong = [];

async function look(browser, where, how) {
  const context = await browser.newContext({
    viewport: { width: how.width, height: 900 },
    colorScheme: how.scheme,
    javaScriptEnabled: how.script,
    extraHTTPHeaders: { authorization: `Bearer ${process.env.WAYFARER_TOKEN}` },
  });
  const page = await context.newPage();
  const blame = (what) => wrong.push(`${where} (${how.width} px, ${how.scheme}, ${how.script ? "with" : "without"} JavaScript): ${what}`);
  page.on("console", (message) => blame(`the console has: ${message.text()}`));
  page.on("pageerror", (error) => blame(`a script failed: ${error.message}`));
  page.on("dialog", (dialog) => { blame(`a guest's script opened a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== new URL(base).origin) blame(`it asks another host: ${url}`);
  });
  const answer = await page.goto(base + where, { waitUntil: "load" });
  if (answer.status() !== 200) blame(`answered with ${answer.status()}`);
  const text = await page.locator("body").innerText();
  // Also without JavaScript of the page: the browser's own tools look at it.
  const state = await page.evaluate(() => ({
    pwned: Boolean(window.pwned) || Boolean(document.querySelector("[onerror], [onload], main script, [style]")),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    odd: [...document.querySelectorAll("a")].map((link) => link.getAttribute("href") ?? "").filter((href) => !/^(https?:\/\/|\/|#)/.test(href)),
  }));
  if (state.pwned) blame("markup of a guest became part of the page");
  if (state.wide > 0) blame(`it is ${state.wide} px wider than the screen`);
  if (state.odd.length > 0) blame(`it links to ${state.odd}`);
  if (how.script) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    for (const { id, help, nodes } of violations) {
      blame(`${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
    }
    if (how.width > 1000) await byKeyboard(page, blame);
  }
  await context.close();
  return text;
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
  for (const where of plan.pages) {
    for (const script of [true, false]) {
      for (const scheme of ["light", "dark"]) {
        for (const width of [320, 1440]) {
          said.push(await look(browser, where, { script, scheme, width }));
        }
      }
    }
  }
  await browser.close();
  for (const word of plan.words) {
    if (!said.some((text) => text.includes(word))) wrong.push(`no page says ${JSON.stringify(word)} as it was written`);
  }
  console.log([...new Set(wrong)].join("\n") || `${plan.pages.length} pages, 8 times each`);
  process.exit(wrong.length > 0 ? 1 : 0);
})();
