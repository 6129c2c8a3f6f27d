//! Making seccomp filters: what the lists of all workers have in common.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// The system calls that are allowed, each with the rules of which one must hold; without any it always is.
pub(crate) type Rules = BTreeMap<libc::c_long, Vec<SeccompRule>>;

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

/// The filters to install, one after the other: of these calls, threads, and signals to the process itself; everything
/// else fails with `EPERM`.
pub(crate) fn programs(allowed: Result<Rules, BackendError>) -> Result<[BpfProgram; 2], String> {
    // `clone3` hides its flags in memory, where no filter can look. Saying that the kernel does not have it makes the
    // C library start threads by `clone`. Of two filters the stricter answer counts.
    let made = || Ok([no_clone3()?.try_into()?, only(allowed?)?.try_into()?]);
    made().map_err(|error: BackendError| format!("the filter cannot be built: {error}"))
}

fn no_clone3() -> Result<SeccompFilter, BackendError> {
    let rules = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    filter(rules, SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS as u32))
}

fn only(mut rules: Rules) -> Result<SeccompFilter, BackendError> {
    rules.insert(libc::SYS_clone, vec![rule([bits(0, THREAD, THREAD)?, bits(0, NAMESPACES, 0)?])?]);
    // An abort signals the process itself. Signals to others: no.
    rules.insert(libc::SYS_tgkill, vec![rule([equal(0, u64::from(std::process::id()))?])?]);
    filter(rules, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)
}

fn filter(
    rules: Rules,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<SeccompFilter, BackendError> {
    SeccompFilter::new(rules, otherwise, matched, std::env::consts::ARCH.try_into()?)
}

/// A rule that holds when all conditions do.
pub(crate) fn rule<const N: usize>(conditions: [SeccompCondition; N]) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions.into())
}

/// The lower half of the argument is exactly this.
pub(crate) fn equal(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

/// The argument's bits under the mask are exactly these.
pub(crate) fn bits(argument: u8, mask: i32, value: i32) -> Result<SeccompCondition, BackendError> {
    let under = SeccompCmpOp::MaskedEq(u64::from(mask as u32));
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, under, u64::from(value as u32))
}
