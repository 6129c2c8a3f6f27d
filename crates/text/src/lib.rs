//! What messages to people and models are made of: names that are near another, counts, lists, and texts cut to a size.
//! Never knows what the texts are about.

mod cut;
mod list;
mod near;
mod nearest_json;

pub use cut::{beginning, cut};
pub use list::{counted, named, named_first};
pub use near::{alike, did_you_mean, loose, nearest, slips};
pub use nearest_json::nearest_json;
