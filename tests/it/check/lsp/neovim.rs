//! The real Neovim with its own client: what it shows, completes and mends.

use std::path::Path;
use std::process::Command;

use crate::check::bench::Bench;

#[test]
fn neovim_shows_completes_and_mends() {
    if Command::new("nvim").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("VNFCTL_REQUIRE_REAL").is_none(),
            "nvim must be there where VNFCTL_REQUIRE_REAL is set: see CONTRIBUTING.md"
        );
        eprintln!("skipped: there is no nvim (see CONTRIBUTING.md)");
        return;
    }
    let bench = Bench::new();
    bench.build("");
    bench.unpack();
    let session = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/editor/session.lua");
    let done = Command::new("nvim")
        .args(["--clean", "--headless", "-n", "-c"])
        .arg(format!("luafile {}", session.display()))
        .current_dir(bench.path("web"))
        .env("VNFCTL", env!("CARGO_BIN_EXE_vnfctl"))
        .env("HOME", bench.path("."))
        .output()
        .unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let err = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{said}\n{err}");
    let lines: Vec<_> = said.lines().collect();
    for expected in [
        "hover **`tosca.nodes.nfv.VduCp`** (node type)",
        "definition etsi_nfv_sol001_vnfd_types.yaml",
        "finding 82 vnfd-requirement-unknown ",
        "action Write `virtual_binding`",
        "line - virtual_binding: machine",
        "offer tosca.nodes.nfv.VduCp node type",
    ] {
        let is_said = lines.iter().any(|line| line.starts_with(expected));
        assert!(is_said, "{expected}: {said}\n{err}");
    }
    // What was saved is what was there.
    let checked = bench.validate(&["web"]);
    assert_eq!(checked.code, Some(0), "{}", checked.err);
}
