//! What organizers take away, opened by programs that are not ours.

mod formats;
mod paper;
mod scene;
mod tables;
