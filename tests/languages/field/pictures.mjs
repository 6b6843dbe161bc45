// Pictures of every screen, in every language, theme and width: `node pictures.mjs FOLDER`. It fails where a word is cut off.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";

import { Home } from "./home.mjs";
import { screens, themes, tongues, whatIsCut } from "./screens.mjs";
import { joins, search, speak } from "./steps.mjs";

process.setMaxListeners(0);
const folder = process.argv[2] ?? "pictures";
const widths = [[320, 568], [390, 844]];
const place = await mkdtemp(`${tmpdir()}/field-`);
const home = await Home.start(place);
const { phone, page } = await joins(home, "Gate 1", { invite: ["--role", "lead", "--site", "north"] });
await mkdir(folder, { recursive: true });
const shown = { ...screens, person: [`/people/${await someone()}`] };
const cut = new Set();
for (const [width, height] of widths) {
    await page.setViewportSize({ width, height });
    for (const theme of themes) {
        for (const [tongue, short] of tongues) {
            for (const [name, [path, act]] of Object.entries(shown)) {
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
