//! `sync-core` with its facade for JavaScript, as one module. Everything in it is sync-core's.

pub use sync_core::bindings::web::*;
