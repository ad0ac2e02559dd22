//! Text read as a spec, and rendered where it is one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vnfctl::diagnose::Sink;
use vnfctl::{package, spec};
use vnfctl_fuzz::{SOUND, measured};

fuzz_target!(|text: &str| {
    let (_, usual) = &*SOUND;
    let spec = measured(text.len(), *usual, || {
        let mut sink = Sink::default();
        let spec = spec::parse("fuzz.yaml".into(), text, &mut sink);
        assert!(spec.is_some() || sink.has_errors(), "nothing was said");
        spec
    });
    if let Some(spec) = spec {
        // A spec may name files that are not there.
        let _ = package::render(&spec);
    }
});
