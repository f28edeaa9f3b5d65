// Looks at pages in a real browser: with and without JavaScript, in light and dark, on a narrow and on a wide screen.
//
// Usage: node page.cjs MODULES CHROMIUM URL PLAN, and the token in WAYFARER_TOKEN. PLAN is JSON: {"pages": [path, ...], "words": [text, ...],
// "missing": [path, ...], "acts": [{"page": path, "open": text, "fill": {label: text}, "press": text, "says": text}, ...]}; the last two may be missing.
// Each page must be answered with 200 (404 if missing), ask no other host for anything, log nothing, break no policy, run no script of a guest, fit the
// screen, and pass axe. The words must be somewhere in the pages as text. Each act is done by keyboard, with and without JavaScript, after
// signing in: it opens what is folded, fills fields, presses a button, and must end at a page that says so. Prints what is wrong, and ends with 1 if anything is.
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
    extraHTTPHeaders: { accept: "text/html,*/*;q=0.8", authorization: `Bearer ${process.env.WAYFARER_TOKEN}` },
  });
  const page = await context.newPage();
  const blame = (what) => wrong.push(`${where} (${how.width} px, ${how.scheme}, ${how.script ? "with" : "without"} JavaScript): ${what}`);
  page.on("console", (message) => {
    // A browser notes the status of the page itself.
    if (how.status === 404 && message.location().url === base + where && message.text().includes("404")) return;
    blame(`the console has: ${message.text()}`);
  });
  page.on("pageerror", (error) => blame(`a script failed: ${error.message}`));
  page.on("dialog", (dialog) => { blame(`a guest's script opened a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== new URL(base).origin) blame(`it asks another host: ${url}`);
  });
  const answer = await page.goto(base + where, { waitUntil: "load" });
  if (answer.status() !== how.status) blame(`answered with ${answer.status()}`);
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

// One form as a person without a mouse sends it.
async function act(browser, { page: where, open, fill = {}, press, says }, script) {
  const context = await browser.newContext({ javaScriptEnabled: script });
  const page = await context.newPage();
  const blame = (what) => wrong.push(`${press} at ${where} (${script ? "with" : "without"} JavaScript): ${what}`);
  page.setDefaultTimeout(20000);
  page.on("console", (message) => blame(`the console has: ${message.text()}`));
  page.on("pageerror", (error) => blame(`a script failed: ${error.message}`));
  try {
    await page.goto(`${base}/sign-in?next=${encodeURIComponent(where)}`);
    await page.fill("input[name=token]", process.env.WAYFARER_TOKEN);
    await Promise.all([page.waitForURL(base + where), page.keyboard.press("Enter")]);
    if (open) {
      await page.locator("summary", { hasText: open }).focus();
      await page.keyboard.press("Enter");
    }
    for (const [label, text] of Object.entries(fill)) {
      const field = page.getByLabel(label, { exact: true }).locator("visible=true");
      await field.focus();
      if (await field.evaluate((element) => element.tagName === "SELECT")) await field.selectOption(text);
      else await page.keyboard.insertText(text);
    }
    await page.getByRole("button", { name: press, exact: true }).focus();
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
  for (const where of [...plan.pages, ...(plan.missing ?? [])]) {
    const status = plan.pages.includes(where) ? 200 : 404;
    for (const script of [true, false]) {
      for (const scheme of ["light", "dark"]) {
        for (const width of [320, 1440]) {
          said.push(await look(browser, where, { script, scheme, width, status }));
        }
      }
    }
  }
  for (const script of [true, false]) for (const one of plan.acts ?? []) await act(browser, one, script);
  await browser.close();
  for (const word of plan.words) {
    if (!said.some((text) => text.includes(word))) wrong.push(`no page says ${JSON.stringify(word)} as it was written`);
  }
  console.log([...new Set(wrong)].join("\n") || `${plan.pages.length} pages, 8 times each`);
  process.exit(wrong.length > 0 ? 1 : 0);
})();
