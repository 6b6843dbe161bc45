//! What organizers take away, opened by programs that are not ours.

mod dossier;
mod formats;
mod paper;
mod scene;
mod tables;
