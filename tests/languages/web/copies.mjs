// A copy of a journal's file, in Node: it goes on as the same device, and under a name of its own.

import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { open } from "../../../target/bindings/web/dist/node.js";
import { check } from "./gate.mjs";

const [directory] = process.argv.slice(2);
const [gate, copy] = [join(directory, "gate"), join(directory, "copy")];

/** Which device the journal at `path` is, and under which name it writes. */
async function opened(path) {
    const journal = await open(path);
    const { device, incarnation } = await journal.inspect();
    await journal.shutDown();
    return { device, incarnation };
}

const first = await opened(gate);
check((await opened(gate)).incarnation === first.incarnation, "it goes on under its name");

await copyFile(gate, copy);
const second = await opened(copy);
check(second.device === first.device && second.incarnation !== first.incarnation, [first, second]);
check((await opened(copy)).incarnation === second.incarnation, "the copy goes on under its own name");
check((await opened(gate)).incarnation === first.incarnation, "the first is as it was");

await rm(`${gate}.incarnation`);
const restored = await opened(gate);
check(![first.incarnation, second.incarnation].includes(restored.incarnation), "without its note it is a copy");

console.log("copies");
