// What a person set on this device: language, theme, sound, where they stand.

import { keepSetting, setting } from "./kept";
import { words, type Language } from "../words/words.svelte";

export type Theme = "system" | "light" | "dark" | "sun";

const languages: readonly Language[] = ["kk", "ru", "en"];
const themes: readonly Theme[] = ["system", "light", "dark", "sun"];

export const prefs = $state({
    theme: themes.find((theme) => theme === setting("theme")) ?? "system",
    sound: setting("sound") !== "off",
    site: setting("site") ?? "",
    /** The gate alone is shown: settings open after a long press. */
    kiosk: setting("kiosk") === "on",
});

const dark = matchMedia("(prefers-color-scheme: dark)");

export function setTheme(theme: Theme): void {
    prefs.theme = theme;
    keepSetting("theme", theme);
    drawTheme();
}

/** Sun and back, for the button at the gate. */
export function toggleSun(): void {
    setTheme(prefs.theme === "sun" ? "system" : "sun");
}

export function setSound(on: boolean): void {
    prefs.sound = on;
    keepSetting("sound", on ? "on" : "off");
}

export function setSite(site: string): void {
    prefs.site = site;
    keepSetting("site", site);
}

export function setKiosk(on: boolean): void {
    prefs.kiosk = on;
    keepSetting("kiosk", on ? "on" : "off");
}

export async function setLanguage(language: Language): Promise<void> {
    await words.speak(language);
    keepSetting("language", language);
}

/** Draws in the language and theme of this device. */
export async function begin(): Promise<void> {
    dark.addEventListener("change", drawTheme);
    drawTheme();
    const wanted = [setting("language"), ...navigator.languages.map((tag) => tag.slice(0, 2))];
    await words.speak(languages.find((language) => wanted.find((want) => languages.includes(want as Language)) === language) ?? "ru");
}

function drawTheme(): void {
    const theme = prefs.theme === "system" ? (dark.matches ? "dark" : "light") : prefs.theme;
    document.documentElement.dataset["theme"] = theme;
}
