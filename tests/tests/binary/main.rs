//! The built program, as people and machines use it: over its command line, its port and its data directory.

#[cfg(target_os = "linux")]
mod attacks;
mod bad_input;
mod cards;
#[cfg(target_os = "linux")]
mod closed_output;
mod confirmed;
mod corrected_names;
mod desk;
mod dossier;
mod duplicates;
mod earlier_rules;
mod entry;
mod erasure;
mod exports;
mod first_invite;
mod full_disk;
mod gate;
mod held_journals;
#[cfg(target_os = "linux")]
mod hostile;
mod kill;
mod letters;
mod lists;
mod lists_in_encodings;
mod log;
#[cfg(target_os = "linux")]
mod long_lists;
mod look_alikes;
mod lost_answers;
mod moved_data;
mod offices;
mod papers;
#[cfg(unix)]
mod private_files;
mod proxies;
mod recordings;
mod releases;
#[cfg(target_os = "linux")]
mod saved_text;
mod slips;
mod slow_clients;
mod slow_homes;
mod stop;
mod story;
mod tls;
mod walk_in_power_cuts;
mod web_apps;
#[cfg(target_os = "linux")]
mod wrong_clock;
