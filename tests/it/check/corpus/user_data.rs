//! User data, against the program in which Tacker's conductor runs them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{edit, mutants, tacker};

/// Unpacks the package and calls a class of its user data as the conductor does.
const CALL: &str = "\
import pickle, subprocess, sys, tempfile, zipfile
import tacker.sol_refactored.infra_drivers.openstack as there
package, file, name = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    zipfile.ZipFile(package).extractall(folder)
    params = {'lcm-operation-user-data': file, 'lcm-operation-user-data-class': name}
    given = {'request': {'additionalParams': params}, 'vnf_instance': {},
             'grant_request': {'operation': 'INSTANTIATE'}, 'grant_response': {},
             'tmp_csar_dir': folder, 'is_rollback': False}
    main = there.__path__[0] + '/userdata_main.py'
    done = subprocess.run([sys.executable, main], input=pickle.dumps(given), capture_output=True)
    sys.stderr.write(done.stderr.decode())
    sys.exit(done.returncode)
";

/// Needs a Python with Tacker 16 in `VNFCTL_TOSCA_PYTHON`.
#[test]
fn the_conductor_calls_user_data_without_findings_and_no_others() {
    let Some(python) = tacker() else { return };
    let home = tempfile::tempdir().unwrap();
    let plans = edit::plans(home.path());
    let all = mutants().into_iter();
    let of_user_data: Vec<_> = all
        .filter(|one| one.name.starts_with("user-data"))
        .collect();
    assert!(of_user_data.len() > 4);
    for mutant in of_user_data {
        let zip = mutant.build(home.path(), &plans);
        let mut call = Command::new(&python);
        call.arg("-").arg(zip).args(["UserData/own.py", "Own"]);
        call.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = call.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(CALL.as_bytes())
            .unwrap();
        let done = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(
            done.status.success(),
            mutant.codes.is_empty(),
            "{}: {said}",
            mutant.name
        );
    }
}
