//! Why bytes are not a change.

/// Why bytes are not a change of this product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The bytes end too early.
    #[error("the change is cut off")]
    Truncated,
    /// More bytes, operations, dependencies or a higher counter than is allowed.
    #[error("the change is too large")]
    TooLarge,
    /// Not an Automerge change chunk, or one of another kind.
    #[error("this is not a change")]
    WrongKind,
    /// The checksum is not that of the content.
    #[error("the change was damaged on the way")]
    Checksum,
    /// It does something else than appending entries or putting values.
    #[error("the change does what no command does")]
    ForeignShape,
    /// The same content has another, canonical form.
    #[error("the change is not in canonical form")]
    NotCanonical,
}
