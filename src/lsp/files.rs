//! The package's files as another of them names them.

use camino::{Utf8Path, Utf8PathBuf};

use super::offer::{Kind, Offer};

/// Returns the files of the package, those with an extension only if one is given, as seen from the
/// folder of the file `from`, itself left out.
pub(super) fn below(
    from: &Utf8Path,
    paths: &[Utf8PathBuf],
    extension: Option<&str>,
) -> Vec<Offer<'static>> {
    let is_meant = |path: &&Utf8PathBuf| {
        let own = path.extension().map(|own| own.replace("yml", "yaml"));
        path.as_path() != from && extension.is_none_or(|wanted| own.as_deref() == Some(wanted))
    };
    let folder = from.parent().unwrap_or(Utf8Path::new(""));
    let offers = paths.iter().filter(is_meant).filter_map(|path| {
        let name = pathdiff::diff_utf8_paths(path, folder)?;
        let offer = Offer::new(name.into_string(), Kind::File, "file of the package");
        Some(offer.at(Some((path.clone(), None))))
    });
    offers.collect()
}

/// Returns the templates that the Heat template `from` can name as types of resources: Tacker hands
/// those in `nested/` to Heat under their bare names (`tacker/sol_refactored/common/vnfd_utils.py`,
/// `get_base_hot`).
pub(super) fn nested(from: &Utf8Path, paths: &[Utf8PathBuf]) -> Vec<Offer<'static>> {
    let folder = from.parent().unwrap_or(Utf8Path::new(""));
    let nested = match folder.file_name() {
        Some("nested") => folder.to_owned(),
        _ => folder.join("nested"),
    };
    let there = paths
        .iter()
        .filter(|path| path.parent() == Some(&nested) && path.as_path() != from);
    let offers = there.filter_map(|path| {
        let name = path.file_name()?.to_owned();
        let offer = Offer::new(name, Kind::File, "template of the package");
        Some(offer.at(Some((path.clone(), None))))
    });
    offers.collect()
}
