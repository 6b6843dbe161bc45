// The package as others get it: installed from its archive, compiled, bundled, and opened in Chromium:
// `node package.mjs PROFILE`.

import { readdir, readFile, writeFile } from "node:fs/promises";

import { launch } from "./chromium.mjs";
import { check } from "./gate.mjs";
import { build, createServer, esbuild, makeProject } from "./project.mjs";
import { serve } from "./site.mjs";

const [profile] = process.argv.slice(2);

const PAGE = `<!doctype html><meta charset="utf-8"><script type="module" src="./main.js"></script>`;
const APP = `
    import { open, openInWorker, newWalkInId, Refused } from "saxaul";
    import { useJournal } from "saxaul/react";
    OPTIONS
    try {
        const journal = await open("others", options);
        await journal.event().catch((error) => {
            if (!(error instanceof Refused && error.code === "no_event")) throw error;
        });
        await journal.shutDown();
        WORKER
        globalThis.told = typeof useJournal + newWalkInId().length;
    } catch (error) {
        globalThis.told = String(error?.stack ?? error);
    }`;
const IN_WORKER = `
        const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
        const elsewhere = await openInWorker(worker, "others");
        await elsewhere.standing();
        await elsewhere.shutDown();`;
const FOR_VITE = APP.replace("OPTIONS", "const options = {};").replace("WORKER", IN_WORKER);
const FOR_ESBUILD = APP
    .replace("OPTIONS", `import module from "saxaul/core.wasm"; const options = { module: new URL(module, import.meta.url) };`)
    .replace("WORKER", "");

/** A program for Node that knows nothing of browsers, and one with mistakes. */
const IN_NODE = `
    import { open, watched, Retry, type Journal, type PersonRow } from "saxaul/node";
    export async function first(path: string): Promise<PersonRow | undefined> {
        await using journal = await open(path);
        const all: Journal = journal;
        all.watch(watched.unconfirmed(), { shown: ({ on_this_device }) => console.log(on_this_device) });
        return (await journal.people({ text: "a" }).catch((error: Retry) => ({ rows: [] as PersonRow[] }))).rows[0];
    }`;
const IN_COMMON_JS = `
    import saxaul = require("saxaul/node");
    export const opened: Promise<saxaul.Saxaul> = saxaul.open("a.rows");`;
const IN_A_PAGE = `
    import { openInWorker, openShared, type Journal } from "saxaul";
    import { usePeople, useSync } from "saxaul/react";
    import module from "saxaul/core.wasm";
    export const opened: Promise<Journal> = openShared("gate", { module, wait: AbortSignal.timeout(9) });
    export const inWorker: Promise<Journal> = openInWorker(new Worker("w.js"), "gate", { shared: true });
    export const total = (journal: Journal): number | undefined => usePeople(journal, { text: "a" })?.total ?? useSync(journal).status?.received;`;
const MISTAKEN = `
    import { openShared } from "saxaul";
    export const people = openShared("gate").then((journal) => journal.peopel());`;
const STRICT = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
const NODE = [...STRICT, "--lib", "es2022,esnext.disposable", "--types", "node", "--module", "nodenext"];
const PAGES = [...STRICT, "--lib", "es2022,dom", "--types", "react", "--module", "esnext", "--moduleResolution", "bundler"];

const browser = await launch(`${profile}/chromium`);
const project = await makeProject({
    files: {
        "index.html": PAGE, "main.js": FOR_VITE, "worker.js": `import "saxaul/worker";`, "esbuild.js": FOR_ESBUILD,
        "node.mts": IN_NODE, "common.cts": IN_COMMON_JS, "page.ts": IN_A_PAGE, "mistaken.ts": MISTAKEN,
        "node.js": `import { open } from "saxaul/node"; const journal = await open("a.rows"); await journal.shutDown(); console.log("opened");`,
        "common.cjs": `require("saxaul/node").open("b.rows").then((journal) => journal.shutDown()).then(() => console.log("opened"));`,
    },
});
const installed = new URL("node_modules/saxaul/", project.url);

/** Opens the app at an address, and gives what it says: it has opened a journal, or why not. */
async function opens(address) {
    const page = await browser.context.newPage();
    const failed = new Promise((fails) => page.on("pageerror", fails));
    await page.goto(address);
    const told = await Promise.race([failed, page.waitForFunction(() => globalThis.told).then((handle) => handle.jsonValue())]);
    await page.close();
    check(told === "function16", [address, String(told)]);
}

/** Everything is in the archive that it speaks of. */
async function isWhole() {
    const names = await readdir(installed, { recursive: true });
    for (const name of ["LICENSE", "README.md", "package.json"]) check(names.includes(name), name);
    const maps = names.filter((name) => name.startsWith("dist/") && name.endsWith(".js.map"));
    check(maps.length > 10, names);
    for (const map of maps) {
        const { sources } = JSON.parse(await readFile(new URL(map, installed), "utf8"));
        for (const source of sources) {
            const found = new URL(source, new URL(map, installed)).href.slice(installed.href.length);
            check(names.includes(found), [map, found]);
        }
    }
}

async function isTyped() {
    for (const args of [[...NODE, "node.mts", "common.cts"], [...PAGES, "page.ts"]]) {
        const said = await project.compiles(...args);
        check(said === "", said);
    }
    const said = await project.compiles(...PAGES, "mistaken.ts");
    check(said.includes("peopel") && said.includes("Did you mean 'people'"), said);
}

async function isBundled() {
    const quiet = { root: project.path, logLevel: "error", configFile: false };
    await build({ ...quiet, build: { target: "es2022" }, worker: { format: "es" } });
    const built = await serve(0, { "/": new URL("dist/", project.url) });
    await opens(`${built.origin}/`);
    built.close();

    const development = await createServer({ ...quiet, server: { port: 0, host: "127.0.0.1" } });
    await development.listen();
    await opens(development.resolvedUrls.local[0].replace("127.0.0.1", "localhost"));
    await development.close();

    await esbuild.build({
        entryPoints: [`${project.path}/esbuild.js`], outfile: `${project.path}/small/main.js`, bundle: true, format: "esm",
        loader: { ".wasm": "file" }, define: { "process.env.NODE_ENV": '"production"' }, logLevel: "error",
    });
    await writeFile(`${project.path}/small/index.html`, PAGE);
    const small = await serve(0, { "/": new URL("small/", project.url) });
    await opens(`${small.origin}/`);
    small.close();
}

await isWhole();
await isTyped();
check((await project.runs("node.js")) === "opened", "it opens in Node");
check((await project.runs("common.cjs")) === "opened", "and for CommonJS");
await isBundled();
await browser.close();
await project.removes();
console.log("opened everywhere");
