//! Parses the command line, runs it, turns the outcome into an exit code.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// A descriptor becomes a tree of small nodes. For a hundred packages the C library's allocator takes
// a quarter more time, and two threads wait for each other in it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    vnfctl::cli::main()
}
