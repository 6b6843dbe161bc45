// The program at a gate, in headless Chromium: `node browser.mjs COMMAND JOURNAL [MORE]`. The journal is the directory of the
// browser's profile. What a browser keeps belongs to one origin: the app is served at the port `SITE_PORT`.

import { mkdir, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

import { check } from "./gate.mjs";
import { launch } from "./chromium.mjs";
import { serve } from "./site.mjs";

const [command, path, more] = process.argv.slice(2);
const tells = command === "conformance" || command === "mistakes";
const [profile, story] = tells ? [more, await readFile(path, "utf8")] : [path];

await mkdir(profile, { recursive: true });
const site = await serve(Number(process.env.SITE_PORT ?? 0));
const browser = await launch(`${profile}/chromium`);
const page = await browser.context.newPage();
await page.goto(`${site.origin}/page.html`);
await page.waitForFunction(() => globalThis.ready);

if (command === "conformance") {
    const tell = (story) => gate.conformance(story, (name, recorded) => saxaul.open(name, { recorded }));
    console.log(await page.evaluate(tell, story));
}
if (command === "mistakes") {
    console.log(await page.evaluate((story) => globalThis.makeMistakes(story), story));
    await spaceRunsOut(browser.context);
    await tabsMeet(browser.context, page, `${site.origin}/page.html`);
}
if (command === "join") {
    await page.evaluate(async (link) => {
        const journal = await saxaul.open("gate");
        await gate.join(journal, link);
        await journal.shutDown();
    }, (await readFile(more, "utf8")).trim());
}
if (command === "work") {
    await page.evaluate(async (text) => gate.work(await saxaul.open("gate"), text, saxaul.clocks), more);
    browser.kill();
    await browser.ended;
    console.log("saved");
    await setTimeout(2 ** 31 - 1);
}
if (command === "exchange") await page.evaluate(async () => gate.exchange(await saxaul.open("gate")));
if (command === "hours") console.log(await page.evaluate(async () => gate.hours(await saxaul.open("gate"))));
if (command === "wipe") {
    await page.evaluate(async () => {
        await gate.wipe(await saxaul.openShared("gate"));
        // Nobody has it open any more.
        await (await saxaul.open("gate")).shutDown();
    });
}
await browser.close();
site.close();

/** A browser grants a page little space, and later more. */
async function spaceRunsOut(context) {
    const [elsewhere, page] = [await serve(0), await context.newPage()];
    const developer = await context.newCDPSession(page);
    const { origin } = elsewhere;
    await developer.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 << 18 });
    await page.exposeFunction("grantSpace", () => developer.send("Storage.overrideQuotaForOrigin", { origin }));
    await page.goto(`${origin}/page.html`);
    await page.waitForFunction(() => globalThis.ready);
    await page.evaluate((story) => globalThis.spaceRunsOut(story, grantSpace), story);
    elsewhere.close();
}

/** A journal that one tab has open is shut to another, until the first is closed or dies. */
async function tabsMeet(context, page, url) {
    const tab = await context.newPage();
    await tab.goto(url);
    await tab.waitForFunction(() => globalThis.ready);
    await tab.evaluate(async () => void (await saxaul.open("two tabs")));
    const other = () => page.evaluate(() => saxaul.open("two tabs").then(() => "open", (error) => error.kind));
    check((await other()) === "retry", "the other tab has it");
    await tab.close();
    for (let tries = 0; (await other()) !== "open"; tries += 1) check(tries < 1000, "a closed tab lets go of it");
}
