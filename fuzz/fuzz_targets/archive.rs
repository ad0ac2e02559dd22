//! Bytes opened and checked as a package file.

#![no_main]

use std::io::Write as _;

use libfuzzer_sys::fuzz_target;
use vnfctl::check::{self, Judged};
use vnfctl_fuzz::{SOUND, measured};

fuzz_target!(|bytes: &[u8]| {
    let (_, usual) = &*SOUND;
    let Ok(mut file) = tempfile::Builder::new().suffix(".zip").tempfile() else {
        return;
    };
    if file.write_all(bytes).is_err() {
        return;
    }
    let judged = measured(bytes.len(), *usual, || check::open(file.path()));
    match judged {
        Ok(Judged::Read(_)) => {}
        Ok(Judged::Refused(sink)) => assert!(sink.has_errors(), "refused without a word"),
        Err(error) => panic!("{error}"),
    }
});
