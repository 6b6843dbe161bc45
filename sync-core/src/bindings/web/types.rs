//! How ids and moments look in TypeScript. What stands in JSON is written by these types themselves.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Hexadecimal digits. */
export type DeviceId = string;
/** Hexadecimal digits. */
export type EventId = string;
/** Hexadecimal digits. */
export type Incarnation = string;
/** Hexadecimal digits. */
export type PersonId = string;
/** Hexadecimal digits. */
export type RulingId = string;
/** A person or somebody who is not on the list. */
export type Subject = string;
/** Hexadecimal digits. */
export type WalkInId = string;
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type UnixMillis = number;

/** Points at one entry of one log. */
export interface EntryRef {
    /** The device that recorded it. */
    device: DeviceId;
    /** Which of its logs. */
    incarnation: Incarnation;
    /** Its position in that log, from 0. */
    counter: number;
}

/** How somebody at a gate was found: the badge was scanned, a name, code or phone looked up, or a paper list taken over. */
export type Method = "qr" | "search" | "paper";

/** What a device is used for. Each role may do what the one before it may. */
export type Role = "marker" | "lead" | "organizer";

/** What a device's clocks read at one moment. Whole numbers, and no larger than `Number.MAX_SAFE_INTEGER`. */
export interface ClockReading {
    /** Names one run of the clock that only moves forward: a page, or less where that clock stood still. Never reused. */
    boot: number;
    /** Milliseconds since that run began. */
    mono_ms: number;
    /** What the device takes for the time of day: right, wrong, or changed by hand. */
    wall_ms: UnixMillis;
}
"#;
