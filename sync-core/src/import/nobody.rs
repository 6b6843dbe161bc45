//! Why a row of a list speaks of nobody.

/// Why a row speaks of nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotData {
    /// It sums up others.
    Total,
    /// It says who made the list.
    Signature,
    /// It repeats the headers, as on a new page.
    Headers,
    /// It numbers the columns.
    ColumnNumbers,
    /// It is the heading of a part, or a remark.
    Heading,
    /// It says or shows how the list is to be filled in.
    Hint,
}

impl NotData {
    /// What the row is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Total => "a row of totals",
            Self::Signature => "a signature or a remark",
            Self::Headers => "the headers again",
            Self::ColumnNumbers => "numbers of columns",
            Self::Heading => "a heading",
            Self::Hint => "a hint how to fill the list in",
        }
    }
}
