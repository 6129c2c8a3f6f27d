//! Where sign-ins are kept: a folder of the data folder with one drawer for each entry of a configuration.
//!
//! A credential is sealed (ChaCha20-Poly1305) under a key that lies in a file of its own beside it, for its owner alone. That keeps it out of
//! what is searched, indexed, shown or copied file by file; whoever may read both files can open it. It is sealed to its drawer, so that a
//! file that is moved to another one opens nothing there. A drawer is locked while its credential is renewed.

use std::{
    fs::Metadata,
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use files::{Folder, Locked, name_for};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};

use super::credential::Credential;

const FOLDER: &str = "sign-in";
const KEY: &str = "key";
const KEY_BYTES: usize = 32;
const SEALED: &str = "credential";
/// Tokens are some kilobytes; some providers pack a person's groups into them.
const SEALED_BYTES_MAX: u64 = 1 << 20;

/// The folder of all sign-ins.
pub(crate) struct Store {
    path: PathBuf,
}

/// The place of one server's credential. Entries with the same address have one each.
#[derive(Clone)]
pub(crate) struct Drawer {
    store: PathBuf,
    /// What the credential is of: the name of the entry and its address.
    label: String,
}

/// By what another credential is told from the one before, without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(u64, i64, i64);

impl Store {
    /// The one in a data folder. Nothing is made before something is kept.
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self { path: data_dir.join(FOLDER) }
    }

    /// The place for a server of this name at this address.
    pub(crate) fn drawer(&self, server: &str, url: &str) -> Drawer {
        Drawer { store: self.path.clone(), label: format!("{server}\n{url}") }
    }
}

impl Drawer {
    /// What tells the credential of this moment from others; `None` where there is none.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        let of = |file: Metadata| Stamp(file.ino(), file.mtime(), file.mtime_nsec());
        self.path().join(SEALED).symlink_metadata().ok().map(of)
    }

    /// The credential, where there is one.
    pub(crate) fn read(&self) -> io::Result<Option<Credential>> {
        let read = || -> io::Result<Credential> {
            let sealed = Folder::open(&self.path())?.read(SEALED, SEALED_BYTES_MAX)?;
            let key = key(&Folder::open(&self.store)?)?;
            let opened = open(&key, &self.label, sealed).ok_or_else(|| damaged("cannot be opened"))?;
            serde_json::from_slice(&opened).map_err(|_| damaged("cannot be read"))
        };
        match read() {
            Ok(credential) => Ok(Some(credential)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Does `work` while no other process changes the credential. Waits for those that do.
    pub(super) fn locked<T>(&self, work: impl FnOnce(&Open<'_>) -> T) -> io::Result<T> {
        let store = Folder::make(&self.store)?;
        let folder = Folder::make(&self.path())?;
        let open = Open { drawer: self, store: &store, locked: folder.lock()? };
        Ok(work(&open))
    }

    /// Forgets the credential; whether there was one.
    pub(super) fn forget(&self) -> io::Result<bool> {
        if self.stamp().is_none() {
            return Ok(false);
        }
        let removed = self.locked(|open| match open.locked.remove(SEALED) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        });
        removed.flatten()
    }

    fn path(&self) -> PathBuf {
        self.store.join(name_for(&self.label))
    }
}

/// A drawer whose lock is held.
pub(super) struct Open<'f> {
    drawer: &'f Drawer,
    store: &'f Folder,
    locked: Locked<'f>,
}

impl Open<'_> {
    /// The credential, where there is one.
    pub(super) fn read(&self) -> io::Result<Option<Credential>> {
        self.drawer.read()
    }

    /// Keeps a credential in place of the one before.
    pub(super) fn write(&self, credential: &Credential) -> io::Result<()> {
        let key = key_or_new(self.store)?;
        let plain = serde_json::to_vec(credential)?;
        let sealed = seal(&key, &self.drawer.label, plain).ok_or_else(|| damaged("cannot be sealed"))?;
        self.locked.replace(SEALED, &sealed)
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the credential {what}"))
}

fn key(store: &Folder) -> io::Result<LessSafeKey> {
    let bytes = store.read(KEY, KEY_BYTES as u64)?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes);
    key.map(LessSafeKey::new).map_err(|_| damaged("has no usable key"))
}

/// The key; the first that keeps something makes it.
fn key_or_new(store: &Folder) -> io::Result<LessSafeKey> {
    let locked = store.lock()?;
    match key(store) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            locked.replace(KEY, &random::<KEY_BYTES>()?)?;
            key(store)
        }
        found => found,
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no random numbers can be had"))?;
    Ok(bytes)
}

/// A random nonce of 96 bits: a key seals some thousand credentials in its life, not billions.
fn seal(key: &LessSafeKey, label: &str, mut plain: Vec<u8>) -> Option<Vec<u8>> {
    let nonce = random::<NONCE_LEN>().ok()?;
    let sealing = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(sealing, Aad::from(label), &mut plain).ok()?;
    Some([&nonce[..], &plain].concat())
}

fn open(key: &LessSafeKey, label: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let plain = key.open_in_place(nonce, Aad::from(label), body).ok()?;
    Some(plain.to_vec())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use serde_json::json;

    use super::*;
    use crate::auth::credential::Client;

    fn credential(token: &str) -> Credential {
        let client = Client {
            issuer: None,
            id: "client".to_owned(),
            secret: None,
            scopes: Vec::new(),
            challenge: None,
        };
        let answer = json!({"access_token": token, "refresh_token": format!("{token}-refresh")});
        Credential::of_answer(&answer, &client, None).expect("an answer with a token")
    }

    fn token(drawer: &Drawer) -> Option<bool> {
        drawer.read().expect("readable").map(|credential| credential.has_token("secret-token-1"))
    }

    fn keep(drawer: &Drawer, credential: &Credential) {
        drawer.locked(|open| open.write(credential)).expect("a lock").expect("kept");
    }

    #[test]
    fn a_credential_is_sealed_to_its_entry() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::of(dir.path());
        let (one, two) = (store.drawer("a", "https://a.example/"), store.drawer("b", "https://a.example/"));
        assert_eq!((token(&one), one.stamp()), (None, None));
        keep(&one, &credential("secret-token-1"));
        assert_eq!((token(&one), token(&two)), (Some(true), None));

        let (first, file) = (one.stamp(), one.path().join(SEALED));
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&one.store.join(KEY)), 0o600);
        assert_eq!(mode(&one.store), 0o700);
        let bytes = fs::read(&file).expect("it is there");
        assert!(!String::from_utf8_lossy(&bytes).contains("secret-token"));

        keep(&two, &credential("secret-token-2"));
        fs::copy(&file, two.path().join(SEALED)).expect("copied");
        let moved = two.read().err().expect("sealed to another entry");
        assert_eq!(moved.to_string(), "the credential cannot be opened");
        keep(&one, &credential("secret-token-1"));
        assert_ne!(one.stamp(), first);
        assert!(one.forget().expect("removed"));
        assert!(!one.forget().expect("nothing there"));
        assert_eq!(token(&one), None);
    }
}
