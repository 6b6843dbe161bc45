//! What organizers take away, opened by programs that are not ours.

mod dossier;
mod formats;
mod letter_pages;
mod paper;
mod scene;
mod tables;
