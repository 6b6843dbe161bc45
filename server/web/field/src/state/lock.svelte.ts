/** Whether the screen is locked against taps in a pocket. Nothing secret is hidden by it. */
export const lock = $state({ on: false });
