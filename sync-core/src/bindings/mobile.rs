//! The facade for Kotlin, Swift and Python.

mod types;
