//! Images that hold what a cluster's nodes would download when they boot: what belongs into one,
//! and putting it there with the node script that the nodes themselves run.

mod bake;
mod recipe;

pub use bake::{BakeError, ContainerImages, into_image, into_root};
pub use recipe::recipe;
