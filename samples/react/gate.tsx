// A gate: join with an invite, find people by name or badge, mark them in and out, take the last mark back, and see what is
// not at home yet.

import { useState, type FormEvent } from "react";
import { recordSentence, SaxaulError, sentence, type EventRow, type Journal, type Method, type PersonRow, type RecordRow } from "saxaul";
import {
    useEvent, useHeadcounts, useJournal, usePeople, useRecords, useStanding, useSync, useUnconfirmed, type RunningSync,
} from "saxaul/react";

/** What the last tap came to. */
interface Said {
    readonly isGood: boolean;
    readonly text: string;
}

export function App() {
    const { journal, error } = useJournal("gate");
    const standing = useStanding(journal);
    if (error !== undefined) return <p role="alert">{told(error)}</p>;
    if (journal === undefined || standing === undefined) return <p>Opening …</p>;
    return standing.event === null ? <Join journal={journal} /> : <Gate journal={journal} post={standing.site} />;
}

function Join({ journal }: { journal: Journal }) {
    const [said, setSaid] = useState<Said>();
    const join = async (form: FormEvent<HTMLFormElement>) => {
        form.preventDefault();
        const given = new FormData(form.currentTarget);
        // A browser may throw away what a page keeps, unless it is asked not to.
        await navigator.storage?.persist?.();
        await journal.join(String(given.get("link")).trim(), String(given.get("name")).trim())
            .catch((cause) => setSaid({ isGood: false, text: told(cause) }));
    };
    return (
        <form onSubmit={(form) => void join(form)}>
            <h1>Join</h1>
            <label>Invite link <input name="link" required /></label>
            <label>Name of this device <input name="name" required /></label>
            <button>Join</button>
            <Band said={said} />
        </form>
    );
}

function Gate({ journal, post }: { journal: Journal; post: string | null }) {
    const event = useEvent(journal);
    const counts = useHeadcounts(journal);
    const sync = useSync(journal);
    const [text, setText] = useState("");
    const [chosen, setChosen] = useState<string>();
    const [said, setSaid] = useState<Said>();
    const people = usePeople(journal, { text, limit: 10 });
    const site = chosen ?? post ?? event?.sites[0]?.key;
    if (event === undefined) return <><p>The event comes from home …</p><Status journal={journal} sync={sync} /></>;

    const acts = (act: () => Promise<string>) => void act().then(
        (text) => setSaid({ isGood: true, text }),
        (cause) => setSaid({ isGood: false, text: told(cause) }),
    );
    const marks = (action: "check_in" | "check_out", { subject, name }: Marked, method: Method) => acts(async () => {
        await journal.perform({ do: action, subject, site: site!, method });
        setText("");
        return `${action === "check_in" ? "In" : "Out"}: ${name}`;
    });
    // A scanner types what it reads, and then Enter.
    const enters = (form: FormEvent) => {
        form.preventDefault();
        void journal.scan(text).then(
            ({ subject, person }) => marks(person?.inside_at ? "check_out" : "check_in", { subject, name: person?.name ?? "new here" }, "qr"),
            (cause) => {
                const found = people?.rows ?? [];
                const isNoBadge = cause instanceof SaxaulError && cause.code === "not_a_badge";
                if (isNoBadge && found.length === 1) marks("check_in", found[0]!, "search");
                else setSaid({ isGood: false, text: told(cause) });
            },
        );
    };
    return (
        <main>
            <h1>{event.name.en || event.name.ru || event.name.kk}</h1>
            <Sites event={event} site={site} chooses={setChosen} />
            <p>Inside <output aria-label="Inside">{counts?.everybody.inside}</output> of {counts?.everybody.expected}</p>
            <form onSubmit={enters}>
                <label>Name, code or badge <input autoFocus value={text} onChange={(typed) => setText(typed.target.value)} /></label>
            </form>
            <Band said={said} />
            <ul aria-label="People">
                {people?.rows.map((person) => <Person key={person.subject} person={person} marks={marks} />)}
            </ul>
            <Records journal={journal} acts={acts} />
            <Status journal={journal} sync={sync} />
        </main>
    );
}

type Marked = Pick<PersonRow, "subject" | "name">;
type Marks = (action: "check_in" | "check_out", person: Marked, method: Method) => void;

function Sites({ event, site, chooses }: { event: EventRow; site: string | undefined; chooses: (site: string) => void }) {
    return (
        <label>Site <select value={site} onChange={(chosen) => chooses(chosen.target.value)}>
            {event.sites.map(({ key, name }) => <option key={key} value={key}>{name.en || key}</option>)}
        </select></label>
    );
}

function Person({ person, marks }: { person: PersonRow; marks: Marks }) {
    return (
        <li>
            {person.name} <small>{person.code} {person.team}</small>
            {person.withdrawn !== null && <strong> withdrawn: {person.withdrawn}</strong>}
            {person.inside_at !== null && <em> inside at {person.inside_at}</em>}
            <button onClick={() => marks("check_in", person, "search")}>In</button>
            <button onClick={() => marks("check_out", person, "search")}>Out</button>
        </li>
    );
}

/** The last records, each with how safe it is; the newest that counts can be taken back. */
function Records({ journal, acts }: { journal: Journal; acts: (act: () => Promise<string>) => void }) {
    const records = useRecords(journal, 0, 5);
    const rows = records?.rows.filter(({ kind }) => kind !== "undo") ?? [];
    const undoes = (row: RecordRow) => acts(async () => {
        await journal.perform({ do: "undo", entry: row.entry! });
        return "Taken back";
    });
    return (
        <ul aria-label="Records">
            {rows.map((row, at) => (
                <li key={row.entry === null ? at : `${row.entry.incarnation} ${row.entry.counter}`}>
                    {row.kind} {new Date(row.wall_ms).toLocaleTimeString()} · {row.undone ? "taken back" : safe(row)}
                    {row.entry !== null && !row.undone && <button onClick={() => undoes(row)}>Undo</button>}
                </li>
            ))}
        </ul>
    );
}

function safe({ state }: RecordRow): string {
    if (state === "saved_here") return "on this device only";
    if (state === "confirmed") return "at home";
    if (state === "held") return "an organizer decides";
    if ("carried" in state) return "another device has it too";
    return recordSentence(state.refused.code, "en") ?? state.refused.code;
}

/** What is not safe yet, and how the sync stands. */
function Status({ journal, sync: { status, now } }: { journal: Journal; sync: RunningSync }) {
    const open = useUnconfirmed(journal);
    const states = { exchanging: "exchanging", waiting: "waiting", stuck: "needs help", stopped: "stopped" };
    const offline = status?.offlineSinceMs === undefined ? "" : `, home is out of reach since ${new Date(status.offlineSinceMs).toLocaleTimeString()}`;
    return (
        <footer>
            <p>Only here: <output aria-label="Only here">{open?.on_this_device}</output></p>
            {open !== undefined && open.refused > 0 && <p role="alert">{open.refused} records were not taken: ask an organizer</p>}
            <p aria-label="Sync">{status === undefined ? "" : states[status.state]}{offline}</p>
            {status?.error !== undefined && <p>{told(status.error)}</p>}
            <button onClick={now}>Exchange now</button>
        </footer>
    );
}

function Band({ said }: { said: Said | undefined }) {
    return <p role="status" data-good={said?.isGood}>{said?.text}</p>;
}

/** A failure in words for people. */
function told(cause: unknown): string {
    return cause instanceof SaxaulError ? sentence(cause.code, "en") ?? cause.message : String(cause);
}
