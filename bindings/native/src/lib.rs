//! `sync-core` with its facade, as one native library.

sync_core::uniffi_reexport_scaffolding!();
