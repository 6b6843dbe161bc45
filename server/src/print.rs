//! What the program says on standard output and standard error.
//!
//! A command does what it was asked for whether or not anybody reads what it says: printing never panics and never ends
//! a command. The first failure is remembered for the exit code. Whoever reads a pipe may stop once they have something, as
//! `head` does; a pipe that took nothing, or a part of a file that is good only whole, is a failure. No control character
//! of somebody else's text reaches a terminal: a name could otherwise clear the screen, or look like a line of the
//! program's own.
//!
//! A server also does not wait for whoever reads it: see [`queue`].
//!
//! `println!` and `eprintln!` mean these in the whole crate, so that no command can use the others by mistake.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use crate::line_queue::LineQueue;

/// Prints a line on standard output.
macro_rules! println {
    () => { $crate::print::line_out(::core::format_args!("")) };
    ($($arguments:tt)*) => { $crate::print::line_out(::core::format_args!($($arguments)*)) };
}

/// Prints a line on standard error.
macro_rules! eprintln {
    ($($arguments:tt)*) => { $crate::print::line_err(::core::format_args!($($arguments)*)) };
}

/// Prints on standard error, and stays in the line.
macro_rules! eprint {
    ($($arguments:tt)*) => { $crate::print::part_err(::core::format_args!($($arguments)*)) };
}

/// Why standard output did not take everything.
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);

/// Standard output and standard error of a program that must not wait for whoever reads them.
static QUEUES: OnceLock<Queues> = OnceLock::new();

/// At its end the program waits so long for each of the two to be read.
const LAST_LINES: Duration = Duration::from_secs(1);

struct Queues {
    out: LineQueue,
    err: LineQueue,
}

/// From now on whatever is printed is queued, and written by a thread of its own. Returns the queue of standard error,
/// for the log.
pub fn queue() -> LineQueue {
    let queues = QUEUES.get_or_init(|| Queues {
        out: LineQueue::start("standard output", write_out),
        // There is nowhere left to say that this failed.
        err: LineQueue::start("standard error", |bytes| drop(io::stderr().write_all(bytes))),
    });
    queues.err.clone()
}

/// Waits a moment for what was queued for standard error. Nothing is printed after it.
pub fn settle() {
    if let Some(queues) = QUEUES.get() {
        // What nobody reads is lost.
        let _: bool = queues.err.settle(LAST_LINES);
    }
}

/// Whether a pipe took something.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether a part of what is printed is as good as nothing.
static GOOD_ONLY_WHOLE: AtomicBool = AtomicBool::new(false);
/// So many bytes are written by one call of the system, and taken by a pipe as one (POSIX has 512 at the least).
const AT_ONCE: usize = 512;

/// What a part of a file is good for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Whoever reads has something of it, as of lines.
    Useful,
    /// No program opens it.
    Useless,
}

/// Text that somebody else wrote, as one line: control characters, line breaks and marks that turn the direction of
/// writing are shown as `\u{1b}`.
pub struct OneLine<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&escaped(self.0, |character| is_command(character) || matches!(character, '\n' | '\t')))
    }
}

/// Text that somebody else wrote, as one line. See [`OneLine`].
#[must_use]
pub fn one_line(text: &str) -> String {
    OneLine(text).to_string()
}

pub(crate) fn line_out(arguments: fmt::Arguments<'_>) {
    bytes_out(line(arguments).as_bytes());
}

pub(crate) fn line_err(arguments: fmt::Arguments<'_>) {
    bytes_err(line(arguments).as_bytes());
}

pub(crate) fn part_err(arguments: fmt::Arguments<'_>) {
    bytes_err(escaped(&arguments.to_string(), is_command).as_bytes());
}

fn bytes_err(bytes: &[u8]) {
    match QUEUES.get() {
        Some(queues) => queues.err.push(bytes),
        // There is nowhere left to say that this failed.
        None => drop(io::stderr().write_all(bytes)),
    }
}

