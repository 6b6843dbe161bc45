// A scanner with a cable types like a keyboard, only faster: so many characters in so short a time are a badge,
// wherever the focus is.

const BURST_CHARACTERS = 20;
/** The last so many characters came within this time. */
const BURST_MS = 200;

interface Key {
    readonly key: string;
    readonly at: number;
}

/** Hears bursts of keys; gives what stops that. */
export function listenForScanner(read: (text: string) => void): () => void {
    let keys: Key[] = [];
    let field: { readonly input: HTMLInputElement | HTMLTextAreaElement; readonly before: string } | undefined;
    const hears = (event: KeyboardEvent) => {
        const last = keys.at(-1);
        if (last !== undefined && event.timeStamp - last.at > BURST_MS) keys = [];
        if (event.key === "Enter") {
            const text = burst(keys);
            keys = [];
            if (text === undefined) return;
            event.preventDefault();
            event.stopPropagation();
            // What the scanner typed is no search.
            if (field !== undefined) {
                field.input.value = field.before;
                field.input.dispatchEvent(new Event("input", { bubbles: true }));
            }
            read(text);
        } else if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
            if (keys.length === 0) field = focused();
            keys.push({ key: event.key, at: event.timeStamp });
        }
    };
    addEventListener("keydown", hears, { capture: true });
    return () => removeEventListener("keydown", hears, { capture: true });
}

function burst(keys: readonly Key[]): string | undefined {
    const [first, last] = [keys.at(-BURST_CHARACTERS), keys.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at > BURST_MS) return undefined;
    return keys.map(({ key }) => key).join("");
}

function focused() {
    const input = document.activeElement;
    const isField = input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement;
    return isField ? { input, before: input.value } : undefined;
}
