//! What the targets share: sound packages to spoil, and the measure of memory.
//!
//! A target fails when the program panics, when libFuzzer's patience ends (`-timeout`), or when
//! reading takes more memory than 64 bytes for each byte of input, beside what it takes for no
//! input at all.

#![allow(clippy::unwrap_used, reason = "what is built here is sound")]

use std::sync::LazyLock;

use camino::Utf8PathBuf;
use peak_alloc::PeakAlloc;
use vnfctl::diagnose::Sink;
use vnfctl::package::plan::{Content, Entry, MODE_FILE, Plan};
use vnfctl::package::{self, templates};
use vnfctl::{check, spec};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes of memory for each byte of input.
const FACTOR: usize = 64;
/// Buffers and tables that are made once, whatever the input.
const ONCE: usize = 4 << 20;

/// A key that belongs to nobody.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE person@example.org";

/// Runs `read` on an input of `length` bytes and panics when it takes too much memory; `usual` is
/// what it takes without the input.
pub fn measured<T>(length: usize, usual: usize, read: impl FnOnce() -> T) -> T {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let result = read();
    let taken = MEMORY.peak_usage().saturating_sub(before);
    let most = usual + ONCE + FACTOR * length;
    assert!(
        taken <= most,
        "{taken} bytes of memory for {length} bytes of input; at most {most} were expected"
    );
    result
}

/// Sound packages of all templates, and the memory that checking the largest takes.
pub static SOUND: LazyLock<(Vec<Plan>, usize)> = LazyLock::new(|| {
    let plans: Vec<_> = ["plain-vm", "k8s-cilium", "cnf-sample"].map(sound).into();
    let usual = plans.iter().map(|plan| {
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let checked = check::check(plan);
        assert!(!checked.sink.has_errors(), "{:?}", checked.sink);
        MEMORY.peak_usage().saturating_sub(before)
    });
    let usual = usual.max().unwrap_or_default();
    (plans, usual)
});

fn sound(template: &str) -> Plan {
    let text = templates::starter(template, "demo", templates::Keys::public(KEY)).unwrap();
    let mut sink = Sink::default();
    let spec = spec::parse("demo.yaml".into(), &text, &mut sink).unwrap();
    package::with_meta(&package::render(&spec).unwrap())
}

/// Returns `plan` with other content in the file that `choice` picks.
pub fn spoiled(plan: &Plan, choice: usize, bytes: &[u8]) -> Plan {
    let mut plan = plan.clone();
    let paths: Vec<Utf8PathBuf> = plan.entries().iter().map(|one| one.path.clone()).collect();
    if let Some(path) = paths.get(choice % paths.len().max(1)) {
        plan.insert(Entry {
            path: path.clone(),
            mode: MODE_FILE,
            content: Content::Bytes(bytes.to_vec()),
        });
    }
    plan
}
