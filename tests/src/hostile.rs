//! What nobody sends who runs the app, as tables: what it is, the code of its refusal, and how it is made.
//!
//! The tables of changes and bodies own no home and no carrier: whoever runs a table brings the keys of three devices that were let in, and what is at
//! home. What Automerge 0.12 itself takes badly stands in these rows:
//!
//! | what Automerge does with it | row |
//! |---|---|
//! | panics: an unknown actor's change with seq 2, operations that name an unknown actor | seq 2 of an actor that nobody knows, an operation in an object of nobody's, a value put over one of an actor that nobody knows |
//! | panics: a gap in the numbers | a sequence number left out, the highest sequence number |
//! | panics: an author after a change that is not its first | an author after the columns |
//! | panics: an operation on an object, or after an element, that is not there | an operation in an object that is not there, an insertion after an element that is not there |
//! | panics: operations numbered above 32 bits, or twice | a first operation above 32 bits, operation counters used twice |
//! | lets the next honest edit panic: an empty change just below 32 bits | an empty change just below 32 bits |
//! | saves what does not load: a second change that builds on nothing, a predecessor that is not there | a second change that builds on nothing, a value put over one that is not there |
//! | skips a chain's first change: a second one that builds on another's alone | a second change that builds on another's alone |
//! | keeps it for ever, and refuses the honest one: an orphan under another's name and number | an orphan under the name and number of another's change |
//! | takes gigabytes: a chunk or a column that was deflated | a compressed change that becomes a hundred megabytes, a deflated column that becomes a hundred megabytes |
//! | takes it: a checksum that does not fit | a checksum that does not fit |
//! | drops what comes after it: garbage before a change | garbage before a change |
//!
//! Its sync protocol is not spoken here: Bloom filters without bits or with twenty million probes have no way in, and
//! stand among the bodies as noise. Nor is anything loaded in part: each item is judged by itself.

mod attacks;
mod bodies;
mod changes;
mod scene;

pub use self::attacks::{Attack, Target, throw_all};
pub use self::bodies::{BODIES, BodyRow, forged_grant, request};
pub use self::changes::{ChangeRow, DEEDS, FORMS, POISON};
pub use self::scene::{Pen, READING, Scene, append, entry, founded, litter, phone, phone_of_nobody, put, ruling};
