//! The versions of the protocol that are spoken here.

/// The version of the modern era.
pub(crate) const MODERN: &str = "2026-07-28";
/// The versions with an `initialize` handshake, newest first.
pub(crate) const LEGACY: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/// The first version whose clients repeat the version in a header.
pub(crate) const FIRST_WITH_HEADER: &str = "2025-06-18";
