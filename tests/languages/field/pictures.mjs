// Pictures of every screen, in every language, theme and width: `node pictures.mjs FOLDER`. It fails where a word is cut off.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";

import { Home } from "./home.mjs";
import { joins, search, speak } from "./steps.mjs";

process.setMaxListeners(0);
const folder = process.argv[2] ?? "pictures";
const widths = [[320, 568], [390, 844]];
const themes = ["light", "dark", "sun"];
const tongues = [["kk", "Қаз"], ["ru", "Рус"], ["en", "Eng"]];
/** Each screen: its address, and what is done on it before the picture. */
const screens = {
    gate: ["/"],
    found: ["/", async (page) => {
        await search(page, "Тест");
        await page.getByRole("searchbox").waitFor();
        await page.locator(".list .entry").nth(3).waitFor();
    }],
    band_in: ["/", async (page) => {
        await search(page, "Ахметова");
        await page.locator("button.entry").first().click();
        await page.locator("[data-band]").waitFor();
    }],
    scan: ["/scan"], "walk-in": ["/walk-in", (page) => page.locator("input[name=name]").fill("Айгуль Серик")],
    unknown: ["/", async (page) => {
        await search(page, "Вольфганг");
        await page.locator("a.wide").first().waitFor();
    }],
    teams: ["/teams"], team: ["/teams/T07"], inside: ["/inside"], cards: ["/cards"], card: ["/cards/shore"], planting: ["/cards/trees"],
    safe: ["/safe"], "hand-over": ["/hand-over"], settings: ["/settings"], more: ["/more"], incident: ["/incident"], join: ["/join"], ready: ["/ready"],
};

const place = await mkdtemp(`${tmpdir()}/field-`);
const home = await Home.start(place);
const { phone, page } = await joins(home, "Gate 1", { invite: ["--role", "lead", "--site", "north"] });
await mkdir(folder, { recursive: true });
const subject = await someone();
screens.person = [`/people/${subject}`];
const cut = new Set();
for (const [width, height] of widths) {
    await page.setViewportSize({ width, height });
    for (const theme of themes) {
        for (const [tongue, short] of tongues) {
            for (const [name, [path, act]] of Object.entries(screens)) {
                await page.evaluate((theme) => localStorage.setItem("field.theme", theme), theme);
                await page.goto(`${home.site.origin}/field${path}`);
                await page.locator("main h1").waitFor();
                await speak(page, short);
                await act?.(page);
                await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
                await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
                await page.screenshot({ path: `${folder}/${name}-${tongue}-${theme}-${width}.png`, fullPage: true });
                for (const text of await page.evaluate(whatIsCut)) cut.add(`${name} ${tongue} ${width}: ${text}`);
            }
        }
    }
}
await phone.close();
await home.stop();
await rm(place, { recursive: true, force: true, maxRetries: 9 });
for (const text of cut) console.log(`cut off: ${text}`);
process.exit(cut.size === 0 ? 0 : 1);

/** Somebody's id, from the link beside their name. */
async function someone() {
    await page.goto(`${home.site.origin}/field/`);
    await search(page, "Ахметова");
    const link = page.locator(".list a.aside").first();
    await link.waitFor();
    return (await link.getAttribute("href")).split("/").at(-1);
}

/** Labels that are wider than their place, and a page that scrolls sideways. */
function whatIsCut() {
    const labels = [...document.querySelectorAll("button, a, h1, h2, label, legend, p, dt, dd, li, span")];
    const wide = labels.filter((label) => label.scrollWidth > label.clientWidth + 1 && label.clientWidth > 0 && !label.closest(".visually-hidden") && getComputedStyle(label).display !== "inline");
    const texts = wide.map((label) => label.textContent.trim().slice(0, 60));
    if (document.documentElement.scrollWidth > innerWidth) texts.push(`the page is ${document.documentElement.scrollWidth} wide`);
    return texts;
}