/// Writes a file's bytes to standard output, as they are unless a person looks at them.
pub fn file_out(bytes: &[u8], part: Part) {
    GOOD_ONLY_WHOLE.fetch_or(part == Part::Useless, Ordering::Relaxed);
    match std::str::from_utf8(bytes) {
        Ok(text) if io::stdout().is_terminal() => bytes_out(escaped(text, is_command).as_bytes()),
        _ => bytes_out(bytes),
    }
}

/// Why standard output did not take everything so far; `None` if it did, or if whoever reads it had enough.
#[must_use]
pub fn lost() -> Option<io::Error> {
    match QUEUES.get() {
        Some(queues) if queues.out.settle(LAST_LINES) => {}
        // Flushing would wait for whoever does not read.
        Some(_) => remember(io::Error::new(io::ErrorKind::TimedOut, "nobody reads it")),
        None => {
            if let Err(error) = io::stdout().flush() {
                remember(error);
            }
        }
    }
    let lost = LOST.lock().ok()?.take()?;
    let had_enough = TAKEN.load(Ordering::Relaxed) && !GOOD_ONLY_WHOLE.load(Ordering::Relaxed);
    (lost.kind() != io::ErrorKind::BrokenPipe || !had_enough).then_some(lost)
}

fn bytes_out(bytes: &[u8]) {
    match QUEUES.get() {
        Some(queues) => queues.out.push(bytes),
        None => write_out(bytes),
    }
}

fn write_out(bytes: &[u8]) {
    // After a failure nothing more is written: a part from the middle would look like the whole.
    if LOST.lock().is_ok_and(|lost| lost.is_some()) {
        return;
    }
    // The first piece is so short that a pipe takes all of it or nothing.
    let line = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    let (first, rest) = bytes.split_at(line.min(AT_ONCE));
    let mut out = io::stdout().lock();
    for piece in [first, rest] {
        match out.write_all(piece).and_then(|()| out.flush()) {
            Ok(()) => TAKEN.store(true, Ordering::Relaxed),
            Err(error) => return remember(error),
        }
    }
}

/// Remembers that standard output did not take everything.
pub(crate) fn remember(error: io::Error) {
    if let Ok(mut lost) = LOST.lock() {
        lost.get_or_insert(error);
    }
}

fn line(arguments: fmt::Arguments<'_>) -> String {
    let mut line = escaped(&arguments.to_string(), is_command);
    line.push('\n');
    line
}

fn escaped(text: &str, is_shown: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_shown(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether a terminal may obey a character instead of showing it.
fn is_command(character: char) -> bool {
    let turns_writing = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let ends_line = matches!(character, '\u{2028}' | '\u{2029}');
    turns_writing || ends_line || (character.is_control() && !matches!(character, '\n' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(one_line("Evil\u{1b}]0;pwned\u{7}\u{1b}[2J"), r"Evil\u{1b}]0;pwned\u{7}\u{1b}[2J");
        assert_eq!(one_line("Bob\nINJ\r\n\t"), r"Bob\u{a}INJ\u{d}\u{a}\u{9}");
        assert_eq!(one_line("C1 \u{9b}2J, turned \u{202e}cod.exe"), r"C1 \u{9b}2J, turned \u{202e}cod.exe");
        assert_eq!(one_line("Әділ Қайратұлы, 漢字, 👩‍🌾"), "Әділ Қайратұлы, 漢字, 👩‍🌾");
    }

    #[test]
    fn a_line_of_the_program_keeps_its_own_breaks() {
        assert_eq!(line(format_args!("one\ttwo\nthree{}", "\u{1b}")), "one\ttwo\nthree\\u{1b}\n");
    }

    #[test]
    fn foreign_text_keeps_its_place_in_a_column() {
        assert_eq!(format!("{:<6}|", OneLine("ab")), "ab    |");
    }
}
