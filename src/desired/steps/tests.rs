//! Each difference alone, and their order.

use super::*;
use crate::desired::{Open, SeenVnfc};
use crate::tosca::model::{Level, Vdu};
use rstest::rstest;

/// A package of one flavour: two VDUs `worker` and `gateway` of which each step adds two and one, from
/// level `small` (2 and 1) to two steps more; and level `large` (6 and 3).
fn vnfd() -> Vnfd {
    let vdu = |id: &str| Vdu {
        id: id.into(),
        cps: vec![format!("{id}Cp")],
        ..Vdu::default()
    };
    let level = |workers: u32, gateways: u32, at: u32| Level {
        counts: [("worker".into(), workers), ("gateway".into(), gateways)].into(),
        scale_info: [("size".to_owned(), at)].into(),
    };
    let step = [("worker".to_owned(), 2), ("gateway".to_owned(), 1)];
    let aspect = Aspect {
        max_scale_level: 2,
        step_deltas: vec!["d".into()],
        deltas: [("d".to_owned(), step.into())].into(),
    };
    let flavour = Flavour {
        id: "simple".into(),
        vdus: vec![vdu("worker"), vdu("gateway")],
        levels: [
            ("small".into(), level(2, 1, 0)),
            ("large".into(), level(6, 3, 2)),
        ]
        .into(),
        default_level: Some("small".into()),
        aspects: [("size".to_owned(), aspect)].into(),
        ..Flavour::default()
    };
    Vnfd {
        id: "descriptor-1".into(),
        provider: "Example".into(),
        product_name: "web".into(),
        software_version: "1".into(),
        version: "1.0".into(),
        flavours: vec![flavour],
    }
}

/// A VNF of it at level 0.
fn seen() -> Seen {
    let vnfc = |id: &str, vdu: &str| SeenVnfc {
        id: id.into(),
        vdu: vdu.into(),
        resource: format!("server-{id}"),
        status: Some("ACTIVE".into()),
        is_lost: false,
    };
    Seen {
        id: "vnf-1".into(),
        vnfd_id: "descriptor-1".into(),
        product: ("web".into(), "Example".into()),
        is_instantiated: true,
        flavour: Some("simple".into()),
        vim: Some("vim-1".into()),
        levels: [("size".to_owned(), 0)].into(),
        vnfcs: vec![
            vnfc("a", "worker"),
            vnfc("b", "worker"),
            vnfc("c", "gateway"),
        ],
        ..Seen::default()
    }
}

fn wanted(size: Option<u32>) -> Wanted {
    Wanted {
        name: "web1".into(),
        package: "web".into(),
        size: size
            .map(|count| ("size".to_owned(), count))
            .into_iter()
            .collect(),
        ..Wanted::default()
    }
}

fn compared(wanted: &Wanted, seen: Option<&Seen>) -> Outcome {
    steps(wanted, &vnfd(), seen, None, &BTreeMap::new())
}

fn created(level: Option<&str>) -> Step {
    Step::Create {
        vnfd: "descriptor-1".into(),
        product: "web 1.0".into(),
        flavour: "simple".into(),
        level: level.map(str::to_owned),
    }
}

fn scaled(from: u32, to: u32) -> Step {
    Step::Scale {
        aspect: "size".into(),
        from,
        to,
    }
}

#[rstest]
#[case::default_size(None, vec![created(None)])]
#[case::the_default_level_has_it(Some(3), vec![created(None)])]
#[case::another_level_has_it(Some(9), vec![created(Some("large"))])]
#[case::no_level_has_it(Some(6), vec![created(None), scaled(3, 6)])]
fn a_vnf_is_made_at_the_level_that_has_its_size(
    #[case] size: Option<u32>,
    #[case] expected: Vec<Step>,
) {
    let outcome = compared(&wanted(size), None);
    assert_eq!(outcome.faults, [""; 0]);
    assert_eq!(outcome.steps, expected);
}

#[rstest]
#[case::not_said(None, None)]
#[case::there(Some(3), None)]
#[case::larger(Some(9), Some(scaled(3, 9)))]
fn a_vnf_is_scaled_to_its_size(#[case] size: Option<u32>, #[case] expected: Option<Step>) {
    let outcome = compared(&wanted(size), Some(&seen()));
    assert_eq!(outcome.faults, [""; 0]);
    assert_eq!(outcome.steps, expected.into_iter().collect::<Vec<_>>());
}

