// The program at a gate, in headless Chromium: `node browser.mjs COMMAND JOURNAL [MORE]`. The journal is a directory, with the
// browser's profile and the port, for what a browser keeps belongs to one origin.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

import { check } from "./gate.mjs";
import { launch } from "./chromium.mjs";
import { serve } from "./site.mjs";

const [command, path, more] = process.argv.slice(2);
const tells = command === "conformance" || command === "mistakes";
const [profile, story] = tells ? [more, await readFile(path, "utf8")] : [path];

await mkdir(profile, { recursive: true });
const said = await readFile(`${profile}/gate.json`, "utf8").catch(() => "{}");
const { port = 0, home: joined } = JSON.parse(said);
const link = command === "join" ? (await readFile(more, "utf8")).trim() : undefined;
const home = link === undefined ? joined : new URL(link).origin;
const site = await serve(port, home);
await writeFile(`${profile}/gate.json`, JSON.stringify({ port: Number(new URL(site.origin).port), home }));
const browser = await launch(`${profile}/chromium`);
const page = await browser.context.newPage();
await page.goto(`${site.origin}/page.html`);
await page.waitForFunction(() => globalThis.ready);

const at = site.origin;
if (command === "conformance") {
    const tell = (story) => gate.conformance(story, (name, recorded) => saxaul.open(name, { recorded }));
    console.log(await page.evaluate(tell, story));
}
if (command === "mistakes") {
    console.log(await page.evaluate((story) => globalThis.makeMistakes(story), story));
    await tabsMeet(browser.context, page, `${at}/page.html`);
}
if (command === "join") {
    await page.evaluate(async ({ link, at }) => {
        const journal = await saxaul.open("gate");
        await gate.join(journal, link, at);
        await journal.shutDown();
    }, { link, at });
}
if (command === "work") {
    await page.evaluate(async (text) => gate.work(await saxaul.open("gate"), text, saxaul.clocks), more);
    browser.kill();
    await browser.ended;
    console.log("saved");
    await setTimeout(2 ** 31 - 1);
}
if (command === "exchange") await page.evaluate(async (at) => gate.exchange(await saxaul.open("gate"), at), at);
if (command === "hours") console.log(await page.evaluate(async () => gate.hours(await saxaul.open("gate"))));
if (command === "wipe") await page.evaluate(async (at) => gate.wipe(await saxaul.open("gate"), at), at);
await browser.close();
site.close();

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
