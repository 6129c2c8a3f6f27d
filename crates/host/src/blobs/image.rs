//! Which images a model can be shown: by what they are, not by what is said of them. An interface of a model refuses a
//! whole conversation for one picture that it cannot read.

use memchr::memmem;

/// The kind of a whole image, as it is written in the protocol; `None` for everything else.
pub(super) fn kind(bytes: &[u8]) -> Option<&'static str> {
    let ends_with = |mark: &[u8]| memmem::rfind(bytes, mark).is_some();
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => {
            ends_with(b"IEND\xae\x42\x60\x82").then_some("image/png")
        }
        [0xff, 0xd8, 0xff, ..] => ends_with(&[0xff, 0xd9]).then_some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
            let last = bytes.iter().rfind(|byte| **byte != 0);
            (last == Some(&b';')).then_some("image/gif")
        }
        [b'R', b'I', b'F', b'F', a, b, c, d, b'W', b'E', b'B', b'P', ..] => {
            let announced = u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + 8;
            (announced <= bytes.len() as u64).then_some("image/webp")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_bytes_and_only_when_it_is_whole() {
        let png = b"\x89PNG\r\n\x1a\n....IEND\xae\x42\x60\x82";
        let webp = b"RIFF\x05\0\0\0WEBP.";
        for (bytes, expect) in [
            (&png[..], Some("image/png")),
            (&png[..12], None),
            (b"\xff\xd8\xff\xe0...\xff\xd9", Some("image/jpeg")),
            (b"\xff\xd8\xff\xe0...", None),
            (b"GIF89a...;\0", Some("image/gif")),
            (b"GIF89a...", None),
            (webp, Some("image/webp")),
            (&webp[..12], None),
            (b"<script>", None),
            (b"", None),
        ] {
            assert_eq!(kind(bytes), expect, "{bytes:?}");
        }
    }
}
