//! Stories and properties in the simulated world.

mod admission;
mod attacker;
mod cards;
mod convergence;
mod damaged_journals;
mod duplicates;
mod durability;
mod erasure;
mod exports;
mod forgotten_erasures;
mod lying_home;
mod many_leads;
mod office;
mod paging;
mod programmes;
mod quarantine;
mod rates;
mod reading;
mod recorded_week_projection;
mod restores;
mod round_trips;
mod second_reading;
mod sessions;
mod slow_links;
mod stories;
mod two_events;
