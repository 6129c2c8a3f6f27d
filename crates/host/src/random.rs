//! Numbers nobody can guess, from the operating system.

/// A number that cannot be guessed from others.
///
/// # Panics
///
/// When the operating system has no random bytes to give. Linux always has, once it is up.
pub(crate) fn number() -> u64 {
    getrandom::u64().expect("the operating system gives random bytes")
}
