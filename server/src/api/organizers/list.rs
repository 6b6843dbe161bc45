//! Lists that are read a page at a time.
//!
//! A list is in the order of something that never changes, and a cursor says after which of them the page begins: so
//! whatever is added or changed meanwhile, nobody is left out and nobody comes twice.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Denial, Problem};

/// A page is so long if nothing is said.
const PAGE: usize = 100;
/// And no longer than this.
const PAGE_LIMIT: usize = 1000;

/// A page of a list.
#[derive(Serialize, Deserialize, Debug, JsonSchema)]
pub struct Page<T> {
    /// What stands on it.
    pub items: Vec<T>,
    /// For the parameter `after` of the next page; none if this is the last.
    pub next: Option<String>,
}

/// How long a page may be.
///
/// # Errors
/// [`Problem::BAD_FIELD`].
pub fn page_limit(asked: Option<usize>) -> Result<usize, Denial> {
    match asked.unwrap_or(PAGE) {
        limit if (1..=PAGE_LIMIT).contains(&limit) => Ok(limit),
        _ => Err(Denial::of_field(Problem::BAD_FIELD, "limit", "1 to 1000")),
    }
}

/// Reads a cursor.
///
/// # Errors
/// [`Problem::BAD_CURSOR`].
pub fn read_cursor<T>(after: Option<&str>, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Denial> {
    let Some(after) = after else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(after).ok();
    let read = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| parse(&text));
    read.map(Some).ok_or_else(|| Problem::BAD_CURSOR.into())
}

/// Takes a page from what comes after the cursor. `cursor` names an item for the next page.
pub fn page<T>(items: impl Iterator<Item = T>, limit: usize, cursor: impl Fn(&T) -> String) -> Page<T> {
    let mut items: Vec<T> = items.take(limit + 1).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(cursor(last)));
    Page { items, next }
}
