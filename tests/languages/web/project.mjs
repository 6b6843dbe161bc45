// A project of somebody else, who installed the package from its archive. What else it needs (Vite, esbuild, React) is found
// beside: npm looks in the folders above.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const ROOT = new URL("../../../", import.meta.url);
const TOOLS = new URL("target/tools/web/", ROOT);
const ARCHIVE = fileURLToPath(new URL("target/bindings/saxaul-0.2.0.tgz", ROOT));

const run = promisify(execFile);

export const { createServer, build } = await import(new URL("node_modules/vite/dist/node/index.js", TOOLS));
export const esbuild = createRequire(TOOLS)("esbuild");

/** Makes a project of files, with the package installed; or a copy of a sample of this repository. */
export async function makeProject({ sample, files = {} }) {
    await mkdir(new URL("projects/", TOOLS), { recursive: true });
    const path = await mkdtemp(fileURLToPath(new URL("projects/p-", TOOLS)));
    if (sample !== undefined) await cp(new URL(`samples/${sample}/`, ROOT), path, { recursive: true });
    await writeFile(`${path}/package.json`, JSON.stringify({ name: "others", private: true, type: "module" }));
    for (const [name, content] of Object.entries(files)) await writeFile(`${path}/${name}`, content);
    await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--no-save", ARCHIVE], { cwd: path });
    return {
        path,
        url: pathToFileURL(`${path}/`),
        /** Compiles it; gives what the compiler says, which is nothing if all is well. */
        compiles: (...args) => run(fileURLToPath(new URL("node_modules/.bin/tsc", TOOLS)), args, { cwd: path }).then(
            () => "", ({ stdout }) => stdout),
        /** Runs one of its files in Node. */
        runs: async (file) => (await run(process.execPath, [file], { cwd: path })).stdout.trim(),
        removes: () => rm(path, { recursive: true }),
    };
}