#[rstest]
#[case::between(4)]
#[case::beyond(12)]
#[case::below(0)]
fn a_size_that_cannot_be_is_a_fault(#[case] size: u32) {
    for seen in [None, Some(seen())] {
        let outcome = compared(&wanted(Some(size)), seen.as_ref());
        let fault =
            format!("aspect `size` cannot have {size} VNFCs: it has 3, and goes from 3 to 9 by 3");
        assert_eq!(outcome.faults, [fault]);
    }
}

#[test]
fn all_differences_come_in_their_order() {
    let mut seen = seen();
    seen.vnfcs[1].status = Some("ERROR".into());
    seen.vnfcs[1].is_lost = true;
    seen.vnfcs[2].status = Some("SHUTOFF".into());
    seen.metadata = [("kept".into(), json!(1)), ("gone".into(), json!(2))]
        .into_iter()
        .collect();
    let mut wanted = wanted(Some(6));
    wanted.metadata = [
        ("kept".into(), json!(1)),
        ("gone".into(), Value::Null),
        ("never".into(), Value::Null),
    ]
    .into_iter()
    .collect();
    wanted.connections = [("workerCp".to_owned(), "net1".to_owned())].into();
    let mut next = vnfd();
    next.id = "descriptor-2".into();
    let networks = [("net1".to_owned(), "n-1".to_owned())].into();
    let outcome = steps(&wanted, &next, Some(&seen), Some("vim-1"), &networks);
    assert_eq!(outcome.faults, [""; 0]);
    let request = json!({"metadata": {"gone": null}})
        .as_object()
        .unwrap()
        .clone();
    let expected = [
        Step::Modify { request },
        Step::Heal {
            vnfcs: vec!["b".into()],
            because: "worker server-b is ERROR".into(),
        },
        Step::ChangePackage {
            from: "descriptor-1".into(),
            to: "descriptor-2".into(),
            product: "web 1.0".into(),
        },
        Step::Connect {
            cp: "workerCp".into(),
            from: None,
            to: "n-1".into(),
        },
        scaled(3, 6),
    ];
    assert_eq!(outcome.steps, expected);
    let [note] = &outcome.notes[..] else {
        panic!("{:?}", outcome.notes)
    };
    assert!(note.starts_with("gateway server-c is SHUTOFF"), "{note}");
}

#[rstest]
#[case::flavour(|seen: &mut Seen| seen.flavour = Some("ha".into()), "its flavour is `ha`")]
#[case::vim(|seen: &mut Seen| seen.vim = Some("vim-2".into()), "it is on VIM vim-2")]
#[case::product(
    |seen: &mut Seen| {
        seen.vnfd_id = "other".into();
        seen.product.0 = "db".into();
    },
    "it is another product, `db` of Example"
)]
fn what_no_operation_changes_is_replaced(#[case] change: fn(&mut Seen), #[case] why: &str) {
    let mut seen = seen();
    change(&mut seen);
    let wanted = Wanted {
        flavour: Some("simple".into()),
        ..wanted(None)
    };
    let outcome = steps(
        &wanted,
        &vnfd(),
        Some(&seen),
        Some("vim-1"),
        &BTreeMap::new(),
    );
    let [Step::Remove { because }, create] = &outcome.steps[..] else {
        panic!("{outcome:?}");
    };
    assert!(because.starts_with(why), "{because}");
    assert_eq!(*create, created(None));
}

#[rstest]
#[case("FAILED_TEMP", "`vnfctl op explain op-1` says what to do")]
#[case("PROCESSING", "`vnfctl op wait web1` waits for its end")]
fn an_open_operation_is_in_the_way(#[case] state: &str, #[case] next: &str) {
    let mut seen = seen();
    seen.open = Some(Open {
        id: "op-1".into(),
        operation: "SCALE".into(),
        state: state.into(),
    });
    let outcome = compared(&wanted(None), Some(&seen));
    assert_eq!(outcome.faults, [format!("its SCALE is in {state}; {next}")]);
}

#[test]
fn a_record_without_resources_is_somebody_elses_to_take_away() {
    let mut seen = seen();
    seen.is_instantiated = false;
    let outcome = compared(&wanted(None), Some(&seen));
    assert_eq!(outcome.steps, []);
    assert!(outcome.faults[0].contains("`vnfctl terminate web1 --delete`"));
}
