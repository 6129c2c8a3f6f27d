//! Connections of every kind.

use std::{
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::net::UnixStream,
};

use super::{Attempt, native};

pub(super) const ATTEMPTS: &[Attempt] = &[
    ("connect by TCP", |target| TcpStream::connect(("127.0.0.1", target.tcp)).map(drop)),
    ("listen on TCP", |_| TcpListener::bind("127.0.0.1:0").map(drop)),
    ("send by UDP", |target| {
        UdpSocket::bind("0.0.0.0:0")?.send_to(b"x", ("127.0.0.1", target.udp)).map(drop)
    }),
    ("connect to a Unix socket", |target| UnixStream::connect(target.path("socket")).map(drop)),
    ("connect to a Unix socket without a file", |target| {
        UnixStream::connect_addr(&target.abstract_address()?).map(drop)
    }),
    ("make a pair of sockets", |_| UnixStream::pair().map(drop)),
    ("ask the kernel about the network", |_| native::socket(libc::AF_NETLINK)),
    ("read packets of others", |_| native::socket(libc::AF_PACKET)),
];
