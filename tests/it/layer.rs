//! Changes to a folder that are kept apart from it: an overlay, made by root.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounts something at a folder.
pub(super) fn mount(args: &[&str], target: &Path) {
    let mounted = Command::new("mount")
        .args(args)
        .arg(target)
        .output()
        .unwrap();
    assert!(mounted.status.success(), "{mounted:?}");
}

/// Mounts an overlay of `lower` below `home`; returns where.
pub(super) fn over(lower: &Path, home: &Path) -> PathBuf {
    let [upper, work, merged] = ["upper", "work", "merged"].map(|name| home.join(name));
    for folder in [&upper, &work, &merged] {
        std::fs::create_dir(folder).unwrap();
    }
    let [lower, upper, work] = [lower, &upper, &work].map(|path| path.display());
    let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
    mount(&["-t", "overlay", "overlay", "-o", &options], &merged);
    merged
}
