//! What the standard library has no words for. None of this runs in a real worker.
#![expect(unsafe_code, reason = "an attacker does not keep to safe code")]

use std::{ffi::CString, io, mem, os::unix::ffi::OsStrExt, path::Path, ptr};

use libc::{c_int, c_long, c_void};

/// `Ok` when the kernel did it. The value of a call that gives a descriptor is not kept: the attacker ends soon.
fn checked(result: impl Into<i64>) -> io::Result<i64> {
    let result = result.into();
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// A system call whose arguments are plain numbers.
fn call(number: c_long, arguments: [c_long; 5]) -> io::Result<i64> {
    let [a, b, c, d, e] = arguments;
    // SAFETY: for callers that pass numbers only; the kernel writes to no memory of ours.
    checked(unsafe { libc::syscall(number, a, b, c, d, e) })
}

/// Lets programs started from here inherit the descriptor.
pub(super) fn keep_when_started(descriptor: c_int) -> io::Result<()> {
    // SAFETY: F_SETFD takes a number.
    checked(unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) }).map(drop)
}

pub(super) fn read(descriptor: c_int, bytes: &mut [u8]) -> io::Result<i64> {
    // SAFETY: no more is written than the slice holds.
    checked(unsafe { libc::read(descriptor, bytes.as_mut_ptr().cast(), bytes.len()) } as i64)
}

pub(super) fn socket(family: c_int) -> io::Result<()> {
    call(libc::SYS_socket, [family.into(), libc::SOCK_RAW.into(), 0, 0, 0]).map(drop)
}

pub(super) fn fork() -> io::Result<()> {
    // SAFETY: the child does nothing but exit.
    match unsafe { libc::fork() } {
        // SAFETY: it ends the child without running anything of the parent's.
        0 => unsafe { libc::_exit(0) },
        result => checked(result).map(drop),
    }
}

pub(super) fn clone3() -> io::Result<()> {
    // `struct clone_args` in its first version: eight numbers, the fifth of which is the signal of its end.
    let arguments: [u64; 8] = [0, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
    // SAFETY: the structure outlives the call, and the child does nothing but exit.
    match unsafe { libc::syscall(libc::SYS_clone3, arguments.as_ptr(), mem::size_of_val(&arguments)) } {
        // SAFETY: it ends the child without running anything of the parent's.
        0 => unsafe { libc::_exit(0) },
        result => checked(result).map(drop),
    }
}

/// Signal 0 only asks whether it could be sent.
const NO_SIGNAL: c_long = 0;

pub(super) fn signal(process: i32) -> io::Result<()> {
    call(libc::SYS_kill, [process.into(), NO_SIGNAL, 0, 0, 0]).map(drop)
}

pub(super) fn signal_thread(process: i32) -> io::Result<()> {
    call(libc::SYS_tgkill, [process.into(), process.into(), NO_SIGNAL, 0, 0]).map(drop)
}

pub(super) fn signal_by_queue(process: i32) -> io::Result<()> {
    // SAFETY: zeros are a valid siginfo.
    let mut about: libc::siginfo_t = unsafe { mem::zeroed() };
    about.si_code = libc::SI_QUEUE;
    // SAFETY: the structure outlives the call.
    let sent = unsafe { libc::syscall(libc::SYS_rt_sigqueueinfo, process, NO_SIGNAL, &raw mut about) };
    checked(sent).map(drop)
}

fn handle(process: i32) -> io::Result<i64> {
    call(libc::SYS_pidfd_open, [process.into(), 0, 0, 0, 0])
}

pub(super) fn signal_by_handle(process: i32) -> io::Result<()> {
    call(libc::SYS_pidfd_send_signal, [handle(process)?, NO_SIGNAL, 0, 0, 0]).map(drop)
}

pub(super) fn trace(process: i32) -> io::Result<()> {
    // It does not stop the host, and ends with the attacker.
    call(libc::SYS_ptrace, [libc::PTRACE_SEIZE.into(), process.into(), 0, 0, 0]).map(drop)
}

pub(super) fn read_memory(process: i32, address: usize, into: &mut [u8]) -> io::Result<()> {
    let here = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let there = libc::iovec { iov_base: ptr::without_provenance_mut(address), iov_len: into.len() };
    // SAFETY: no more is written than `into` holds; the other address is the other process's.
    let read = unsafe { libc::process_vm_readv(process, &raw const here, 1, &raw const there, 1, 0) };
    checked(read as i64).map(drop)
}

pub(super) fn take_descriptor(process: i32, descriptor: i32) -> io::Result<()> {
    call(libc::SYS_pidfd_getfd, [handle(process)?, descriptor.into(), 0, 0, 0]).map(drop)
}

pub(super) fn change_limits(process: i32) -> io::Result<()> {
    // No core file of the host: of all limits the one it misses least.
    let limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure outlives the call, and the old limit is not asked for.
    let changed = unsafe { libc::prlimit(process, libc::RLIMIT_CORE, &raw const limit, ptr::null_mut()) };
    checked(changed).map(drop)
}

pub(super) fn enter_namespaces(process: i32) -> io::Result<()> {
    call(libc::SYS_setns, [handle(process)?, libc::CLONE_NEWNET.into(), 0, 0, 0]).map(drop)
}

fn memory_file(content: &[u8]) -> io::Result<c_int> {
    // SAFETY: the name is a C string, and no more is read than the slice holds.
    unsafe {
        let file = libc::memfd_create(c"attack".as_ptr(), libc::MFD_CLOEXEC);
        checked(file)?;
        checked(libc::write(file, content.as_ptr().cast(), content.len()) as i64)?;
        Ok(file)
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) fn run_from_memory(program: &[u8]) -> io::Result<()> {
    let file = memory_file(program)?;
    let nothing: [*const libc::c_char; 1] = [ptr::null()];
    // SAFETY: the lists end with null; nothing comes back unless it failed.
    let result = unsafe {
        let lists = nothing.as_ptr();
        libc::syscall(libc::SYS_execveat, file, c"".as_ptr(), lists, lists, libc::AT_EMPTY_PATH)
    };
    checked(result).map(drop)
}

const PAGE: usize = 4096;

fn map(access: c_int, how: c_int, file: c_int) -> io::Result<*mut c_void> {
    // SAFETY: a new mapping at no fixed address touches no memory of ours.
    let mapped = unsafe { libc::mmap(ptr::null_mut(), PAGE, access, how, file, 0) };
    if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(mapped) }
}

pub(super) fn writable_code() -> io::Result<()> {
    let access = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
    map(access, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1).map(drop)
}

pub(super) fn written_code() -> io::Result<()> {
    let memory = map(libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)?;
    // SAFETY: the page was mapped just now and is nobody else's.
    unsafe {
        memory.cast::<u8>().write(0xc3);
        checked(libc::mprotect(memory, PAGE, libc::PROT_READ | libc::PROT_EXEC)).map(drop)
    }
}

pub(super) fn file_as_code() -> io::Result<()> {
    let file = memory_file(&[0xc3])?;
    map(libc::PROT_READ | libc::PROT_EXEC, libc::MAP_PRIVATE, file).map(drop)
}

pub(super) fn userfaultfd() -> io::Result<()> {
    /// Faults of this program alone, not the kernel's: what ordinary users may have.
    const USER_MODE_ONLY: c_long = 1;
    call(libc::SYS_userfaultfd, [USER_MODE_ONLY, 0, 0, 0, 0]).map(drop)
}

pub(super) fn io_uring() -> io::Result<()> {
    // `struct io_uring_params`, all zero: no wishes.
    let mut parameters = [0_u8; 120];
    // SAFETY: the structure has the size the kernel writes, and outlives the call.
    checked(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) }).map(drop)
}

