//! What becomes of a life when an exchange with Tacker is spoiled: each command, at each of its
//! exchanges, ends as it should, or says so and is right when it is given again.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod killed;
mod proxy;

use std::time::Duration;

use rstest::rstest;
use vnfctl::sandbox::{Options, Sandbox};

use crate::person::Person;
use proxy::{Fault, Proxy};

async fn sandbox() -> Sandbox {
    let options = Options {
        duration: Duration::from_millis(15),
        ..Options::default()
    };
    Sandbox::start(options).await.unwrap()
}

/// A life of a VNF, and the operations that it has.
const LIFE: [(&[&str], &str); 6] = [
    (&["instantiate", "web", "--name", "web1"], "INSTANTIATE"),
    (&["scale", "web1", "--out"], "SCALE"),
    (&["heal", "web1"], "HEAL"),
    (&["modify", "web1", "--metadata", "a=1"], "MODIFY_INFO"),
    (&["list"], ""),
    (&["terminate", "web1"], "TERMINATE"),
];

/// More exchanges than any command of the life has.
const MANY: usize = 40;

fn operations(me: &Person, kind: &str) -> usize {
    let all = me.json(&["op", "list", "web1"]);
    let all = all.as_array().unwrap().iter();
    all.filter(|one| one["operation"] == kind).count()
}

#[rstest]
#[case::unsent(Fault::Unsent)]
#[case::unanswered(Fault::Unanswered)]
#[case::truncated(Fault::Truncated)]
#[case::late(Fault::Late)]
#[case::twice(Fault::Twice)]
#[case::too_many(Fault::TooMany)]
#[case::unavailable(Fault::Unavailable)]
#[case::revoked(Fault::Revoked)]
#[tokio::test(flavor = "multi_thread")]
async fn each_exchange_of_a_life_may_be_spoiled(#[case] fault: Fault) {
    let sandbox = sandbox().await;
    let proxy = Proxy::before(&sandbox).await;
    let me = Person::of(&sandbox, &proxy.of(&sandbox.auth_url()));
    me.pushes_example("web");
    let mut points = 0;
    for at in 0..MANY {
        let mut is_spoiled = false;
        for (command, kind) in LIFE {
            proxy.spoils(fault, at);
            let output = me.run(command);
            let Some(hit) = proxy.heals() else {
                assert!(output.status.success(), "{command:?}: {output:?}");
                continue;
            };
            (is_spoiled, points) = (true, points + 1);
            let said = String::from_utf8_lossy(&output.stderr);
            let context = format!("{fault:?} at {hit} of {command:?}: {said}");
            if !output.status.success() {
                assert!(said.contains("error: "), "{context}");
                // Given again it is not repeated, and ends as it should.
                let again = me.run(command);
                let said = String::from_utf8_lossy(&again.stderr);
                assert!(again.status.success(), "{context}\nagain: {said}");
            }
            if !kind.is_empty() {
                assert_eq!(operations(&me, kind), 1, "{context}");
            }
            if kind == "SCALE" {
                assert_eq!(me.vnfcs("web1").len(), 2, "{context}");
            }
        }
        me.does(&["terminate", "web1", "--delete"]);
        if !is_spoiled {
            println!("{fault:?}: {points} exchanges");
            return;
        }
    }
    panic!("a command has more than {MANY} exchanges");
}
