// What a person hears and feels at the gate: four tones, each with its vibration. Nothing rests on them alone.

import { prefs } from "../state/prefs.svelte";

export type Signal = "in" | "out" | "attention" | "stop" | "in_attention" | "not_saved";

/** Hertz and seconds. */
type Note = readonly [hertz: number, seconds: number];

const tones: Record<Signal, readonly Note[]> = {
    in: [[660, 0.09], [990, 0.12]],
    out: [[880, 0.09], [550, 0.12]],
    attention: [[740, 0.45]],
    stop: [[220, 0.18], [0, 0.06], [220, 0.24]],
    in_attention: [[660, 0.09], [990, 0.12], [0, 0.05], [740, 0.45]],
    not_saved: [[220, 0.18], [0, 0.06], [220, 0.24]],
};

const shakes: Record<Signal, VibratePattern> = {
    in: 60, out: [60, 40, 60], attention: 200, stop: [300, 100, 300], in_attention: [60, 60, 200], not_saved: 500,
};

let context: AudioContext | undefined;

export function give(signal: Signal): void {
    // A page that nobody touched yet may do neither.
    if (navigator.userActivation?.hasBeenActive === false) return;
    navigator.vibrate?.(shakes[signal]);
    if (prefs.sound) play(tones[signal]);
}

function play(notes: readonly Note[]): void {
    context ??= new AudioContext();
    void context.resume();
    const gain = context.createGain();
    gain.connect(context.destination);
    gain.gain.value = 0.25;
    let at = context.currentTime;
    for (const [hertz, seconds] of notes) {
        if (hertz > 0) {
            const tone = context.createOscillator();
            tone.frequency.value = hertz;
            tone.connect(gain);
            tone.start(at);
            tone.stop(at + seconds);
        }
        at += seconds;
    }
}