pub(super) fn add_key() -> io::Result<()> {
    const PROCESS_KEYRING: c_int = -2;
    let payload = b"x";
    // SAFETY: two C strings, and one byte that is read.
    let added = unsafe {
        let (kind, name) = (c"user".as_ptr(), c"narrows-attack".as_ptr());
        libc::syscall(libc::SYS_add_key, kind, name, payload.as_ptr(), payload.len(), PROCESS_KEYRING)
    };
    checked(added).map(drop)
}

pub(super) fn bpf() -> io::Result<()> {
    /// `BPF_MAP_CREATE` of an array with one entry: kind, size of a key, size of a value, entries.
    const MAP_CREATE: c_int = 0;
    let mut wanted = [0_u32; 32];
    wanted[..4].copy_from_slice(&[2, 4, 4, 1]);
    // SAFETY: the structure is larger than what the kernel reads, and outlives the call.
    let made =
        unsafe { libc::syscall(libc::SYS_bpf, MAP_CREATE, wanted.as_mut_ptr(), mem::size_of_val(&wanted)) };
    checked(made).map(drop)
}

pub(super) fn measure(process: i32) -> io::Result<()> {
    // `struct perf_event_attr` of 64 bytes: software (1), its size, the processor's clock (0), user mode only.
    let mut wanted = [0_u32; 16];
    wanted[..2].copy_from_slice(&[1, 64]);
    wanted[10] = 1 << 5 | 1 << 6;
    // SAFETY: the structure has the size it says, and outlives the call.
    let opened = unsafe { libc::syscall(libc::SYS_perf_event_open, wanted.as_ptr(), process, -1, -1, 0) };
    checked(opened).map(drop)
}

pub(super) fn make_namespaces() -> io::Result<()> {
    // Not from a program with threads, as an attacker's is: it would be refused for that alone.
    // SAFETY: the child does one system call and exits with what came of it.
    let child = unsafe { libc::syscall(libc::SYS_clone, libc::CLONE_NEWUSER | libc::SIGCHLD, 0, 0, 0, 0) };
    if child == 0 {
        // SAFETY: it ends the child without running anything of the parent's.
        unsafe { libc::_exit(0) }
    }
    checked(child).map(drop)
}

fn c_path(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

pub(super) fn mount(over: &Path) -> io::Result<()> {
    let over = c_path(over)?;
    // SAFETY: C strings and null, all of which outlive the calls.
    unsafe {
        let kind = c"tmpfs".as_ptr();
        checked(libc::mount(kind, over.as_ptr(), kind, 0, ptr::null()))?;
        // It has shown what it can; the machine is to be left as it was.
        checked(libc::umount2(over.as_ptr(), libc::MNT_DETACH)).map(drop)
    }
}

pub(super) fn chroot(to: &Path) -> io::Result<()> {
    let to = c_path(to)?;
    // SAFETY: a C string that outlives the call.
    checked(unsafe { libc::chroot(to.as_ptr()) }).map(drop)
}

pub(super) fn become_root() -> io::Result<()> {
    call(libc::SYS_setresuid, [0, 0, 0, 0, 0]).map(drop)
}

pub(super) fn dumpable() -> io::Result<()> {
    call(libc::SYS_prctl, [libc::PR_SET_DUMPABLE.into(), 1, 0, 0, 0]).map(drop)
}
