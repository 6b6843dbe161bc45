//! Invite links, drawn for a terminal. What they are, the core knows.

pub use sync_core::invite::{InviteLink, LinkError, hash_secret};

/// Draws a link as a QR code of half-block characters, for a terminal.
#[must_use]
pub fn terminal_qr(link: &InviteLink) -> Option<String> {
    use qrcode::render::unicode::Dense1x2;
    let code = qrcode::QrCode::new(link.to_string()).ok()?;
    Some(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

#[cfg(test)]
mod tests {
    use sync_core::ids::EventId;
    use sync_core::trust::PublicKey;

    use super::*;

    #[test]
    fn a_link_is_drawn_as_a_code() {
        let (url, event) = ("https://home.example".to_owned(), Some(EventId([5; 16])));
        let link = InviteLink { url, home: PublicKey([3; 32]), secret: [4; 16], event };
        assert!(terminal_qr(&link).is_some());
    }
}
