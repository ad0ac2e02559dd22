//! The journal outlives kills: what was asked is neither lost nor asked twice.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::Value;

use super::sandbox;
use crate::person::Person;

/// How many runs are killed by all cases together.
const KILLS: u32 = 1000;
const CASES: u32 = 4;

/// Pseudorandom numbers that a failure can be repeated with.
struct Dice(u64);

impl Dice {
    /// A number below `most`.
    fn throw(&mut self, most: u64) -> u64 {
        // xorshift64 (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// How often each value that was asked for is among what Tacker carried out.
fn carried_out(me: &Person) -> HashMap<u64, usize> {
    let mut all = HashMap::new();
    for one in me.json(&["op", "list", "web1"]).as_array().unwrap() {
        if let Some(round) = one["operationParams"]["metadata"]["round"].as_u64() {
            *all.entry(round).or_default() += 1;
        }
    }
    all
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_kills_lose_and_double_nothing(
    #[values(1, 2, 3, 4)] case: u64,
    #[values(false, true)] is_given_again: bool,
) {
    let sandbox = sandbox().await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    let began = Instant::now();
    me.does(&["modify", "web1", "--metadata", "round=0"]);
    let whole = u64::try_from(began.elapsed().as_micros()).unwrap();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ case);
    let rounds = u64::from(KILLS / CASES / 2);
    let mut killed = 0;
    for round in 1..=rounds {
        let value = format!("round={round}");
        let command = ["modify", "web1", "--metadata", &value];
        let mut run = me.starts(&command);
        tokio::time::sleep(Duration::from_micros(dice.throw(whole))).await;
        run.kill().unwrap();
        let ended = run.wait_with_output().unwrap();
        killed += u32::from(!ended.status.success());
        // Whoever was told of the end does not ask again.
        let is_told = String::from_utf8_lossy(&ended.stderr).contains("COMPLETED");
        if is_given_again && !is_told {
            me.does(&command);
        } else {
            me.does(&["op", "resume"]);
        }
    }
    let truth = carried_out(&me);
    assert!(
        truth.values().all(|times| *times == 1),
        "doubled: {truth:?}"
    );
    if is_given_again {
        assert_eq!(truth.len() as u64, rounds + 1, "lost: {truth:?}");
    }
    // The journal's word for each round is what Tacker has.
    let history = me.json(&["op", "history"]);
    let completed = history
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["operation"] == "MODIFY_INFO" && entry["outcome"] == "COMPLETED");
    assert_eq!(completed.count(), truth.len());
    let open = history.as_array().unwrap().iter();
    let open: Vec<&Value> = open.filter(|entry| entry["standing"] != "over").collect();
    assert_eq!(open, Vec::<&Value>::new());
    println!(
        "case {case}: {killed} of {rounds} runs killed, {} carried out",
        truth.len()
    );
}
