//! The kernel's large and little-used doors, through which most of its holes were found.

use super::{Attempt, native};

pub(super) const ATTEMPTS: &[Attempt] = &[
    ("set up io_uring", |_| native::io_uring()),
    ("handle its own page faults", |_| native::userfaultfd()),
    ("keep a key in the kernel", |_| native::add_key()),
    ("make a map for kernel programs", |_| native::bpf()),
    ("measure the host", |target| native::measure(target.process)),
    ("make namespaces", |_| native::make_namespaces()),
    ("mount a file system", |target| native::mount(&target.path("folder"))),
    ("change its root", |target| native::chroot(&target.folder)),
    ("become root", |_| native::become_root()),
    ("let others look inside", |_| native::dumpable()),
];
