// What an app does wrong, and what happens to it: each is a typed error, and nothing is lost. The same lines run in Node and
// in a browser. `scene` opens journals by name: `open(name)` and `joined(name, who)`.

import { bytes, check } from "./gate.mjs";

const READING = { boot: 1, mono_ms: 1, wall_ms: 1 };

export function addPerson(id, family) {
    return { do: "add_person", id: id.toString(16).padStart(16, "0"), known: { name: { family } } };
}

export function does(journal, action) {
    return journal.perform(action, READING);
}

/** What a promise was rejected with: kind, and code if there is one. */
export async function failure(promise) {
    return promise.then(() => "nothing", (error) => (error.code ? `${error.kind} ${error.code}` : error.kind));
}

export async function failsWith(expected, promise) {
    const seen = await failure(promise);
    check(seen === expected, [expected, seen]);
}

/** The devices of a story, each of which can join without a server. */
export function sceneOf(story, openJournal) {
    const open = (name, who) => {
        const { seed, incarnation } = story.devices[who];
        return openJournal(name, { seed: bytes(seed), incarnation });
    };
    const joined = async (name, who) => {
        const journal = await open(name, who);
        const { link, enrolled } = story.devices[who];
        await journal.takeEnrolled(link, { status: 200, body: new TextEncoder().encode(enrolled) });
        return journal;
    };
    return { open, joined };
}

/** Waits until something is so, which soon is; what runs beside goes on meanwhile. */
async function until(holds) {
    for (let turns = 0; !holds(); turns += 1) {
        check(turns < 100_000, String(holds));
        await new Promise((next) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => (port1.close(), next());
            port2.postMessage(undefined);
        });
    }
}

