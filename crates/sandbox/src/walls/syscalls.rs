//! Seccomp: the few system calls a worker lives with. Everything else fails with `EPERM`.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter_all_threads,
};

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

/// What makes a clone a thread of this process and not a process.
const THREAD: i32 = libc::CLONE_THREAD | libc::CLONE_VM | libc::CLONE_SIGHAND;

/// What would take a thread to another namespace.
const NAMESPACES: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// Installs the list on every thread of the process.
pub(super) fn raise() -> Result<(), String> {
    // `clone3` hides its flags in memory, where no filter can look. Saying that the kernel does not have it makes the
    // C library start threads by `clone`. Of two filters the stricter answer counts.
    for filter in [no_clone3(), only_allowed()] {
        let program = filter
            .and_then(TryInto::<seccompiler::BpfProgram>::try_into)
            .map_err(|error| format!("the filter cannot be built: {error}"))?;
        apply_filter_all_threads(&program).map_err(|error| format!("seccomp: {error}"))?;
    }
    Ok(())
}

fn no_clone3() -> Result<SeccompFilter, BackendError> {
    let rules = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    filter(rules, SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS as u32))
}

fn only_allowed() -> Result<SeccompFilter, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|&call| (call, Vec::new())).collect();
    // Memory may be had and changed, but never become code: what runs was there before.
    rules.insert(libc::SYS_mmap, vec![rule([bits(2, libc::PROT_EXEC, 0)?])?]);
    rules.insert(libc::SYS_mprotect, vec![rule([bits(2, libc::PROT_EXEC, 0)?])?]);
    rules.insert(libc::SYS_clone, vec![rule([bits(0, THREAD, THREAD)?, bits(0, NAMESPACES, 0)?])?]);
    // An abort signals the process itself. Signals to others: no.
    let itself = u64::from(std::process::id());
    let to_itself = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, itself)?;
    rules.insert(libc::SYS_tgkill, vec![rule([to_itself])?]);
    filter(rules, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)
}

fn filter(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<SeccompFilter, BackendError> {
    SeccompFilter::new(rules, otherwise, matched, std::env::consts::ARCH.try_into()?)
}

fn rule<const N: usize>(conditions: [SeccompCondition; N]) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions.into())
}

/// The argument's bits under the mask are exactly these.
fn bits(argument: u8, mask: i32, value: i32) -> Result<SeccompCondition, BackendError> {
    let under = SeccompCmpOp::MaskedEq(u64::from(mask as u32));
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, under, u64::from(value as u32))
}
