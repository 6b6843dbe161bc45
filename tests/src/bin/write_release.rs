//! Writes `tests/releases/VERSION.zip` for the version that is built. Build `saxaul` with the same profile first.

use tests::releases::Release;

fn main() {
    println!("{}", Release::write().display());
}
