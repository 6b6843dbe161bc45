// A real home server with an event that is open today, and the organizer's laptop.

import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { Site } from "./site.mjs";

const PROGRAM = process.env.SAXAUL ?? fileURLToPath(new URL("../../../target/debug/saxaul", import.meta.url));
/** A folder with a build of the app that takes the place of the one in the program: a developer tries it without building the program. */
const DIST = process.env.FIELD_DIST;
const run = promisify(execFile);

/** Days around now: a story may begin before midnight and end after it. */
function days() {
    return [-1, 0, 1].map((day) => ({ date: new Date(Date.now() + day * 86_400_000).toISOString().slice(0, 10), opens: "00:00", closes: "24:00" }));
}

export const EVENT = () => ({
    name: { kk: "Арал апталығы", ru: "Неделя Арала", en: "Aral week" },
    time_zone: "Asia/Qyzylorda",
    days: days(),
    sites: [
        { key: "north", name: { kk: "Солтүстік", ru: "Север", en: "North" } },
        { key: "harbour", name: { kk: "Айлақ", ru: "Гавань", en: "Harbour" } },
    ],
    markers_read: "all",
    teams: [{ key: "T07", name: { kk: "Жетінші", ru: "Седьмая", en: "Seventh" }, site: "north" }, { key: "T04", name: { kk: "", ru: "Четвёртая", en: "Fourth" } }],
    cards: [
        { key: "shore", name: { kk: "Қоқыс", ru: "Мусор", en: "Litter" }, kind: "litter", lines: ["Bottle caps (plastic)", "Cigarette butts", "Lines, nets, traps, ropes, etc."] },
        { key: "trees", name: { kk: "Көшет", ru: "Посадка", en: "Planting" }, kind: "planting", lines: ["Haloxylon ammodendron", "Tamarix"] },
    ],
    minors: { consent_age: 16, adult_age: 18, hazardous_roles: ["diver"] },
});

/** A list with the spellings that the field has, and a team of fourteen. */
export function roster() {
    const people = [
        "A-01,Серікқызы Айгүл,+7 701 000 41 22,T04,1995", "A-02,Ахметова Ирина,+7 701 747 23 57,T04,1987", "A-03,Ким Виктор,+7 705 111 22 33,T04,1990",
        "A-04,Жұмабаев Қанат,+7 778 754 12 08,,2012", "A-05,Нұрланұлы Әлихан,+7 747 555 66 77,,1999", "A-06,Yroslav Erğaliev,+7 775 243 61 16,,1957",
    ];
    const given = ["Болат", "Данияр", "Ерлан", "Жанна", "Зарина", "Иван", "Кайрат", "Лаура", "Марат", "Назым", "Ольга", "Павел", "Рустам", "Сауле"];
    const team = given.map((name, at) => `B-${String(at + 1).padStart(2, "0")},Тестов ${name},+7 702 300 10 ${10 + at},T07,1998`);
    return ["Code,Name,Phone,Team,Year of birth", ...people, ...team].join("\n") + "\n";
}

export class Home {
    #child;
    port = 0;
    site = new Site(this);

    constructor(place) {
        this.place = place;
    }

    /** Starts a server with the event and its list, and what stands before it. */
    static async start(place) {
        const home = new Home(place);
        await mkdir(place, { recursive: true });
        home.port = await freePort();
        await home.site.open();
        const link = await home.serve();
        await home.organizer("field", "join", "--link-file", await home.write("first.txt", link));
        await home.write("event.json", JSON.stringify(EVENT()));
        await home.organizer("event", "create", `${place}/event.json`);
        await home.organizer("event", "edit", `${place}/event.json`);
        await home.write("list.csv", roster());
        await home.organizer("import", `${place}/list.csv`, "--issuer", "list", "--apply");
        if (DIST !== undefined) await home.serveBuild(DIST);
        return home;
    }

    /** Serves another build of the app, with the headers that home gives to its own. */
    async serveBuild(dist) {
        const page = await (await fetch(`${this.site.origin}/field/`)).text();
        await (await fetch(this.site.origin + page.match(/\/field\/assets\/[^"]+/)[0])).arrayBuffer();
        this.site.dist = pathToFileURL(`${dist}/`);
    }

    /** Runs the server; gives the invite that the first start prints. */
    async serve() {
        const args = ["serve", "--data-dir", `${this.place}/data`, "--listen", `127.0.0.1:${this.port}`, "--public-url", this.site.origin];
        this.#child = spawn(PROGRAM, args, { stdio: ["ignore", "pipe", "pipe"] });
        process.on("exit", () => this.#child.kill("SIGKILL"));
        let said = "";
        for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on("data", (text) => (said += text));
        await until(async () => (await fetch(`http://127.0.0.1:${this.port}/health/ready`)).ok, () => said);
        return readFile(`${this.place}/data/first-invite.txt`, "utf8").catch(() => undefined);
    }

    async kill() {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
        const ended = new Promise((done) => this.#child.on("exit", done));
        this.#child.kill("SIGKILL");
        await ended;
    }

    /** What the organizer's laptop prints. */
    async organizer(...args) {
        const { stdout } = await run(PROGRAM, args, { env: { ...process.env, SAXAUL_JOURNAL: `${this.place}/office/journal.db` }, maxBuffer: 2 ** 26 });
        return stdout;
    }

    /** A link that lets one phone in. */
    async invite(...args) {
        const said = await this.organizer("invite", ...(args.length > 0 ? args : ["--role", "marker"]));
        return said.split("\n").find((line) => line.includes("/join#")).match(/http\S+/)[0];
    }

    async report(what) {
        return JSON.parse(await this.organizer("report", what, "--format", "json"));
    }

    async write(name, text) {
        await writeFile(`${this.place}/${name}`, text);
        return `${this.place}/${name}`;
    }

    async stop() {
        await this.kill();
        await this.site.close();
    }
}

export async function freePort() {
    const server = createServer();
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address();
    await new Promise((done) => server.close(done));
    return port;
}

/** Asks until it holds. A story that hangs ends here. */
export async function until(holds, why = () => "", patienceMs = 60_000) {
    const began = Date.now();
    for (;;) {
        if (await Promise.resolve().then(holds).catch(() => false)) return;
        if (Date.now() - began > patienceMs) throw new Error(`it did not come to pass: ${holds}\n${await why()}`);
        await sleep(20);
    }
}
