//! The signature at the end of a manifest (SOL004 §5.2, option 1).

const BEGIN: &str = "-----BEGIN CMS-----";
const END: &str = "-----END CMS-----";

/// A manifest with its signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'m> {
    /// What is signed: everything before the signature's first line.
    pub(super) content: &'m str,
    /// The signature's lines.
    pub(super) pem: &'m str,
    /// What follows it, which nobody signed.
    pub(super) after: &'m str,
}

/// Finds the signature, at the start of a line.
pub(super) fn find(manifest: &str) -> Option<Block<'_>> {
    let begin = manifest
        .match_indices(BEGIN)
        .map(|(at, _)| at)
        .find(|at| *at == 0 || manifest[..*at].ends_with('\n'))?;
    let (content, rest) = manifest.split_at(begin);
    let end = rest.find(END).map_or(rest.len(), |at| at + END.len());
    let (pem, after) = rest.split_at(end);
    Some(Block {
        content,
        pem,
        after: after.trim(),
    })
}

/// Returns the text that is signed: with the blank line that Tacker, which splits manifests at
/// blank lines, needs before the signature.
pub(super) fn content(manifest: &str) -> String {
    let unsigned = find(manifest).map_or(manifest, |block| block.content);
    format!("{}\n\n", unsigned.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_found_at_the_start_of_a_line_only() {
        assert_eq!(find("metadata:\n  a: -----BEGIN CMS-----\n"), None);
        let text = "metadata:\n\n-----BEGIN CMS-----\nAA==\n-----END CMS-----\n\nSource: b\n";
        let block = find(text).unwrap();
        assert_eq!(block.content, "metadata:\n\n");
        assert_eq!(block.pem, "-----BEGIN CMS-----\nAA==\n-----END CMS-----");
        assert_eq!(block.after, "Source: b");
    }

    #[test]
    fn what_is_signed_does_not_depend_on_a_signature_that_was_there() {
        for text in [
            "a\n",
            "a",
            "a\n\n\n",
            "a\n\n-----BEGIN CMS-----\nx\n-----END CMS-----\n",
        ] {
            assert_eq!(content(text), "a\n\n");
        }
    }
}
