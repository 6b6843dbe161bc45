// Which screen is shown. Addresses stand under `/field`; the browser's own back works.

export type Screen =
    | { readonly is: "gate" } | { readonly is: "scan" } | { readonly is: "join" } | { readonly is: "ready" } | { readonly is: "walk-in" }
    | { readonly is: "teams" } | { readonly is: "team"; readonly key: string }
    | { readonly is: "inside" } | { readonly is: "cards" } | { readonly is: "card"; readonly key: string }
    | { readonly is: "safe" } | { readonly is: "hand-over" } | { readonly is: "settings" } | { readonly is: "more" }
    | { readonly is: "person"; readonly key: string } | { readonly is: "incident" } | { readonly is: "missing" };

const BASE = "/field";
const plain = ["join", "ready", "scan", "walk-in", "inside", "safe", "hand-over", "settings", "more", "incident"] as const;
const keyed = { teams: "team", cards: "card", people: "person" } as const;

export const route = $state<{ now: Screen }>({ now: read() });

function read(): Screen {
    const [first = "", second] = location.pathname.slice(BASE.length).split("/").filter((part) => part !== "").map(decodeURIComponent);
    if (first === "") return { is: "gate" };
    if (second === undefined) {
        if (first === "teams" || first === "cards") return { is: first };
        const screen = plain.find((name) => name === first);
        return screen === undefined ? { is: "missing" } : { is: screen };
    }
    if (first in keyed) return { is: keyed[first as keyof typeof keyed], key: second };
    return { is: "missing" };
}

/** Shows the screen at a path below `/field`. */
export function go(path: string): void {
    history.pushState(null, "", BASE + path);
    route.now = read();
}

/** The same, in place of the screen that is shown. */
export function replace(path: string): void {
    history.replaceState(null, "", BASE + path);
    route.now = read();
}

/** Leaves a screen for a path below `/field`; whoever went to another screen meanwhile stays there. */
export function leave(screen: Screen, path: string): void {
    const { now } = route;
    if (now.is === screen.is && (!("key" in now) || !("key" in screen) || now.key === screen.key)) go(path);
}

/** An address below `/field`, for links. */
export function href(path: string): string {
    return BASE + path;
}

addEventListener("popstate", () => (route.now = read()));

/** Links within the app change the screen alone. */
addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element).closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.download !== "" || link.target !== "") return;
    if (link.origin !== location.origin || !link.pathname.startsWith(`${BASE}/`)) return;
    event.preventDefault();
    go(link.pathname.slice(BASE.length));
});
