//! A server that is somewhere else and speaks HTTP.

mod endpoint;
mod events;
mod legacy;
mod proxy;
mod remote;
mod signed;
mod streamable;

pub(crate) use legacy::LegacySse;
pub(crate) use remote::Remote;
pub use remote::use_tls;
pub(crate) use streamable::Streamable;
