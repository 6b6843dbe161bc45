//! A simulated world of phones, networks and clocks, and the home server in the middle of it.
//!
//! Everything in it is the product's own code: journals on disk, the server's router, the exchange over a carrier.
//! What is simulated is what the product cannot choose: time, loss, power cuts and backups. A world follows from its
//! seed, which is printed when a test fails.

pub mod any_order;
pub mod binary;
pub mod budgets;
pub mod chance;
pub mod conformance;
pub mod crowd;
pub mod desk;
pub mod forgery;
pub mod fuzzing;
pub mod hostile;
pub mod lossy_disk;
pub mod oracle;
pub mod pairs;
pub mod paper;
pub mod recorded;
pub mod releases;
pub mod small_disk;
pub mod turmoil;
pub mod world;

pub use chance::Chance;
pub use crowd::Crowd;
pub use world::World;
