//! No new code: what this process runs was there when it was loaded.

use std::io;

/// Forbids memory that can be written and run, and giving the right to run to memory that had it not. Seccomp
/// refuses the same calls; this is the kernel's memory management saying so itself.
#[expect(unsafe_code, reason = "no crate has a safe function for this one system call")]
pub(super) fn raise() -> Result<(), String> {
    const REFUSE_EXEC_GAIN: libc::c_ulong = 1;
    const NOTHING: libc::c_ulong = 0;
    // SAFETY: the call takes numbers; it changes what later calls may do and nothing else.
    let raised = unsafe { libc::prctl(libc::PR_SET_MDWE, REFUSE_EXEC_GAIN, NOTHING, NOTHING, NOTHING) };
    if raised == 0 {
        return Ok(());
    }
    match io::Error::last_os_error() {
        error if error.raw_os_error() == Some(libc::EINVAL) => {
            Err("this kernel cannot forbid new code; Linux 6.3 and newer can".to_owned())
        }
        error => Err(format!("prctl: {error}")),
    }
}
