//! What makers publish beside their files: a bare SHA-256, the output of sha256sum, Helm's index, or
//! GitHub's record of a release.

use serde::Deserialize;

#[derive(Deserialize)]
struct Release {
    assets: Vec<Asset>,
}

#[derive(Deserialize)]
struct Asset {
    name: String,
    digest: Option<String>,
}

#[derive(Deserialize)]
struct Index {
    entries: std::collections::BTreeMap<String, Vec<Chart>>,
}

#[derive(Deserialize)]
struct Chart {
    digest: Option<String>,
    #[serde(default)]
    urls: Vec<String>,
}

/// Returns the SHA-256 that `text` tells of the file called `name`, in lower case.
pub(super) fn of(name: &str, text: &str) -> Option<String> {
    let found = of_lines(name, text)
        .or_else(|| of_release(name, text))
        .or_else(|| of_index(name, text))?;
    is_sha256(&found).then(|| found.to_ascii_lowercase())
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// `DIGEST` alone, or lines of `DIGEST  NAME`, where a binary file's name has a `*` before it.
fn of_lines(name: &str, text: &str) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .clone()
        .find_map(|line| {
            let (digest, file) = line.trim().split_once(char::is_whitespace)?;
            let file = file.trim_start().trim_start_matches('*');
            (file.rsplit('/').next() == Some(name)).then(|| digest.to_owned())
        })
        .or_else(|| match (lines.next(), lines.next()) {
            (Some(only), None) if is_sha256(only.trim()) => Some(only.trim().to_owned()),
            _ => None,
        })
}

/// GitHub's record of a release.
fn of_release(name: &str, text: &str) -> Option<String> {
    let release: Release = serde_json::from_str(text).ok()?;
    let asset = release
        .assets
        .into_iter()
        .find(|asset| asset.name == name)?;
    Some(asset.digest?.strip_prefix("sha256:")?.to_owned())
}

fn of_index(name: &str, text: &str) -> Option<String> {
    let index: Index = serde_yaml::from_str(text).ok()?;
    let mut charts = index.entries.into_values().flatten();
    charts
        .find(|chart| {
            let mut urls = chart.urls.iter();
            urls.any(|url| url.rsplit('/').next() == Some(name))
        })?
        .digest
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::of;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[rstest]
    #[case::bare(format!("{A}\n"), Some(A))]
    #[case::upper(format!("{}\n", A.to_uppercase()), Some(A))]
    #[case::sum(format!("{A}  kubelet\n"), Some(A))]
    #[case::binary(format!("{A} *kubelet\n"), Some(A))]
    #[case::folder(format!("{A}  build/kubelet\n"), Some(A))]
    #[case::several(format!("{B}  kubelet.asc\n{A}  kubelet\n"), Some(A))]
    #[case::another(format!("{A}  kubectl\n"), None)]
    #[case::two_bare(format!("{A}\n{B}\n"), None)]
    #[case::short("aaaa  kubelet\n".into(), None)]
    #[case::page("<html>404</html>".into(), None)]
    #[case::empty(String::new(), None)]
    #[case::index(format!("entries: {{k: [{{digest: {B}, urls: [k-1]}}, {{digest: {A}, urls: [https://h/kubelet]}}]}}"), Some(A))]
    #[case::release(format!(r#"{{"assets": [{{"name": "k", "digest": "sha256:{B}"}}, {{"name": "kubelet", "digest": "sha256:{A}"}}]}}"#), Some(A))]
    #[case::release_without(r#"{"assets": [{"name": "kubelet", "digest": null}]}"#.into(), None)]
    #[case::release_of_other_sum(format!(r#"{{"assets": [{{"name": "kubelet", "digest": "md5:{A}"}}]}}"#), None)]
    fn the_digest_of_the_file_is_found_and_no_other(
        #[case] text: String,
        #[case] found: Option<&str>,
    ) {
        assert_eq!(of("kubelet", &text).as_deref(), found);
    }
}
