//! What `vnfctl cilium` and `vnfctl mesh` refuse before anybody is asked anything.

use rstest::rstest;

use crate::person::Person;

#[rstest]
#[case::a_file_there(
    &["cilium", "edge1", "sysdump", "--", "--output-filename=x"],
    "would name a file on the node"
)]
#[case::words_without_dashes(&["cilium", "edge1", "connectivity", "--test", "x"], "unexpected argument '--test'")]
#[case::alone(&["mesh", "disconnect", "east1"], "<OTHER>")]
#[case::both(&["mesh", "disconnect", "east1", "west1", "--cluster", "west"], "cannot be used with")]
#[case::never(&["mesh", "connect", "east1", "west1", "--timeout", "soon"], "is not a time")]
fn what_cannot_be_meant_is_refused(#[case] args: &[&str], #[case] words: &str) {
    let said = Person::with(vec![]).fails(2, args);
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_vnf_that_is_no_cluster_has_no_cilium() {
    let me = Person::with(vec![]);
    for args in [
        &["--sandbox", "cilium", "edge1", "status"][..],
        &["--sandbox", "mesh", "status", "edge1"],
    ] {
        let said = me.fails(3, args);
        assert!(said.contains("edge1"), "{said}");
    }
}
