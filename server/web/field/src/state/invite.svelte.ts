// The link of an invite. It is a secret: it leaves the address at once, and is kept nowhere.

export const pending = $state({ link: "" });

/** Takes the secret of an invite link out of the address. */
export function takeInvite(): void {
    if (!/^\/field\/join\/?$/.test(location.pathname) || location.hash.length < 2) return;
    pending.link = `${location.origin}/join${location.hash}`;
    history.replaceState(null, "", "/field/join");
}
