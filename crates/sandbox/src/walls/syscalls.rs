//! Seccomp: the few system calls a worker lives with. Everything else fails with `EPERM`.

use seccompiler::{BackendError, apply_filter_all_threads};

use super::filter::{self, Rules, bits, rule};

/// Speaking on open pipes; threads among themselves; memory; time; ending. No call here opens, connects, starts or
/// reaches anything outside the process.
const ALLOWED: &[libc::c_long] = &[
    // the pipes
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_close,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    libc::SYS_ppoll,
    // threads
    libc::SYS_clone3,
    libc::SYS_futex,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_rseq,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    // memory
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    // time and chance
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_getrandom,
    // signals to itself: a trap of the engine is one, and so is an abort
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // the end
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Installs the list on every thread of the process.
pub(super) fn raise() -> Result<(), String> {
    for program in filter::programs(allowed())? {
        apply_filter_all_threads(&program).map_err(|error| format!("seccomp: {error}"))?;
    }
    Ok(())
}

fn allowed() -> Result<Rules, BackendError> {
    let mut rules: Rules = ALLOWED.iter().map(|&call| (call, Vec::new())).collect();
    // Memory may be had and changed, but never become code: what runs was there before.
    rules.insert(libc::SYS_mmap, vec![rule([bits(2, libc::PROT_EXEC, 0)?])?]);
    rules.insert(libc::SYS_mprotect, vec![rule([bits(2, libc::PROT_EXEC, 0)?])?]);
    Ok(rules)
}
