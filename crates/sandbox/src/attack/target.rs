//! What an attacker wants: the host that started it, with something of every kind that can be taken.

use std::{
    env, fs, io,
    net::{TcpListener, UdpSocket},
    os::{
        fd::AsRawFd,
        linux::net::SocketAddrExt,
        unix::{
            fs::{PermissionsExt, symlink},
            net::{SocketAddr, UnixListener},
        },
    },
    path::{Path, PathBuf},
    process,
};

use super::native;

/// What nobody but the host may read: from its files, its descriptors and its memory.
pub(super) static SECRET: [u8; 24] = *b"known to the host alone.";

/// Where everything is, as an attacker knows it.
pub(super) struct Target {
    /// The host.
    pub(super) process: i32,
    /// Where [`SECRET`] is in the host's memory.
    pub(super) address: usize,
    /// The host's descriptor of the file with the secret, which it forgets to close when it starts a program.
    pub(super) descriptor: i32,
    /// Ports of the host on 127.0.0.1.
    pub(super) tcp: u16,
    pub(super) udp: u16,
    /// A folder of the host: `secret`, `link` to it, `socket`, `changed`, `removed` and `folder`.
    pub(super) folder: PathBuf,
}

/// The host, holding what its target names. It is all gone when this is dropped.
pub(super) struct Host {
    target: Target,
    _open: (fs::File, TcpListener, UdpSocket, UnixListener, UnixListener),
}

impl Host {
    pub(super) fn new() -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("narrows-attack-{}", process::id()));
        fs::create_dir(&folder)?;
        let secret = folder.join("secret");
        for name in ["secret", "changed", "removed"] {
            fs::write(folder.join(name), SECRET)?;
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o644))?;
        }
        fs::create_dir(folder.join("folder"))?;
        symlink(&secret, folder.join("link"))?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;

        let file = fs::File::open(&secret)?;
        native::keep_when_started(file.as_raw_fd())?;
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        let udp = UdpSocket::bind("127.0.0.1:0")?;
        let named = UnixListener::bind(folder.join("socket"))?;
        fs::set_permissions(folder.join("socket"), fs::Permissions::from_mode(0o777))?;
        let target = Target {
            process: process::id().cast_signed(),
            address: SECRET.as_ptr().addr(),
            descriptor: file.as_raw_fd(),
            tcp: tcp.local_addr()?.port(),
            udp: udp.local_addr()?.port(),
            folder,
        };
        let nameless = UnixListener::bind_addr(&target.abstract_address()?)?;
        Ok(Self { target, _open: (file, tcp, udp, named, nameless) })
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.target.folder);
    }
}

impl Target {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A Unix socket of the host that is no file.
    pub(super) fn abstract_address(&self) -> io::Result<SocketAddr> {
        SocketAddr::from_abstract_name(format!("narrows-attack-{}", self.process))
    }

    pub(super) fn to_argument(&self) -> String {
        let Self { process, address, descriptor, tcp, udp, folder } = self;
        format!("{process} {address} {descriptor} {tcp} {udp} {}", folder.display())
    }

    pub(super) fn from_argument(text: &str) -> Option<Self> {
        let mut words = text.splitn(6, ' ');
        Some(Self {
            process: words.next()?.parse().ok()?,
            address: words.next()?.parse().ok()?,
            descriptor: words.next()?.parse().ok()?,
            tcp: words.next()?.parse().ok()?,
            udp: words.next()?.parse().ok()?,
            folder: Path::new(words.next()?).to_owned(),
        })
    }
}

/// Whether what was read is the secret: anything else means that the attempt is not what it says.
pub(super) fn is_secret(read: &[u8]) -> io::Result<()> {
    if read == SECRET { Ok(()) } else { Err(io::Error::other("it read something else")) }
}
