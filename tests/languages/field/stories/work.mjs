import assert from "node:assert/strict";

import { Home } from "../home.mjs";
import { band, countsBecome, found, joins, search, taps } from "../steps.mjs";

/** Registered and checked in by one act; somebody who is known already is found while the name is typed. */
export async function a_walk_in_is_registered_and_checked_in_by_one_act_and_a_twin_is_stopped(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.goto(`${home.site.origin}/field/`);
    await page.getByRole("link", { name: "New here" }).click();
    await page.getByRole("button", { name: "Register and check in" }).click();
    await page.getByText("Write the name.").waitFor();
    await phone.check(page, "walk-in with a mistake");
    await page.getByLabel("Name", { exact: true }).fill("Сергеева Дина");
    await page.getByLabel("Year of birth").fill("2013");
    await page.getByLabel("Guardian who consents").fill("Сергеева Анна");
    await page.getByRole("button", { name: "Register and check in" }).click();
    assert.match(await band(page, "registered"), /^In, new\s+Сергеева Дина/);
    await countsBecome(page, { here: 3, home: 0 });

    await page.goto(`${home.site.origin}/field/walk-in`);
    await page.getByLabel("Name", { exact: true }).fill("Irina Akhmetova");
    const known = page.getByRole("region", { name: "Already known?" });
    await known.getByText(/same name in other letters/).waitFor();
    await known.getByRole("button", { name: /Ахметова Ирина/ }).click();
    assert.match(await band(page, "in"), /Ахметова Ирина/);
    await page.getByRole("heading", { name: "Gate: North" }).waitFor();

    // Taking the registration back takes everything of it back.
    await page.getByRole("button", { name: "Undo: Сергеева Дина" }).click();
    await band(page, "undone");
    await page.goto(`${home.site.origin}/field/safe`);
    await page.getByRole("button", { name: "Exchange now" }).click();
    await page.waitForFunction(() => /\b0 here/.test(document.querySelector("a.status").textContent));
    const names = (await home.report("attendance")).map(({ name }) => name);
    assert.deepEqual(names, ["Ахметова Ирина"]);
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** Whoever is too young to come without consent is let in, with a notice; the consent is noted on the spot. */
export async function a_child_without_consent_is_let_in_with_a_notice_and_the_consent_is_noted(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.goto(`${home.site.origin}/field/`);
    assert.match(await taps(page, "Жұмабаев", /Жұмабаев Қанат/), /^In\s+Жұмабаев Қанат\s+!\s+A guardian’s consent is missing/);
    await phone.check(page, "notice");
    await page.getByRole("link", { name: "Note consent" }).click();
    await page.getByRole("heading", { name: "Жұмабаев Қанат" }).waitFor();
    await page.getByRole("button", { name: "Note consent" }).click();
    await page.getByText("Write something first.").waitFor();
    await page.getByLabel("Name of the guardian").fill("Жұмабаева Сәуле");
    await page.getByRole("button", { name: "Note consent" }).click();
    await band(page, "noted");
    await page.getByText("A guardian’s consent is missing").waitFor({ state: "detached" });
    await page.getByText("Guardian’s consent: Жұмабаева Сәуле").waitFor();
    await phone.check(page, "person");
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

export async function a_team_of_fourteen_is_checked_in_by_one_act_and_the_headcount_names_who_is_missing(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Bus");
    await page.goto(`${home.site.origin}/field/teams`);
    await page.getByRole("link", { name: /Seventh/ }).click();
    await phone.check(page, "team");
    await page.getByRole("button", { name: "All here: check in 14" }).click();
    assert.match(await band(page, "team"), /^In: 14 people/);
    await page.getByText("Everybody is inside.").waitFor();
    await page.getByRole("region", { name: "inside" }).getByRole("button", { name: /Тестов Назым/ }).click();
    await page.getByRole("region", { name: "came and left" }).getByRole("button", { name: /Тестов Назым/ }).waitFor();
    await page.getByRole("link", { name: "Back" }).click();
    await page.getByRole("link", { name: /Seventh\s*13 of 14 inside · Missing 1/ }).waitFor();
    await phone.check(page, "teams");
    await page.goto(`${home.site.origin}/field/inside`);
    await page.getByText("13 inside, 14 came").waitFor();
    await phone.check(page, "inside");
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** What was counted on a card outlives a kill of the browser at any moment after it was shown as kept. */
export async function a_card_is_filled_in_killed_half_way_and_its_draft_is_there(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Shore");
    await page.goto(`${home.site.origin}/field/cards/shore`);
    await page.getByRole("button", { name: "Bags: 1 more" }).click();
    for (let tap = 0; tap < 12; tap += 1) await page.getByRole("button", { name: "Bottle caps (plastic): 10 more" }).click();
    await page.getByLabel("Weight, kg").fill("12,5");
    await page.getByText("120 pieces in all").waitFor();
    await page.locator("[data-kept]").waitFor();
    await phone.check(page, "card");
    await phone.dies();

    await phone.launch();
    const again = await phone.open("/cards/shore");
    await again.getByText("120 pieces in all").waitFor();
    assert.equal(await again.getByLabel("Weight, kg").inputValue(), "12,5");
    await again.getByLabel("Weight, kg").fill("zwölf");
    await again.getByRole("button", { name: "Save card" }).click();
    await again.getByText("Write a number").waitFor();
    await again.getByLabel("Weight, kg").fill("12,5");
    await again.getByRole("button", { name: "Save card" }).click();
    await band(again, "noted");
    await countsBecome(again, { here: 0, home: 1 });
    const [card] = await home.report("cards");
    assert.deepEqual([card.bags, card.grams ?? card.kg], [1, 12_500], JSON.stringify(card));
    await again.goto(`${home.site.origin}/field/cards/shore`);
    await again.getByText("0 pieces in all").waitFor();
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}

/** A scanner with a cable types a badge wherever the focus is; what it types is no search. */
export async function a_scanner_with_a_cable_is_heard_wherever_the_focus_is(place) {
    const home = await Home.start(place);
    const { phone, page } = await joins(home, "Gate 1");
    await page.goto(`${home.site.origin}/field/`);
    await search(page, "Ах");
    await found(page);
    const client = await phone.context.newCDPSession(page);
    const types = async (text) => {
        // A real scanner's keys come faster than a test's calls: all of them are put on their way at once.
        const keys = [...text].flatMap((key) => [client.send("Input.dispatchKeyEvent", { type: "keyDown", key, text: key })]);
        keys.push(client.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Enter", code: "Enter", text: "\r" }));
        await Promise.all(keys);
    };
    await types("https://example.org/no-badge-at-all");
    assert.match(await band(page, "code"), /No badge/);
    assert.equal(await page.getByRole("searchbox").inputValue(), "Ах");
    assert.match(await taps(page, "Ахметова", /Ахметова/), /^In/);
    phone.assertFaultless();
    await phone.close();
    await home.stop();
}
