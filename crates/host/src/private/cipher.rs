//! Encrypts the pages of vaults: ChaCha20-Poly1305, each page bound to its workspace and its number.
//!
//! The key is one of the configuration, where several machines share a store, else a file of the data folder. It keeps a
//! copy of the database from being read, not the data folder: who has both has the values.

use std::{io, path::Path};

use files::Folder;
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest,
};
use secrecy::{ExposeSecret, SecretString};

/// The file of the data folder that holds the key.
const KEY_FILE: &str = "vault.key";

const KEY_BYTES: usize = 32;

/// Encrypts and decrypts pages.
pub(crate) struct Cipher {
    key: LessSafeKey,
}

impl Cipher {
    /// With a key of the configuration. It is a secret of many characters: nothing slows down who guesses it.
    pub(crate) fn of_secret(secret: &SecretString) -> Self {
        let hash = digest::digest(&digest::SHA256, secret.expose_secret().as_bytes());
        Self::of_bytes(hash.as_ref())
    }

    /// With the key of a data folder, made when there is none.
    pub(crate) fn of_folder(data_dir: &Path) -> io::Result<Self> {
        let folder = Folder::named(data_dir)?;
        let locked = folder.lock()?;
        let key = match folder.read(KEY_FILE, KEY_BYTES as u64) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; KEY_BYTES];
                getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
                locked.replace(KEY_FILE, &key)?;
                key.to_vec()
            }
            read => read?,
        };
        match key.len() {
            KEY_BYTES => Ok(Self::of_bytes(&key)),
            other => Err(io::Error::other(format!("`{KEY_FILE}` holds {other} bytes and not {KEY_BYTES}"))),
        }
    }

    fn of_bytes(key: &[u8]) -> Self {
        // Both callers give the bytes this cipher takes.
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).unwrap_or_else(|_| unreachable!("32 bytes"));
        Self { key: LessSafeKey::new(key) }
    }

    /// Encrypts what is bound to a text: the nonce, then the content with its tag.
    pub(crate) fn seal(&self, mut content: Vec<u8>, bound_to: &str) -> io::Result<Vec<u8>> {
        // Random, so that processes that share a key need not agree: for some billion pages of one key none repeats.
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
        let mut sealed = nonce.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound_to), &mut content)
            .map_err(|_| io::Error::other("the content is too large to be encrypted"))?;
        sealed.append(&mut content);
        Ok(sealed)
    }

    /// Decrypts it. `None` where the key is another, or what it is bound to, or it was changed.
    pub(crate) fn open(&self, sealed: &[u8], bound_to: &str) -> Option<Vec<u8>> {
        let (nonce, content) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = content.to_vec();
        let bytes = self.key.open_in_place(nonce, Aad::from(bound_to), &mut content).ok()?.len();
        content.truncate(bytes);
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_is_opened_with_the_same_key_and_name_alone() {
        let secret = SecretString::from("a secret of a configuration");
        let (cipher, other) = (Cipher::of_secret(&secret), Cipher::of_secret(&"another".into()));
        let sealed = cipher.seal(b"maria@example.com".to_vec(), "default 1").expect("sealed");
        assert!(!sealed.windows(5).any(|bytes| bytes == b"maria"));
        let opened = Cipher::of_secret(&secret).open(&sealed, "default 1");
        assert_eq!(opened.as_deref(), Some(&b"maria@example.com"[..]));
        assert_eq!(cipher.open(&sealed, "default 2"), None, "another page");
        assert_eq!(other.open(&sealed, "default 1"), None, "another key");
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        assert_eq!(cipher.open(&changed, "default 1"), None, "changed");
        assert_eq!(cipher.open(&sealed[..8], "default 1"), None, "cut");
        assert_ne!(cipher.seal(b"maria@example.com".to_vec(), "default 1").expect("sealed"), sealed);
    }

    #[test]
    fn the_key_of_a_folder_is_made_once_and_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let sealed = Cipher::of_folder(dir.path()).expect("a key").seal(b"x".to_vec(), "").expect("sealed");
        assert_eq!(Cipher::of_folder(dir.path()).expect("the key").open(&sealed, ""), Some(b"x".to_vec()));
        let file = dir.path().join(KEY_FILE);
        let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(&file, b"short").expect("written");
        let error = Cipher::of_folder(dir.path()).err().expect("an error").to_string();
        assert_eq!(error, "`vault.key` holds 5 bytes and not 32");
    }
}
