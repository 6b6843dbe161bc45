//! Writes the Kotlin, Swift and Python sides of `sync-core`'s facade. A crate of its own, so that nothing of it is built
//! into the library.

fn main() {
    uniffi::uniffi_bindgen_main();
}
