// Batches of rows, as they stand in a file: length, a checksum of that, a checksum of the rows, rows. What is cut off at the
// end was not flushed, and never called saved; anything else that does not fit is damage, and said.

import { createHash } from "node:crypto";

import type { Change } from "./rows.js";

const HEAD_BYTES = 16;
const GONE = 0xffff_ffff;

/** What a file holds. */
export interface Frames {
    readonly changes: Change[];
    /** Where the last whole batch ends. */
    readonly end: number;
    /** Something is not what was written. */
    readonly isDamaged: boolean;
}

/** Writes one batch. */
export function frame(changes: readonly Change[]): Buffer {
    const parts: Buffer[] = [];
    for (const { key, value } of changes) {
        const name = Buffer.from(key, "utf8");
        const head = Buffer.alloc(8);
        head.writeUInt32LE(name.length, 0);
        head.writeUInt32LE(value === undefined ? GONE : value.length, 4);
        parts.push(head, name, ...(value === undefined ? [] : [Buffer.from(value)]));
    }
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(body.length, 0);
    checksum(head.subarray(0, 4)).copy(head, 4, 0, 4);
    checksum(body).copy(head, 8);
    return Buffer.concat([head, body]);
}

/** Reads batches until the end, or until what is none. */
export function frames(bytes: Buffer): Frames {
    const changes: Change[] = [];
    let at = 0;
    while (at < bytes.length) {
        const body = at + HEAD_BYTES;
        if (body > bytes.length) return { changes, end: at, isDamaged: false };
        const length = bytes.subarray(at, at + 4);
        const end = body + length.readUInt32LE();
        const isLength = checksum(length).subarray(0, 4).equals(bytes.subarray(at + 4, at + 8));
        if (!isLength || end > bytes.length) return { changes, end: at, isDamaged: !isLength };
        const content = bytes.subarray(body, end);
        if (!checksum(content).equals(bytes.subarray(at + 8, body))) return { changes, end: at, isDamaged: true };
        rows(content, changes);
        at = end;
    }
    return { changes, end: at, isDamaged: false };
}

function rows(content: Buffer, changes: Change[]): void {
    let at = 0;
    while (at < content.length) {
        const [name, value] = [content.readUInt32LE(at), content.readUInt32LE(at + 4)];
        const key = content.toString("utf8", at + 8, at + 8 + name);
        at += 8 + name;
        const kept = value === GONE ? undefined : new Uint8Array(content.subarray(at, at + value));
        changes.push({ key, value: kept });
        at += kept?.length ?? 0;
    }
}

function checksum(body: Buffer): Buffer {
    return createHash("sha256").update(body).digest().subarray(0, 8);
}
