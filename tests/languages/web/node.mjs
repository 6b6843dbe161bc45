// The program at a gate, in Node: `node node.mjs COMMAND JOURNAL [MORE]`.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, open as openFile, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";

import * as saxaul from "../../../target/bindings/web/dist/node.js";
import * as gate from "./gate.mjs";
import { addPerson, does, editRows, failsWith, makeThemAll, sceneOf } from "./mistakes.mjs";

const [command, path, more] = process.argv.slice(2);

/** What goes wrong with files alone. */
async function filesGoWrong({ open, joined }, file) {
    // A power cut in the middle of a write.
    const app = await joined("torn", "office");
    await does(app, addPerson(2, "Ann"));
    await app.shutDown();
    const whole = await readFile(file("torn"));
    await appendFile(file("torn"), whole.subarray(0, 30));
    const torn = await open("torn", "office");
    await does(torn, addPerson(4, "Ben"));
    await torn.shutDown();
    const again = await open("torn", "office");
    gate.check((await again.event()).people === 2, "what was saved is there");
    await again.shutDown();

    // A byte that changed, in a length, a checksum or what was written.
    const written = await readFile(file("torn"));
    for (const at of [0, 5, 9, 40, written.length - 1]) {
        const damaged = Buffer.from(written);
        damaged[at] ^= 1;
        await writeFile(file("torn"), damaged);
        await failsWith("refused damaged_journal", open("torn", "office"));
        gate.check((await readFile(file("torn"))).equals(damaged), "and left as it is");
    }

    // Paths at which no journal can be, and a journal of another kind of app.
    await failsWith("refused bad_path", saxaul.open(file("missing/journal")));
    await failsWith("refused bad_path", saxaul.open(more));
    await writeFile(file("native"), "SQLite format 3\0and more");
    await failsWith("refused other_format", saxaul.open(file("native")));

    // Another process that holds a journal, and dies.
    const other = spawn(process.execPath, [process.argv[1], "hold", file("held")], { stdio: ["pipe", "pipe", "inherit"] });
    await once(other.stdout, "data");
    await failsWith("retry in_use", open("held", "office"));
    other.kill("SIGKILL");
    await once(other, "exit");
    await (await open("held", "office")).shutDown();
}

/** Home is busy or out of reach: an app waits, longer each time or as long as it is told, and gives up. */
async function homeIsAway({ joined }) {
    const app = await joined("patient", "office");
    const tries = async (at, more = {}) => {
        const waited = [];
        const waits = async (ms) => void waited.push(ms);
        const failed = await app.exchange({ at, waits, ...more }).then(() => undefined, (error) => error);
        gate.check(failed?.kind === "retry", failed);
        return { waited, afterMs: failed.afterMs };
    };
    const busy = async (status, retryAfter) => {
        const server = createServer((_, answer) => answer.writeHead(status, { "retry-after": retryAfter }).end());
        await once(server.listen(0, "127.0.0.1"), "listening");
        const at = `http://127.0.0.1:${server.address().port}`;
        const { waited, afterMs } = await tries(at);
        server.closeAllConnections();
        server.close();
        await once(server, "close");
        return { at, told: JSON.stringify([waited, afterMs]) };
    };
    const { at: nobody, told } = await busy(503, "7");
    gate.check(told === "[[7000,7000,7000,7000],null]", told);
    const later = await busy(429, "600");
    gate.check(later.told === "[[],600000]", later);
    const { waited } = await tries(nobody);
    gate.check(JSON.stringify(waited) === "[1000,2000,4000,8000]", waited);
    const giving = new AbortController();
    const given = await tries(nobody, { signal: giving.signal, waits: async () => giving.abort() });
    gate.check(given.waited.length === 0, "it was not tried again after the app gave up");
    await app.shutDown();
}

/** A sync tells how it stands, comes back when home is busy, and ends at once although home says nothing. */
async function syncsByItself({ joined }) {
    const app = await joined("sync", "office");
    await does(app, addPerson(2, "Ann"));
    let calls = 0;
    const silent = createServer((_, answer) => {
        calls += 1;
        // Busy once, with a long time to wait; from then on no answer at all.
        if (calls === 1) answer.writeHead(429, { "retry-after": "600" }).end();
    });
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const seen = [];
    let tell = () => undefined;
    const until = async (state) => {
        while (seen.at(-1)?.state !== state) await new Promise((next) => (tell = next));
        return seen.at(-1);
    };
    const status = (now) => {
        seen.push(now);
        tell();
    };
    const syncing = app.sync({ at: `http://127.0.0.1:${silent.address().port}`, status });
    const waiting = await until("waiting");
    gate.check(waiting.nextInMs === 600_000 && waiting.error.code === "come_later", waiting);
    gate.check(waiting.offlineSinceMs > 0 && waiting.exchangedMs === undefined, waiting);
    gate.check(waiting.undelivered === 1, waiting);
    syncing.now();
    await until("exchanging");
    while (calls < 2) await new Promise((next) => silent.once("request", next));
    // Whoever asks for an exchange meanwhile waits for this one, and can give that up.
    const giving = new AbortController();
    const other = app.exchange({ signal: giving.signal });
    giving.abort();
    await failsWith("retry cancelled", other);
    gate.check(calls === 2, "one exchange at a time");
    const began = performance.now();
    await app.shutDown();
    gate.check(performance.now() - began < 1000, "it ends in less than a second");
    gate.check(seen.at(-1).state === "stopped" && syncing.status.state === "stopped", seen);
    await (await saxaul.open(`${more}/sync.rows`)).shutDown();
    silent.closeAllConnections();
    silent.close();
}

/** Has the disk be full for a file, until it is not. */
async function fillDisk() {
    const handle = await openFile(process.argv[1]);
    const { write } = Object.getPrototypeOf(handle);
    await handle.close();
    const prototype = Object.getPrototypeOf(handle);
    prototype.write = async function half(bytes, at, length, position) {
        await write.call(this, bytes, at, Math.floor(length / 2), position);
        throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    };
    return async () => {
        prototype.write = write;
    };
}

if (command === "mistakes") {
    const file = (name) => `${more}/${name}.rows`;
    const openJournal = (name, recorded) => saxaul.open(file(name), recorded);
    const scene = sceneOf(JSON.parse(await readFile(path, "utf8")), openJournal);
    const edit = async (name, change) => editRows(await saxaul.FileRows.open(file(name)), change);
    console.log(await makeThemAll({ ...scene, edit, fails: fillDisk, watched: saxaul.watched, codes: saxaul.ErrorCodes, sentence: saxaul.sentence }));
    await filesGoWrong(scene, file);
    await homeIsAway(scene);
    await syncsByItself(scene);
} else if (command === "hold") {
    await saxaul.open(path);
    console.log("held");
    await setTimeout(2 ** 31 - 1);
} else if (command === "conformance") {
    const story = await readFile(path, "utf8");
    console.log(await gate.conformance(story, (name, recorded) => saxaul.open(`${more}/${name}.rows`, recorded)));
} else {
    const journal = await saxaul.open(path);
    if (command === "join") await gate.join(journal, (await readFile(more, "utf8")).trim());
    if (command === "work") {
        await gate.work(journal, more, saxaul.clocks);
        console.log("saved");
        await setTimeout(2 ** 31 - 1);
    }
    if (command === "exchange") await gate.exchange(journal);
    if (command === "hours") console.log(await gate.hours(journal));
    if (command === "wipe") await gate.wipe(journal);
    await journal.shutDown();
}
