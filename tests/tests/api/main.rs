//! The HTTP API, asked as a browser or a program asks it.

mod audit;
mod awards;
mod bad_input;
mod changes;
mod desk;
mod document;
mod duplicates;
mod entry;
mod erasure;
mod exports;
mod hours;
mod imports;
mod interleavings;
mod letters;
mod long_work;
mod lookup;
mod nights;
mod office;
mod plan;
mod processes;
mod retention;
mod sessions;
mod two_desks;
mod week;
