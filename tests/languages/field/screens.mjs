// Every screen: its address below `/field`, and what is done on it before it is looked at.

import { search } from "./steps.mjs";

export const screens = {
    gate: ["/"],
    found: ["/", async (page) => {
        await search(page, "Тест");
        await page.locator(".list .entry").nth(3).waitFor();
    }],
    band: ["/", async (page) => {
        await search(page, "Ахметова");
        await page.locator("button.entry").first().click();
        await page.locator("[data-band]").waitFor();
    }],
    notice: ["/", async (page) => {
        await search(page, "Жұмабаев");
        await page.locator("button.entry").first().click();
        await page.locator("[data-band]").waitFor();
    }],
    unknown: ["/", async (page) => {
        await search(page, "Вольфганг");
        await page.locator("#search-hint:not(:empty)").waitFor();
    }],
    scan: ["/scan"],
    "walk-in": ["/walk-in", async (page) => {
        await page.locator("input[name=name]").fill("Irina Akhmetova");
        await page.locator("input[name=born]").fill("1987");
        await page.locator("form .entry").first().waitFor();
    }],
    teams: ["/teams"], team: ["/teams/T07"], inside: ["/inside"], cards: ["/cards"], card: ["/cards/shore"], planting: ["/cards/trees"],
    safe: ["/safe"], "hand-over": ["/hand-over"], settings: ["/settings"], more: ["/more"], incident: ["/incident"], join: ["/join"], ready: ["/ready"],
};

export const tongues = [["kk", "Қаз"], ["ru", "Рус"], ["en", "Eng"]];
export const themes = ["light", "dark", "sun"];

/** Labels that are wider than their place, and a page that scrolls sideways: to be called in the page. */
export function whatIsCut() {
    const labels = [...document.querySelectorAll("button, a, h1, h2, label, legend, p, dt, dd, li, span")];
    const wide = labels.filter((label) => label.scrollWidth > label.clientWidth + 1 && label.clientWidth > 0 && !label.closest(".visually-hidden") && getComputedStyle(label).display !== "inline");
    const texts = wide.map((label) => label.textContent.trim().slice(0, 60));
    if (document.documentElement.scrollWidth > innerWidth) texts.push(`the page is ${document.documentElement.scrollWidth} wide`);
    return texts;
}