export const mistakes = {
    async "calls after the end are refused"({ joined }) {
        const app = await joined("closed", "office");
        const before = does(app, addPerson(2, "Ann"));
        await app.shutDown();
        check((await before).state === "saved_here", "earlier calls are done first");
        await failsWith("refused closed", app.event());
        await failsWith("refused closed", does(app, addPerson(4, "Ben")));
        await failsWith("refused closed", app.exportBundle());
        await failsWith("refused closed", app.wipe());
        await app.shutDown();
    },

    async "a journal that is in use can be had later"({ open, joined }) {
        const first = await joined("in use", "office");
        await failsWith("retry in_use", open("in use", "office"));
        await first.shutDown();
        const second = await open("in use", "office");
        check((await second.event()).people === 0, "it opens");
        await second.shutDown();
    },

    async "texts of any kind are kept and nonsense is refused"({ joined }) {
        const app = await joined("texts", "office");
        const strange = "\u{1F30A}Ә\u0301\u200d ' \" \\ ;--";
        await does(app, addPerson(2, strange));
        check((await app.people()).rows[0].name === strange, "as it was typed");
        await failsWith("refused bad_input", does(app, addPerson(4, "\ud800")));
        await failsWith("refused invalid", does(app, addPerson(4, "x".repeat(100_000))));
        await failsWith("refused bad_input", does(app, { do: "fly" }));
        await failsWith("refused bad_input", app.person("somebody"));
        await failsWith("refused near", app.importBundle(new Uint8Array(100).fill(255)));
        await failsWith("refused bad_link", app.enrolCall("hello", "a"));
        await failsWith("refused nothing_asked", app.nextCall({ boot: 1, mono_ms: 0, wall_ms: 0 }));
        await failsWith("refused not_ordered", app.wipe());
        check((await app.event()).people === 1, "nothing else was done");
        await app.shutDown();
    },

    async "a device that did not join is asked to"({ open }) {
        const app = await open("alone", "office");
        await failsWith("sign_in not_joined", app.chooseEvent("07".repeat(16)));
        await failsWith("refused no_event", app.event());
        await app.shutDown();
    },

    async "many calls at once are done one after the other"({ joined }) {
        const app = await joined("many", "office");
        const added = Array.from({ length: 40 }, (_, n) => does(app, addPerson(2 * n + 2, `Ann ${n}`)));
        check((await app.event()).people === 40, "a call sees what was called before it");
        await Promise.all(added);
        await app.shutDown();
    },

    async "a listener that throws does no harm, and changes are told together"({ joined }) {
        const app = await joined("listener", "office");
        const heard = [];
        const stop = app.observe((changes) => {
            heard.push(changes);
            throw new Error("thrown by the app");
        });
        await does(app, addPerson(2, "Ann"));
        await does(app, addPerson(4, "Ben"));
        const [first, ...later] = heard;
        check(first.everybody && first.event && first.records, "the first call says that everything is new");
        check(later.length === 2 && later.every((changes) => changes.records && changes.subjects.length === 1), heard);
        stop();
        await does(app, addPerson(6, "Cem"));
        check(heard.length === 3, "who stopped hears nothing more");
        await app.shutDown();
    },

    async "many observe, and who stops leaves the others"({ joined }) {
        const app = await joined("observers", "office");
        const [one, other] = [[], []];
        const listener = (changes) => one.push(changes);
        const stops = [app.observe(listener), app.observe(listener), app.observe((changes) => other.push(changes))];
        for (let n = 1; n <= 50; n += 1) await does(app, addPerson(2 * n, `Ann ${n}`));
        check(one.length === 102 && other.length === 51, "the same function may observe twice");
        stops[0]();
        stops[0]();
        stops[2]();
        for (let n = 51; n <= 100; n += 1) await does(app, addPerson(2 * n, `Ann ${n}`));
        check(one.length === 152 && other.length === 51, [one.length, other.length]);
        await app.shutDown();
    },

    async "a watched query is shown once, and again only when it gives something else"({ joined, watched }) {
        const app = await joined("watched", "office");
        const shown = [];
        const stop = app.watch(watched.people({ text: "Ann" }), {
            shown: (page) => {
                shown.push(page.rows.map((row) => row.name).join());
                throw new Error("thrown by the app");
            },
        });
        await until(() => shown.length === 1);
        await does(app, addPerson(2, "Ben"));
        await does(app, addPerson(4, "Ann"));
        await until(() => shown.length === 2);
        await app.people();
        check(JSON.stringify(shown) === '["","Ann"]', shown);
        stop();

        const counts = app.snapshots(watched.unconfirmed());
        check(counts.getSnapshot() === undefined, "nothing is known before the first answer");
        let heard = 0;
        const unsubscribe = counts.subscribe(() => (heard += 1));
        await until(() => counts.getSnapshot()?.on_this_device === 2);
        const before = counts.getSnapshot();
        await app.people();
        check(counts.getSnapshot() === before && heard === 1, "the same object until it changes");
        unsubscribe();

        const seen = [];
        for await (const { total } of app.each(watched.people())) {
            seen.push(total);
            if (total === 2) await does(app, addPerson(6, "Cem"));
            else break;
        }
        check(JSON.stringify(seen) === "[2,3]", seen);
        const failures = [];
        await app.shutDown();
        app.watch(watched.event(), { shown: () => check(false, "it is closed"), failed: ({ code }) => failures.push(code) });
        await until(() => failures.length === 1);
        check(failures[0] === "closed", failures);
    },

    async "every code has a sentence in three languages"({ codes, sentence }) {
        const all = Object.values(codes);
        check(all.length > 60 && all.includes("bad_badge"), all);
        for (const code of all) {
            const said = ["en", "ru", "kk"].map((language) => sentence(code, language));
            check(new Set(said).size === 3 && said.every((text) => text.endsWith(".")), [code, said]);
        }
        check(sentence("bad_badge", "de") === sentence("bad_badge", "en"), "English for others");
        check(sentence("toString", "en") === undefined, "nothing for what is no code");
    },

    async "a panic is an error of the app, and the journal is whole"({ joined }) {
        const [app, other] = [await joined("panic", "office"), await joined("bystander", "gate")];
        await does(app, addPerson(2, "Ann"));
        const drawn = crypto.getRandomValues;
        crypto.getRandomValues = () => {
            throw new Error("no entropy today");
        };
        const failed = await app.greet().then(() => undefined, (error) => error);
        crypto.getRandomValues = drawn;
        check(failed.kind === "bug" && failed.message.includes("entropy"), failed.message);
        check((await app.event()).people === 1, "it opens itself anew");
        await does(app, addPerson(4, "Ben"));
        check((await app.people()).total === 2, "and goes on");
        check((await other.standing()).role === "marker", "as does another journal");
        await Promise.all([app.shutDown(), other.shutDown()]);
    },

    async "what cannot be written was not done, and can be done again"({ joined, fails }) {
        const app = await joined("full", "office");
        await does(app, addPerson(2, "Ann"));
        const heals = await fails("full");
        await failsWith("retry not_saved", does(app, addPerson(4, "Ben")));
        await heals();
        check((await app.people()).rows.map((row) => row.name).join() === "Ann", await app.people());
        check((await does(app, addPerson(4, "Ben"))).state === "saved_here", "as if nothing had been");
        check((await app.people()).total === 2, await app.people());
        await app.shutDown();
    },

    async "a journal of a newer version is refused untouched"({ open, joined, edit }) {
        await (await joined("newer", "office")).shutDown();
        const version = (to) => async (rows) => {
            const value = rows.get("device").slice(0, -CHECKSUM_LENGTH).with(1, to);
            return rows.set("device", await withChecksum("device", value));
        };
        const before = await edit("newer", version(23));
        await failsWith("refused newer_journal", open("newer", "office"));
        await edit("newer", version(before.get("device")[1]));
        check(same(await edit("newer", (rows) => rows), before), "untouched");
        const app = await open("newer", "office");
        check((await app.standing()).role === "organizer", "it opens");
        await app.shutDown();
    },

    async "a damaged journal opens for reading and gives what can be saved"({ open, joined, edit }) {
        const app = await joined("damaged", "office");
        await does(app, addPerson(2, "Sealed"));
        await app.exportBundle();
        await does(app, addPerson(4, "Not sealed"));
        await app.shutDown();
        const before = await edit("damaged", (rows) => {
            const item = [...rows.keys()].findLast((key) => key.startsWith("item/"));
            return rows.set(item.replace(/.$/, "f"), new Uint8Array([0]));
        });
        check(before.size > 3, [...before.keys()]);
        const damaged = await open("damaged", "office");
        check(await damaged.isReadOnly(), "for reading");
        await failsWith("refused read_only", does(damaged, addPerson(6, "More")));
        const other = await joined("saved", "gate");
        await other.importBundle(await damaged.exportBundle());
        check((await other.people()).rows.map((row) => row.name).join() === "Not sealed,Sealed", await other.people());
        await Promise.all([damaged.shutDown(), other.shutDown()]);
    },
};

