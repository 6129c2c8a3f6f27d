//! The attacker we expect: a native program in a worker's place, behind the same walls.
//!
//! It stands for whoever got out of the engine. It tries everything such code would want and prints what came of it,
//! one attempt a line: `refused` or `DONE`. Tests run it behind all walls, where nothing may be done, and behind
//! all but one, which shows what each wall is good for.

use std::{
    fs, io,
    net::{TcpStream, UdpSocket},
    os::unix::{fs::symlink, net::UnixDatagram},
    process::{Command, ExitCode},
    thread,
};

use wire::Wall;

use crate::walls::Walls;

/// One thing to try.
type Attempt = (&'static str, fn() -> io::Result<()>);

/// What code outside the engine would want of a machine. The address is one where nobody listens: what counts is
/// whether the kernel lets the process ask.
const ATTEMPTS: [Attempt; 15] = [
    ("read a file outside", || fs::read("/etc/passwd").map(drop)),
    ("list a folder", || fs::read_dir("/").and_then(|mut found| found.next().transpose()).and_then(some)),
    ("read its environment", || fs::read("/proc/self/environ").map(drop)),
    ("write a file", || fs::write("/tmp/narrows-attack", "x")),
    ("make a link", || symlink("/etc/passwd", "/tmp/narrows-attack-link")),
    ("make a folder", || fs::create_dir("/tmp/narrows-attack-folder")),
    ("run a program", || Command::new("/bin/true").status().map(drop)),
    ("connect by TCP", tcp),
    ("send by UDP", || UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", "127.0.0.1:9").map(drop)),
    ("open a Unix socket", || UnixDatagram::unbound().map(drop)),
    ("become a process of its own", native::fork),
    ("signal its parent", native::signal_parent),
    ("trace its parent", native::trace_parent),
    ("read its parent's memory", native::read_parent),
    ("make memory executable", native::executable_memory),
];

/// `narrows worker attack [WALL…]`: raises the walls without those named, attacks, and says what came of it. The exit
/// code is 0 when nothing was done.
pub fn attack_main(without: &[String]) -> ExitCode {
    let mut walls = Walls::new(without.iter().filter_map(|name| Wall::named(name)).collect());
    walls.raise_first();
    // A worker has threads by the time the last wall is raised.
    let helper = thread::spawn(thread::park);
    for state in walls.raise_last() {
        say(&format!("wall {}: {}", state.wall, state.missing.as_deref().unwrap_or("stands")));
    }
    let mut done = 0;
    for (what, attempt) in ATTEMPTS {
        match attempt() {
            Ok(()) => {
                done += 1;
                say(&format!("DONE {what}"));
            }
            Err(error) => say(&format!("refused {what}: {error}")),
        }
    }
    helper.thread().unpark();
    if done == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "this program's whole output is its report")]
fn say(line: &str) {
    println!("{line}");
}

fn some<T>(found: Option<T>) -> io::Result<()> {
    found.map(drop).ok_or_else(|| io::Error::other("it is empty"))
}

/// A refusal by the other side means that the attempt reached it.
fn tcp() -> io::Result<()> {
    match TcpStream::connect("127.0.0.1:9") {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        other => other.map(drop),
    }
}

/// What the standard library has no words for.
#[expect(unsafe_code, reason = "an attacker does not keep to safe code; none of this runs in a real worker")]
mod native {
    use std::io;

    pub(super) fn fork() -> io::Result<()> {
        // SAFETY: the child does nothing but exit.
        match unsafe { libc::fork() } {
            // SAFETY: it ends the child without running anything of the parent's.
            0 => unsafe { libc::_exit(0) },
            result => checked(result.into()),
        }
    }

    pub(super) fn signal_parent() -> io::Result<()> {
        // SAFETY: signal 0 only asks whether it could be sent.
        checked(unsafe { libc::kill(libc::getppid(), 0) }.into())
    }

    pub(super) fn trace_parent() -> io::Result<()> {
        // SAFETY: SEIZE does not stop the parent, and takes no pointers.
        checked(unsafe { libc::ptrace(libc::PTRACE_SEIZE, libc::getppid(), 0, 0) })
    }

    pub(super) fn read_parent() -> io::Result<()> {
        let mut byte = 0_u8;
        let here = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        // The own address of a constant: where the parent, the same program, may well have memory too.
        let there = libc::iovec { iov_base: std::ptr::from_ref(&ATTACKER).cast_mut().cast(), iov_len: 1 };
        // SAFETY: one byte is written to `byte`, which outlives the call.
        let read =
            unsafe { libc::process_vm_readv(libc::getppid(), &raw const here, 1, &raw const there, 1, 0) };
        match checked(read as i64) {
            // The kernel let us in; only the address was wrong.
            Err(error) if error.raw_os_error() == Some(libc::EFAULT) => Ok(()),
            other => other,
        }
    }

    pub(super) fn executable_memory() -> io::Result<()> {
        let (size, access) = (4096, libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC);
        let how = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping at no fixed address touches no memory of ours.
        let mapped = unsafe { libc::mmap(std::ptr::null_mut(), size, access, how, -1, 0) };
        if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    static ATTACKER: u8 = 0;

    fn checked(result: i64) -> io::Result<()> {
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}
