//! A sound package with one file spoiled, judged by all rules.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vnfctl::{check, diagnose};
use vnfctl_fuzz::{SOUND, measured, spoiled};

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (plans, usual) = &*SOUND;
    let (template, file, bytes) = input;
    let plan = spoiled(
        &plans[usize::from(template) % plans.len()],
        usize::from(file),
        bytes,
    );
    let checked = measured(bytes.len(), *usual, || check::check(&plan));
    // What is found can be shown.
    let first = checked.sink.diagnostics().first();
    if let Some(finding) = first {
        let text = diagnose::human(std::slice::from_ref(finding), &checked.sources, false);
        assert!(text.contains(finding.code));
    }
});