const CHECKSUM_LENGTH = 8;

/** A value as it is kept under a key: `sync-core/src/storage/checksum.rs` says what follows it. */
async function withChecksum(key, value) {
    const text = (of) => [...new TextEncoder().encode(of)];
    const length = [0, 0, 0, 0, 0, 0, 0, key.length];
    const hashed = [...text("saxaul/row/1\0"), ...length, ...text(key), ...value];
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(hashed)));
    return new Uint8Array([...value, ...hash.slice(0, CHECKSUM_LENGTH)]);
}

function same(rows, others) {
    const told = (all) => JSON.stringify([...all].map(([key, value]) => [key, [...value]]).sort());
    return told(rows) === told(others);
}

/** Edits the rows of a journal that nobody has open, behind its back. Returns them as they were. */
export async function editRows(store, change) {
    const before = new Map((await store.readAll()).map(({ key, value }) => [key, value]));
    await store.write([...await change(new Map(before))].map(([key, value]) => ({ key, value })));
    await store.close();
    return before;
}

/** Writes until the browser has no space left, then is granted more. */
export async function runsOutOfSpace({ joined }, grantSpace) {
    const app = await joined("small", "office");
    const add = (at) => does(app, addPerson(2 * at + 2, `${at} ${"Ann ".repeat(20)}`));
    let people = 0;
    let failed;
    while (failed === undefined) {
        check(people < 1000, "it ends some time");
        failed = await add(people).then(() => void (people += 1), (error) => error);
    }
    check(failed.kind === "retry" && people > 0, [failed.kind, failed.message, people]);
    check((await app.people()).total === people, "what was saved is there, and nothing else");
    await grantSpace();
    check((await add(people)).state === "saved_here", "as if nothing had been");
    check((await app.people()).total === people + 1, await app.people());
    await app.shutDown();
}

/** Makes them all. Returns how many. */
export async function makeThemAll(scene) {
    for (const [name, make] of Object.entries(mistakes)) {
        try {
            await make(scene);
        } catch (cause) {
            throw new Error(`${name}: ${cause?.message ?? cause}`, { cause });
        }
    }
    return `${Object.keys(mistakes).length} mistakes`;
}
