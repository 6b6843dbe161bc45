//! A bundle: what this device has, as one file for a memory card.
//!
//! It is made of the same pages that a device nearby would be given, each under this device's signature, so that taking
//! it over twice is harmless and nobody can slip anything into it. It is not encrypted: whoever finds the card can read
//! it.

use super::meet::Brought;
use super::near::{BUNDLE_MAGIC, Bundle, Envelope, Giving, NearError, digest};
use super::{App, AppError};
use crate::documents::{decode_exact, encode};
use crate::exchange::{
    Cursor, Item, OwnLog, PAGE_LIMIT_BYTES, Reading, Request, Response, SnapshotPosition, read_message, write_message,
};
use crate::ids::{DeviceId, Incarnation};
use crate::meeting::Exchanged;
use crate::replica::reading::Hidden;
use crate::storage::Storage;

/// A bundle may be no longer than this.
pub const BUNDLE_LIMIT_BYTES: usize = 64 * 1024 * 1024;

impl<S: Storage> App<S> {
    /// Writes a bundle of everything that is here and that `reader` may read; without a reader, of everything.
    ///
    /// # Errors
    /// [`NearError::Unintroduced`], [`NearError::Stranger`] for a reader who is not known here, [`NearError::Revoked`]
    /// for one who is known to be revoked; what the storage reports.
    pub fn export_bundle(&mut self, reader: Option<DeviceId>) -> Result<Vec<u8>, AppError<S::Error>> {
        self.act(|state| Ok(state.seal()))?;
        let grant = self.own_grant()?;
        let opened = self.opened()?;
        let ledger = opened.replica().ledger();
        let hidden = match reader {
            None => Hidden::default(),
            Some(reader) => {
                let grant = ledger.grant(reader).ok_or(NearError::Stranger)?;
                if grant.revoked.is_some() {
                    return Err(NearError::Revoked.into());
                }
                ledger.hidden_from(grant)
            }
        };
        let event = opened.replica().event();
        let mut request = Request {
            event,
            cursor: None,
            snapshot: None,
            want_bytes: u32::try_from(PAGE_LIMIT_BYTES).unwrap_or(u32::MAX),
            items: Vec::new(),
            witness: None,
            own_log: OwnLog { incarnation: Incarnation([0; 8]), entries: 0 },
            era: None,
            versions: None,
        };
        let mut pages = Vec::new();
        let mut before = [0; 32];
        loop {
            let response = opened.bundle_page(&hidden, &request).map_err(AppError::Storage)?;
            let more = turn_page(&mut request, &response);
            let message = write_message(&response);
            let giving = Giving { request: before, digest: digest(&message) };
            before = giving.digest;
            pages.push(Envelope { grant: grant.clone(), statement: opened.journal().key().state(&giving), message });
            if !more {
                break;
            }
        }
        Ok([BUNDLE_MAGIC.as_slice(), &encode(&Bundle { event, pages })].concat())
    }

    /// Takes a bundle over. What this device may not read is left out; what was here is no news.
    ///
    /// Where a page is missing, what comes after it is taken all the same. But the device that wrote the bundle counts as
    /// read only up to there, and gives the rest when the two meet.
    ///
    /// # Errors
    /// See [`NearError`]; what the storage reports. Pages before the one that failed are kept.
    pub fn import_bundle(&mut self, bytes: &[u8]) -> Result<Brought, AppError<S::Error>> {
        let (event, home) = self.place()?;
        let content = bytes.strip_prefix(&BUNDLE_MAGIC).filter(|_| bytes.len() <= BUNDLE_LIMIT_BYTES);
        let bundle: Bundle = decode_exact(content.ok_or(NearError::Malformed)?).map_err(|_| NearError::Malformed)?;
        if bundle.event != event {
            return Err(NearError::OtherEvent.into());
        }
        self.act(|state| Ok(state.seal()))?;
        let mut total = Exchanged::default();
        let mut unbroken = Some((None, [0; 32]));
        for page in &bundle.pages {
            let (statement, giver) = page.open(event, &home)?;
            if statement.digest != digest(&page.message) {
                return Err(NearError::NotForUs.into());
            }
            let giver = giver.key.device();
            unbroken = unbroken
                .filter(|(of, before)| statement.request == *before && of.is_none_or(|of| of == giver))
                .map(|_| (Some(giver), statement.digest));
            let mut response = read_message(&page.message).map_err(AppError::Message)?;
            if unbroken.is_none() {
                self.leave_cursor(giver, &mut response)?;
            }
            let Some(response) = self.readable(response)? else { continue };
            let progress = self.act(|state| {
                let asked = state.asks_nothing(giver);
                state.receive(giver, &asked, response).map_err(AppError::Receive)
            })?;
            total.add(&progress);
            self.note(progress);
        }
        Ok(total.into())
    }

    /// Has the giver of a page count as read up to where it was before: something before the page is missing.
    fn leave_cursor(&self, giver: DeviceId, response: &mut Response) -> Result<(), AppError<S::Error>> {
        response.cursor = self.opened()?.replica().read_of(giver).unwrap_or_default();
        Ok(())
    }

    /// What this device may read of a page; `None` for a part of a snapshot that it does not need.
    fn readable(&self, mut response: Response) -> Result<Option<Response>, AppError<S::Error>> {
        let replica = self.opened()?.replica();
        let ledger = replica.ledger();
        let new = response.items.iter().filter_map(|item| match item {
            Item::Grant(signed) => signed.recall().ok().filter(|grant| ledger.grant(grant.key.device()).is_none()),
            Item::Change(_) => None,
        });
        let hidden = match ledger.grant(replica.device()) {
            Some(grant) => ledger.hidden_from(grant).with(new),
            None => Hidden::default(),
        };
        response.items.retain(|item| !hidden.hides(item));
        // What was left out, here or when the bundle was written, is read again once this device may read it.
        if response.reading == Reading::default() {
            response.reading = hidden.reading();
        }
        match &response.snapshot {
            Some(part)
                if !hidden.is_nothing()
                    || !part.statement.recall().is_ok_and(|statement| statement.is_whole())
                    || !self.needs_snapshot(part.position.revision)? =>
            {
                Ok(None)
            }
            _ => Ok(Some(response)),
        }
    }
}

/// Goes on behind a page. Returns whether anything is there.
fn turn_page(request: &mut Request, response: &Response) -> bool {
    match &response.snapshot {
        Some(part) => {
            let offset = part.position.offset + part.bytes.len() as u64;
            if offset < part.total {
                request.snapshot = Some(SnapshotPosition { offset, ..part.position });
            } else {
                request.snapshot = None;
                request.cursor = Some(Cursor::default());
            }
            true
        }
        None => {
            request.cursor = Some(response.cursor);
            response.more
        }
    }
}
