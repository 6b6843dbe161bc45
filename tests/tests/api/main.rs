//! The HTTP API, asked as a browser or a program asks it.

mod document;
