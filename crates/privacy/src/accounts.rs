//! Bank accounts: IBANs, by their country's length and their checksum (ISO 13616).

use std::ops::Range;

use crate::bytes::{before, is_word};

/// The length of each country's accounts, by the alphabet. Source: SWIFT's registry of IBANs.
const LENGTHS: &str = "\
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 \
    EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 \
    IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 \
    NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 \
    SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 ";

/// The account whose check digits begin here.
pub(crate) fn iban(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(2)?;
    let country = [text[start].to_ascii_uppercase(), text[start + 1].to_ascii_uppercase()];
    if !country.iter().all(u8::is_ascii_uppercase) || before(text, start).is_some_and(is_word) {
        return None;
    }
    let length = length_in(&country)?;
    let end = end_of(text, start, length)?;
    let digits: Vec<u8> = text[start..end].iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    (!text.get(end).copied().is_some_and(is_word) && is_valid(&digits)).then_some(start..end)
}

fn length_in(country: &[u8]) -> Option<usize> {
    let (known, _) = LENGTHS.as_bytes().as_chunks::<5>();
    let at = known.binary_search_by(|known| known[..2].cmp(country)).ok()?;
    std::str::from_utf8(&known[at][2..4]).ok()?.parse().ok()
}

/// Where so many letters and digits end, with single spaces or hyphens between some.
fn end_of(text: &[u8], start: usize, length: usize) -> Option<usize> {
    let mut left = length;
    let mut was_between = false;
    for (at, byte) in text.iter().enumerate().skip(start) {
        match byte {
            byte if byte.is_ascii_alphanumeric() => {
                was_between = false;
                left -= 1;
                if left == 0 {
                    return Some(at + 1);
                }
            }
            b' ' | b'-' if !was_between => was_between = true,
            _ => return None,
        }
    }
    None
}

/// Country and check digits to the end, letters as numbers from 10 on: one more than a multiple of 97.
fn is_valid(account: &[u8]) -> bool {
    let (head, tail) = account.split_at(4);
    let rest = tail.iter().chain(head).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_is_found() {
        for known in LENGTHS.split_terminator(' ') {
            let (country, length) = known.split_at(2);
            assert_eq!(length_in(country.as_bytes()), length.parse().ok(), "{known}");
        }
        assert_eq!(length_in(b"ZZ"), None);
    }
}
