// A journal in a file, for Node.
//
// The file is a line of batches, each written in one piece and flushed before it counts. What a power cut left at its end
// was never called saved, and is dropped. A process that has it open listens at an address named after the file, which
// keeps others out and which the system takes back when the process ends, however it ends.

import { createHash } from "node:crypto";
import { open as openFile, readFile, realpath, rename, rm, type FileHandle } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { frame, frames } from "./frames.js";
import { ErrorCodes } from "./error_codes.js";
import { Refused, Retry } from "./errors.js";
import { load } from "./module.js";
import type { Change, Row, RowStore } from "./rows.js";
import { Saxaul, type Recorded } from "./saxaul.js";

export * from "./common.js";

/**
 * Opens the journal at `path`, or begins one. Rejects with `Retry` while another process has it open.
 *
 * Beside it lies a small file that ends in `.incarnation`: leave that one out of backups and copies. By its absence a copy
 * knows that it must not write over what the other one wrote.
 */
export async function open(path: string, recorded?: Recorded): Promise<Saxaul> {
    await load(readFile(fileURLToPath(new URL("../core/core_bg.wasm", import.meta.url))));
    return Saxaul.open(await FileRows.open(path), recorded);
}

/** So begins a file of SQLite, in which native apps keep a journal. */
const SQLITE = "SQLite format 3\0";

/** A journal in a file. */
export class FileRows implements RowStore {
    readonly #path: string;
    readonly #lock: Server;
    #file: FileHandle;
    /** So far the file holds whole batches. */
    #end = 0;

    private constructor(path: string, file: FileHandle, lock: Server) {
        this.#path = path;
        this.#file = file;
        this.#lock = lock;
    }

    /** Opens the file, or makes it. Rejects with `Retry` while another process has it open. */
    static async open(path: string): Promise<FileRows> {
        const directory = await realpath(dirname(path)).catch((cause: unknown) => {
            throw unopened(path, cause);
        });
        const whole = join(directory, basename(path));
        const lock = await listen(whole);
        try {
            const file = await openFile(whole, "a+", 0o600).then(async (made) => {
                await made.close();
                await flush(directory);
                return openFile(whole, "r+");
            });
            return new FileRows(whole, file, lock);
        } catch (cause) {
            lock.close();
            throw unopened(path, cause);
        }
    }

    async readAll(): Promise<Row[]> {
        const bytes = await readFile(this.#path);
        const rows = new Map<string, Uint8Array>();
        const read = frames(bytes);
        let replaced = false;
        for (const { key, value } of read.changes) {
            replaced ||= value === undefined || rows.has(key);
            if (value === undefined) rows.delete(key);
            else rows.set(key, value);
        }
        if (bytes.subarray(0, SQLITE.length).toString("latin1") === SQLITE) {
            throw new Refused(ErrorCodes.otherFormat, `${this.#path} was made by a native app or by Python: open it there`);
        }
        if (read.isDamaged) throw new Refused(ErrorCodes.damagedJournal, `what stands in ${this.#path} is not what was written`);
        this.#end = read.end;
        const live = [...rows].map(([key, value]) => ({ key, value }));
        // What was replaced or removed does not stay in the file longer than until it is opened again.
        if (replaced) await this.#compact(live);
        return live;
    }

    async write(changes: readonly Change[]): Promise<void> {
        const bytes = frame(changes);
        // What a write that failed left behind.
        await this.#file.truncate(this.#end);
        let at = 0;
        while (at < bytes.length) {
            at += (await this.#file.write(bytes, at, bytes.length - at, this.#end + at)).bytesWritten;
        }
        await this.#file.datasync();
        this.#end += bytes.length;
    }

    async notedIncarnation(): Promise<string> {
        try {
            return await readFile(`${this.#path}.incarnation`, "utf8");
        } catch (cause) {
            if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
            throw cause;
        }
    }

    async noteIncarnation(incarnation: string): Promise<void> {
        const file = await openFile(`${this.#path}.incarnation`, "w", 0o600);
        await file.writeFile(incarnation);
        await file.datasync();
        await file.close();
        await flush(dirname(this.#path));
    }

    async close(): Promise<void> {
        await this.#file.close();
        this.#lock.close();
    }

    async remove(): Promise<void> {
        await this.#file.close();
        await rm(this.#path);
        await rm(`${this.#path}.incarnation`, { force: true });
        this.#lock.close();
    }

    async #compact(rows: readonly Row[]): Promise<void> {
        const bytes = frame(rows);
        const beside = `${this.#path}.new`;
        const file = await openFile(beside, "w+", 0o600);
        await file.writeFile(bytes);
        await file.datasync();
        await rename(beside, this.#path);
        await flush(dirname(this.#path));
        await this.#file.close();
        this.#file = file;
        this.#end = bytes.length;
    }
}

/** What the system says when a file does not open. A path at which no file can be stays such a path. */
function unopened(path: string, cause: unknown): Refused | Retry {
    const why = `no journal opens at ${path}: ${String(cause)}`;
    switch ((cause as NodeJS.ErrnoException).code) {
        case "ENOENT":
        case "ENOTDIR":
        case "EISDIR":
        case "ENAMETOOLONG":
        case "EINVAL":
            return new Refused(ErrorCodes.badPath, why, cause);
        case "EACCES":
        case "EPERM":
        case "EROFS":
            return new Refused(ErrorCodes.cannotWrite, why, cause);
        case "ENOSPC":
        case "EDQUOT":
            return new Retry(ErrorCodes.diskFull, why, { cause });
        default:
            return new Retry(ErrorCodes.notSaved, why, { cause });
    }
}

/** Makes what was renamed or made in a directory durable. */
async function flush(directory: string): Promise<void> {
    if (process.platform === "win32") return;
    const opened = await openFile(directory, "r");
    await opened.sync();
    await opened.close();
}

function listen(path: string): Promise<Server> {
    const name = `saxaul-${createHash("sha256").update(path).digest("hex").slice(0, 32)}`;
    const address = { linux: `\0${name}`, win32: `\\\\.\\pipe\\${name}` }[process.platform as string];
    if (address === undefined) throw new Refused(ErrorCodes.platform, "a journal in a file is kept on Linux and Windows alone");
    return new Promise((resolve, reject) => {
        const server = createServer((socket) => socket.destroy());
        server.on("error", () => reject(new Retry(ErrorCodes.inUse, "another process, or this one, has the journal open")));
        server.listen(address, () => {
            // A program ends although its journal is open.
            server.unref();
            resolve(server);
        });
    });
}
