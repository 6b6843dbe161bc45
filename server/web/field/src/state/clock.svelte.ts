// The time that is shown. It moves every few seconds; records read the clocks themselves.

const TICK_MS = 5_000;

export const clock = $state({ now: Date.now() });

setInterval(() => (clock.now = Date.now()), TICK_MS);
