//! The surface as the other rooms use it.

mod files;
mod hostile;
mod lookup;
mod names;
mod search;
mod text;
mod tree;
mod types;
