//! What is found and what is not, beside what looks like it.

use privacy::{Kind, find};

/// What is found in a text, with its kind.
fn found(text: &str) -> Vec<(Kind, &str)> {
    find(text).into_iter().map(|span| (span.kind, &text[span.range])).collect()
}

#[track_caller]
fn finds(kind: &Kind, values: &[(&str, &str)]) {
    for (text, value) in values {
        assert_eq!(found(text), [(kind.clone(), *value)], "{text}");
    }
}

#[track_caller]
fn finds_nothing(texts: &[&str]) {
    for text in texts {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn mail_addresses_are_found() {
    finds(
        &Kind::Email,
        &[
            ("write to ada@example.com.", "ada@example.com"),
            ("Ada <ada.l+x@mail.example.co.uk>, Bob", "ada.l+x@mail.example.co.uk"),
            (r#"{"mail":"o'neil@example.org"}"#, "neil@example.org"),
            ("https://x.org/?to=ada@example.com&b=1", "ada@example.com"),
            ("mailto:zoë@exämple.de", "zoë@exämple.de"),
            ("ada@example.com.Then more", "ada@example.com.Then"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("'ada@example.com'", "ada@example.com"),
        ],
    );
    finds_nothing(&[
        "npm i react@18.2.0",
        "@angular/core",
        "git@github.com:owner/repository.git",
        "a@b",
        "ada@ example.com",
        "ada.@example.com",
        "@example.com",
        "user@-host-.com",
    ]);
}

#[test]
fn phone_numbers_are_found_by_their_form_or_the_word_beside_them() {
    finds(
        &Kind::Phone,
        &[
            ("+49 30 901820", "+49 30 901820"),
            ("+4930901820", "+4930901820"),
            ("(415) 555-0132", "(415) 555-0132"),
            ("415.555.0132 ext. 12 please", "415.555.0132 ext. 12"),
            ("1-415-555-0132x77", "1-415-555-0132x77"),
            ("001-415-555-0132", "001-415-555-0132"),
            ("Phone: 030 901820", "030 901820"),
            ("042 078 6381-office", "042 078 6381"),
            (r#"{"phone": 4155550132}"#, "4155550132"),
            ("tel:4155550132", "4155550132"),
            ("call back 0477 11 28 98 now", "0477 11 28 98"),
        ],
    );
    finds_nothing(&[
        "4155550132",
        "order 378-8461805-3038096",
        "2026-11-28 10:15:00",
        "call me on 2026-11-28",
        "call 12.11.2026",
        "build 8519457851",
        "v415.555.0132",
        "1502150145586",
        "a/415-555-0132/b",
        "12345678901234567890",
        "phone 5",
    ]);
}

#[test]
fn numbers_of_persons_are_found() {
    finds(
        &Kind::Ssn,
        &[
            ("ssn 123-45-6789", "123-45-6789"),
            ("123-45-6789", "123-45-6789"),
            (r#"{"ssn":"123456789"}"#, "123456789"),
            ("social security number: 123 45 6789", "123 45 6789"),
        ],
    );
    finds_nothing(&[
        "000-45-6789",
        "666-45-6789",
        "987-65-4321",
        "123456789",
        "1123-45-6789",
        "123-45-67890",
        "123 45 6789",
    ]);
}

#[test]
fn cards_are_held_to_their_check_digit() {
    finds(
        &Kind::CreditCard,
        &[
            ("4111111111111111", "4111111111111111"),
            ("card 4111 1111 1111 1111.", "4111 1111 1111 1111"),
            ("3782-822463-10005", "3782-822463-10005"),
            ("5555555555554444", "5555555555554444"),
            ("30569309025904", "30569309025904"),
        ],
    );
    finds_nothing(&[
        "4111111111111112",
        "1234567812345670",
        "0000000000000000",
        "x4111111111111111",
        "4111111111111111a",
        "41111111111111111111111",
    ]);
}

#[test]
fn accounts_are_held_to_their_length_and_checksum() {
    finds(
        &Kind::Iban,
        &[
            ("DE89370400440532013000", "DE89370400440532013000"),
            ("iban: GB82 WEST 1234 5698 7654 32, please", "GB82 WEST 1234 5698 7654 32"),
            ("\"NO9386011117947\"", "NO9386011117947"),
        ],
    );
    finds_nothing(&[
        "DE88370400440532013000",
        "XDE89370400440532013000",
        "DE893704004405320130001",
        "ZZ89370400440532013000",
        "DE89",
    ]);
}

#[test]
fn addresses_of_machines_are_found() {
    finds(
        &Kind::Ip,
        &[
            ("SRC=192.0.2.7 DST", "192.0.2.7"),
            ("http://192.0.2.7:8080/", "192.0.2.7"),
            ("192.0.2.7.", "192.0.2.7"),
            ("2001:db8:abcd::3033 is", "2001:db8:abcd::3033"),
            ("[fe80::1]:80", "fe80::1"),
            ("594b:d78a:6d03:dbd8:2c76:4d0e:c567:545f", "594b:d78a:6d03:dbd8:2c76:4d0e:c567:545f"),
            ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ],
    );
    finds_nothing(&[
        "v1.2.3.4",
        "1.2.3.4.5",
        "1.2.3.400",
        "192.0.2",
        "12:34:56",
        "std::io",
        "a::b",
        "::",
        "10:15:00.123",
        "1.2.3.4-rc1",
        "192.0.2.07",
    ]);
}

#[test]
fn several_are_found_in_order_and_none_over_another() {
    let text = r#"{"mail":"ada@example.com","tel":"+49 30 901820","ip":"192.0.2.7","n":4111111111111111,"ä":"DE89370400440532013000"}"#;
    let kinds: Vec<_> = found(text).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [Kind::Email, Kind::Phone, Kind::Ip, Kind::CreditCard, Kind::Iban]);
    assert_eq!(found("4155550132@example.com 415-555-0132@"), [(Kind::Email, "4155550132@example.com")]);
}

/// Texts made of what recognisers look at, by a generator of fixed seed.
fn texts() -> impl Iterator<Item = String> {
    const PARTS: [&str; 24] = [
        "@", ":", "::", ".", "-", " ", "+", "(", ")", "/", "1", "20", "415", "4111", "DE89", "ab", "x", "é",
        "😀", "tel ", "ssn ", "\n", "\"", "f",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    std::iter::repeat_with(move || {
        let mut text = String::new();
        for _ in 0..40 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push_str(PARTS[(state % PARTS.len() as u64) as usize]);
        }
        text
    })
}

#[test]
fn whatever_the_text_spans_are_pieces_of_it() {
    let mut count = 0;
    for text in texts().take(20_000) {
        let mut from = 0;
        for span in find(&text) {
            assert!(from <= span.range.start && span.range.start < span.range.end, "{span:?} of {text:?}");
            assert!(text.get(span.range.clone()).is_some(), "{span:?} of {text:?}");
            from = span.range.end;
            count += 1;
        }
    }
    assert!(count > 1_000, "the texts hold too little: {count}");
}
