// The words of the app in the language that was chosen, and times as that language writes them.

import type { ClockBasis } from "../journal";
import type { Words } from "./en";

export type Language = "kk" | "ru" | "en";

const catalogues: Record<Language, () => Promise<{ readonly default: Words }>> = {
    kk: () => import("./kk"),
    ru: () => import("./ru"),
    en: () => import("./en"),
};

class Speech {
    language = $state<Language>("en");
    #now = $state.raw<Words>();

    /** The catalogue; `speak` came before. */
    get now(): Words {
        if (this.#now === undefined) throw new Error("no language was chosen");
        return this.#now;
    }

    /** Changes the language, of the document too. */
    async speak(language: Language): Promise<void> {
        this.#now = (await catalogues[language]()).default;
        this.language = language;
        document.documentElement.lang = language;
    }
}

export const words = new Speech();

/** The words, short for templates. */
export function w(): Words {
    return words.now;
}

/** A text of the event in this language, or in another; with none, its key. */
export function named(text: { kk?: string; ru?: string; en?: string } | undefined, key: string): string {
    if (text === undefined) return key;
    return text[words.language] || text.kk || text.ru || text.en || key;
}

/** Whole numbers with thin gaps between thousands, as all three languages can read. */
export function whole(number: number): string {
    return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** The time of day in a zone, `HH:MM`. */
export function timeOfDay(ms: number, zone: string): string {
    return parts(ms, zone).time;
}

/** The same with its doubt: about then, or by a clock that nobody checked. */
export function timeWithDoubt(ms: number, basis: ClockBasis | null, zone: string): string {
    const time = timeOfDay(ms, zone);
    if (basis === "estimated" || basis === "bounded") return `≈ ${time}`;
    return basis === "unanchored" ? `${time} ?` : time;
}

/** A date in words, in a zone. Chromium knows no Kazakh months: they are ours. */
export function dateInWords(ms: number, zone: string): string {
    const { day, month } = parts(ms, zone);
    return w().date(day, w().months[month - 1] ?? "");
}

function parts(ms: number, zone: string) {
    const format = new Intl.DateTimeFormat("en-GB", {
        timeZone: zone, month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
    const read = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    return { time: `${read["hour"]}:${read["minute"]}`, day: Number(read["day"]), month: Number(read["month"]) };
}

/** How long ago that was, in words. */
export function ago(ms: number, now: number): string {
    const minutes = Math.floor((now - ms) / 60_000);
    if (minutes < 1) return w().justNow;
    if (minutes < 60) return w().minutesAgo(minutes);
    if (minutes < 48 * 60) return w().hoursAgo(Math.floor(minutes / 60));
    return w().daysAgo(Math.floor(minutes / (24 * 60)));
}
