//! The resources behind the addresses; one file for each.

pub mod body;
pub mod callers;
pub mod cookies;
pub mod described;
pub mod device_caller;
pub mod devices;
pub mod document;
pub mod enrol;
pub mod erasures;
pub mod events;
pub mod exchange;
pub mod field_app;
pub mod health;
pub mod held;
pub mod invites;
pub mod jobs;
pub mod letters;
pub mod nodes;
pub mod organizers;
pub mod own_page;
pub mod place;
pub mod problem_details;
pub mod session;
pub mod sign_in;
pub mod tags;
pub mod visitor;
