//! Invite links, as somebody pastes them.

use server::invite::{InviteLink, LinkError};

/// A text is an invite link or a typed error; what is read is written as the same link.
pub fn invite(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<InviteLink>() {
        Ok(link) => {
            let written = link.to_string();
            assert_eq!(written.parse::<InviteLink>(), Ok(link.clone()));
            // Also an address that itself repeats the secret is shown as it stands.
            let shown = format!("{link:?}").replace(&link.url, "");
            let secret = written.split_once('#').expect("a link has a secret part").1;
            assert!(!shown.contains(secret), "a secret is never shown");
        }
        Err(LinkError::Form | LinkError::Damaged | LinkError::Version(_)) => {}
    }
}
