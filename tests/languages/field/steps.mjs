// What a person does on the screens, by what they see and hear.

import assert from "node:assert/strict";

import { Phone } from "./phone.mjs";

/** Switches the language by its short name: Қаз, Рус or Eng. */
export async function speak(page, short) {
    await page.getByRole("button", { name: short, exact: true }).click();
}

/** A phone that joined with a link, and is ready for the field. */
export async function joins(home, name, { invite = ["--role", "marker", "--site", "north"], switches = [] } = {}) {
    const phone = await Phone.start(`${home.place}/${name}`, home.site, switches);
    const page = await phone.open(await home.invite(...invite));
    await speak(page, "Eng");
    await page.getByLabel("Name of this phone").fill(name);
    await page.getByRole("button", { name: "Join", exact: true }).click();
    await page.getByRole("heading", { name: "Ready for the field" }).waitFor();
    return { phone, page };
}

export async function search(page, text) {
    await page.getByRole("searchbox").fill(text);
}

/** Who is found, by name. */
export async function found(page) {
    const list = page.getByRole("list", { name: "Name, code or end of phone" });
    await list.getByRole("listitem").first().waitFor();
    return list.locator("b").allTextContents();
}

/** Finds somebody and taps them; gives what the band says of it. */
export async function taps(page, text, name) {
    const earlier = await page.locator("[data-band]").elementHandles();
    await search(page, text);
    await page.getByRole("list", { name: "Name, code or end of phone" }).getByRole("button", { name }).click();
    // Each act has a band of its own, also where it says the same.
    await page.waitForFunction((earlier) => !earlier.some((band) => band.isConnected), earlier);
    return band(page);
}

/** What the band says, when it does. */
export async function band(page, is) {
    const shown = page.locator(is === undefined ? "[data-band]" : `[data-band="${is}"]`);
    await shown.waitFor();
    return shown.innerText();
}

export async function mode(page, word) {
    await page.getByRole("button", { name: word, exact: true }).first().click();
}

/** The marks of the status line: how many records are here, and how many at home. */
export async function counts(page) {
    const text = (await page.locator("a.status").innerText()).replace(/\s+/g, " ");
    const read = (word) => Number(text.match(new RegExp(`([\\d\\u202f]+) ${word}`))?.[1] ?? 0);
    return { here: read("here"), home: read("home"), carried: read("carried") };
}

export async function countsBecome(page, wanted) {
    await page.waitForFunction(({ here, home }) => {
        const text = document.querySelector("a.status")?.textContent ?? "";
        return new RegExp(`\\b${here} here`).test(text) && new RegExp(`\\b${home} home`).test(text);
    }, wanted);
    assert.deepEqual(await counts(page), { carried: 0, ...wanted });
}
