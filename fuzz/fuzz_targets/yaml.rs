//! Text read as YAML, with the places of all nodes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vnfctl::diagnose::Sink;
use vnfctl::yaml;
use vnfctl_fuzz::measured;

fuzz_target!(|text: &str| {
    measured(text.len(), 0, || {
        let mut sink = Sink::default();
        let node = yaml::parse("fuzz.yaml".into(), text, &mut sink);
        assert!(node.is_some() || sink.has_errors(), "nothing was said");
        node
    });
});
