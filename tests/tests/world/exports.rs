//! What organizers take away, opened by programs that are not ours.

mod formats;
mod scene;
mod tables;
