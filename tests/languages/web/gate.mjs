// An app at a gate, in JavaScript: the program that every language has. See tests/tests/languages. The same lines run
// in Node and in a browser.

export function check(holds, what) {
    if (!holds) throw new Error(`not so: ${JSON.stringify(what)}`);
}

export async function join(journal, link) {
    await journal.join(link, "javascript");
    await journal.exchange();
}

export async function work(journal, text, clocks) {
    const found = (await journal.people({ text })).rows;
    check(found.length === 1, found);
    const site = (await journal.event()).sites[0].key;
    const row = await journal.perform({ do: "check_in", subject: found[0].subject, site, method: "search" }, clocks());
    check(row.state === "saved_here", row);
}

export async function exchange(journal) {
    await journal.exchange();
    const open = await journal.unconfirmed();
    check(open.on_this_device === 0 && open.carried === 0, open);
}

export async function wipe(journal) {
    const brought = await journal.exchange();
    check(brought.wipe_ordered, brought);
    await journal.wipe();
}

export async function hours(journal) {
    const rows = await journal.hours();
    const shown = rows.map((row) => [row.code, row.date, row.observed_s, row.imputed_s, row.verified_s]);
    return JSON.stringify(shown.sort());
}

/** Plays a story; `open(name, recorded)` opens a device's journal. */
export async function conformance(text, open) {
    const story = JSON.parse(text.replaceAll(LARGE, ': "whole $1"'));
    const [devices, bundles] = [{}, {}];
    const begin = async (name) => {
        const { seed, incarnation } = story.devices[name];
        devices[name] = await open(name, { seed: bytes(seed), incarnation });
    };
    for (const [name, { link, enrolled }] of Object.entries(story.devices)) {
        await begin(name);
        await devices[name].takeEnrolled(link, { status: 200, body: new TextEncoder().encode(enrolled) });
    }
    for (const step of story.steps) {
        const device = devices[step.device];
        if ("do" in step) {
            const code = await device.performJson(told(step.do), step.reading).then(() => undefined, refused);
            check(code === step.refused, [step, code]);
        } else if ("meets" in step) {
            const greeting = await devices[step.meets].greet();
            let brought;
            do {
                const giving = await devices[step.meets].answerNear(await device.askNear(greeting));
                brought = await device.takeNear(giving);
            } while (brought.more);
        } else if ("exports" in step) {
            bundles[step.exports] = await device.exportBundle();
        } else if ("imports" in step) {
            await device.importBundle(bundles[step.imports]);
        } else if ("dies" in step) {
            await devices[step.dies].shutDown();
            await begin(step.dies);
        } else if ("finds" in step) {
            const names = (await device.people({ text: step.finds })).rows.map((row) => row.name);
            check(JSON.stringify(names) === JSON.stringify(step.names), [step, names]);
        } else if ("view_sha256" in step) {
            const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await device.viewJson()));
            const shown = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
            check(shown === step.view_sha256, [step, shown]);
        } else {
            throw new Error(`unknown step: ${JSON.stringify(step)}`);
        }
    }
    for (const device of Object.values(devices)) await device.shutDown();
    return `${story.steps.length} steps`;
}

/** JavaScript's numbers do not hold these. */
const LARGE = /:\s*(\d{16,})/g;

/** An action as it stands in the story. */
function told(action) {
    return JSON.stringify(action).replaceAll(/"whole (\d+)"/g, "$1");
}

/** The code of a refusal; anything else goes on. */
export function refused(error) {
    if (error.kind !== "refused") throw error;
    return error.code;
}

export function bytes(hex) {
    return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
