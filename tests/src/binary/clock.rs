//! A machine whose clock is wrong: the program is loaded with a library that shifts what the system says.

use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Place;

/// Makes the clock of a program wrong. Linux only.
pub struct WrongClock {
    library: PathBuf,
}

impl WrongClock {
    /// Builds the library. The C compiler is there, for SQLite is built with it.
    ///
    /// # Panics
    /// If it cannot be built.
    #[must_use]
    pub fn built_in(place: &Place) -> Self {
        let source = place.write("clock.c", include_str!("clock.c"));
        let library = place.path("clock.so");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
        assert!(built.unwrap().success());
        Self { library }
    }

    /// The program will read the first moment of `year`, in UTC, when it is started, and go on from there.
    ///
    /// # Panics
    /// If this machine's clock is before 1970.
    pub fn show(&self, command: &mut Command, year: i64) {
        // Every fourth year is longer, but not every hundredth, and yet every four-hundredth.
        let leap_days = (year - 1969) / 4 - (year - 1901) / 100 + (year - 1601) / 400;
        let wanted = ((year - 1970) * 365 + leap_days) * 86_400;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        self.shift(command, wanted - i64::try_from(now).unwrap());
    }

    /// The program's clock will be `seconds` ahead.
    pub fn shift(&self, command: &mut Command, seconds: i64) {
        command.env("LD_PRELOAD", &self.library).env("WRONG_BY", seconds.to_string());
    }
}
