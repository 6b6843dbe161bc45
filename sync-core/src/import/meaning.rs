//! What a column says about a person, and how a header is compared.

use unicode_normalization::UnicodeNormalization;

/// What a column says about a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// The code by which the list knows the person.
    Code,
    /// Which of several people who have one code: their ticket's number within an order.
    Position,
    /// A code that several people have, as those of one order: each is known by it and their name.
    SharedCode,
    /// The whole name in one cell.
    FullName,
    /// The family name.
    Family,
    /// The given name.
    Given,
    /// The patronymic.
    Patronymic,
    /// The telephone number.
    Phone,
    /// The organisation to which somebody belongs.
    Organisation,
    /// Region within the country.
    Region,
    /// Country; used where there is no region.
    Country,
    /// The year of birth.
    BirthYear,
    /// Date of birth, of which only the year is kept.
    BirthDate,
    /// The key or the name of the team.
    Team,
    /// The languages that somebody speaks.
    Languages,
    /// The participant categories to which somebody belongs.
    Categories,
    /// The keys of somebody's shifts.
    Shifts,
    /// The national id number, which is never imported.
    NationalId,
    /// The ticket to which this one is an add-on, which is nobody of its own.
    AddOnTo,
    /// Nothing that is imported: somebody said that the column is to be left alone.
    Nothing,
}

impl Meaning {
    /// Every meaning that a column can be given by hand.
    pub const BY_HAND: &[Self] = &[
        Self::Code,
        Self::Position,
        Self::SharedCode,
        Self::FullName,
        Self::Family,
        Self::Given,
        Self::Patronymic,
        Self::Phone,
        Self::Organisation,
        Self::Region,
        Self::Country,
        Self::BirthYear,
        Self::BirthDate,
        Self::Team,
        Self::Languages,
        Self::Categories,
        Self::Shifts,
        Self::Nothing,
    ];

    /// Tells whether many people may have it in common.
    pub(super) const fn is_of_many(self) -> bool {
        matches!(
            self,
            Self::Organisation
                | Self::Region
                | Self::Country
                | Self::Team
                | Self::Languages
                | Self::Categories
                | Self::Shifts
                | Self::Phone
                | Self::BirthYear
                | Self::BirthDate
        )
    }

    /// Tells whether it is a name or a part of one.
    pub(super) const fn is_name(self) -> bool {
        matches!(self, Self::FullName | Self::Family | Self::Given)
    }

    /// The stable name of the meaning, e.g. `code`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Position => "position",
            Self::SharedCode => "shared_code",
            Self::FullName => "full_name",
            Self::Family => "family",
            Self::Given => "given",
            Self::Patronymic => "patronymic",
            Self::Phone => "phone",
            Self::Organisation => "organisation",
            Self::Region => "region",
            Self::Country => "country",
            Self::BirthYear => "birth_year",
            Self::BirthDate => "birth_date",
            Self::Team => "team",
            Self::Languages => "languages",
            Self::Categories => "categories",
            Self::Shifts => "shifts",
            Self::NationalId => "national_id",
            Self::AddOnTo => "add_on_to",
            Self::Nothing => "-",
        }
    }

    /// The inverse of [`Meaning::key`], for those that a column can be given by hand.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::BY_HAND.iter().copied().find(|meaning| meaning.key() == key)
    }
}

/// Reduces a header to its letters and digits, in lower case. A Latin `i` among Cyrillic letters counts as `і`.
#[must_use]
pub fn plain(header: &str) -> String {
    let cyrillic = header.chars().any(|c| matches!(c, '\u{400}'..='\u{52f}'));
    let letters = header.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
    letters
        .map(|c| match c {
            'i' if cyrillic => 'і',
            'ё' => 'е',
            other => other,
        })
        .collect()
}
