//! What is left in the files of a store of rows that were deleted.

/// Some pages of the file that were looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct LookedAt {
    /// Those in which something stands that belongs to nobody.
    pub with_remains: Vec<u32>,
    /// Where to look on; `None` at the end of the file.
    pub next: Option<u32>,
}
