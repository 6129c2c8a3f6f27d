//! Other processes, and the host's above all.

use std::{fs::File, io, os::unix::fs::FileExt, os::unix::process::CommandExt, process::Command};

use super::{
    Attempt, native,
    target::{SECRET, Target, is_secret},
};

pub(super) const ATTEMPTS: &[Attempt] = &[
    // Succeeding, it says so itself: nothing is left of the attacker.
    ("run a program", |_| Err(Command::new("/bin/echo").arg("DONE run a program").exec())),
    #[cfg(target_arch = "x86_64")]
    ("run a program made in memory", |_| {
        native::run_from_memory(&program("DONE run a program made in memory\n"))
    }),
    ("become a process of its own", |_| native::fork()),
    ("become a process in a newer way", |_| native::clone3()),
    ("signal the host", |target| native::signal(target.process)),
    ("signal the host's thread", |target| native::signal_thread(target.process)),
    ("signal the host by a queue", |target| native::signal_by_queue(target.process)),
    ("signal the host by a handle", |target| native::signal_by_handle(target.process)),
    ("trace the host", |target| native::trace(target.process)),
    ("read the host's memory", read_memory),
    ("read the host's memory as a file", |target| {
        let mut read = [0; SECRET.len()];
        File::open(format!("/proc/{}/mem", target.process))?
            .read_exact_at(&mut read, target.address as u64)?;
        is_secret(&read)
    }),
    ("take a descriptor of the host's", |target| native::take_descriptor(target.process, target.descriptor)),
    ("change the host's limits", |target| native::change_limits(target.process)),
    ("enter the host's namespaces", |target| native::enter_namespaces(target.process)),
];

fn read_memory(target: &Target) -> io::Result<()> {
    let mut read = [0; SECRET.len()];
    native::read_memory(target.process, target.address, &mut read)?;
    is_secret(&read)
}

/// A whole program that prints the line: headers for one segment, two system calls, the text.
#[cfg(target_arch = "x86_64")]
fn program(line: &str) -> Vec<u8> {
    const BASE: u64 = 0x40_0000;
    const HEADERS: u64 = 64 + 56;
    let size = HEADERS + 33 + line.len() as u64;
    let mut elf = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // An executable for x86-64: its entry, where its one program header is, no sections.
    elf.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    elf.extend((BASE + HEADERS).to_le_bytes());
    elf.extend(64_u64.to_le_bytes());
    elf.extend([0; 12]);
    elf.extend([64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    // All of the file, to be read and run.
    elf.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    for word in [0, BASE, BASE, size, size, 4096] {
        elf.extend(word.to_le_bytes());
    }
    // write(1, text, length); exit(0)
    elf.extend([0xb8, 1, 0, 0, 0, 0xbf, 1, 0, 0, 0, 0x48, 0x8d, 0x35, 16, 0, 0, 0]);
    elf.extend([0xba, line.len() as u8, 0, 0, 0, 0x0f, 0x05]);
    elf.extend([0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]);
    elf.extend(line.as_bytes());
    elf
}
