//! What is wrong thousands of times over takes about as long as reading it.

use std::fmt::Write;
use std::time::{Duration, Instant};

use vnfctl::check::{self, Checked, Judged};

use super::corpus::edit;

/// Long enough for an unoptimised program on a busy machine. Were each name compared with each, or
/// each condition followed from each, it would be hours.
const SOON: Duration = Duration::from_secs(90);

fn judged(file: &str, text: String) -> usize {
    let home = tempfile::tempdir().unwrap();
    let plan = edit::plans(home.path()).swap_remove(0).1;
    let plan = edit::with(plan, file, text);
    let zip = edit::write(&plan, &home.path().join("large.zip"));
    let start = Instant::now();
    let Judged::Read(Checked { sink: found, .. }) = check::open(&zip).unwrap() else {
        panic!("it is a package");
    };
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    found.diagnostics().len()
}

#[test]
fn as_many_wrong_names_as_right_ones() {
    let mut text = "heat_template_version: 2021-04-16\nresources:\n".to_owned();
    for number in 0..5_000 {
        let value = format!("{{get_resource: wrong{number}}}");
        writeln!(
            text,
            "  right{number}: {{type: OS::Heat::Value, properties: {{value: {value}}}}}"
        )
        .unwrap();
    }
    assert!(judged("BaseHOT/simple/simple.yaml", text) >= 5_000);
}

#[test]
fn conditions_that_depend_on_each_other_in_a_long_row() {
    let mut text = "heat_template_version: 2021-04-16\nconditions:\n  c0: true\n".to_owned();
    for number in 1..5_000 {
        writeln!(text, "  c{number}: {{not: c{}}}", number - 1).unwrap();
    }
    text += "resources: {a: {type: OS::Heat::None, condition: c4999}}\n";
    judged("BaseHOT/simple/simple.yaml", text);
}

#[test]
fn modules_that_nobody_has() {
    let mut text = String::new();
    for number in 0..5_000 {
        writeln!(text, "import nothing{number}").unwrap();
    }
    text += "class Own: pass\n";
    assert!(judged("UserData/own.py", text) >= 5_000);
}
