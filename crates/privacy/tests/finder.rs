//! What is found where in answers and output, and what stands there afterwards.

use privacy::{Finder, FinderOptions, Form, Kind, Known, Place, filled, hidden, slots, slots_in_text};

fn finder() -> Finder {
    let options = FinderOptions {
        patterns: vec![("STAFF".to_owned(), r"^EMP-\d{6}$".to_owned())],
        fields: vec![("NAME".to_owned(), vec!["full_name".to_owned(), "rows[].contact".to_owned()])],
        ..FinderOptions::default()
    };
    Finder::new(&options).expect("valid options")
}

/// What is found, as it is told.
fn told(places: &[Place<'_>]) -> Vec<String> {
    places.iter().map(|place| format!("{} {:?} {}", place.kind.name(), place.form, place.value)).collect()
}

/// The text with the names of kinds at the places.
fn shown(raw: &str, places: &[Place<'_>]) -> String {
    hidden(raw, places, |at| format!("[{}_{}]", places[at].kind.name(), at + 1))
}

#[test]
fn answers_are_hidden_where_personal_data_stands() {
    let check = |json: &str, expect: &str, values: &[&str]| {
        let finder = finder();
        let places = finder.in_answer(json);
        assert_eq!(shown(json, &places), expect);
        assert_eq!(told(&places), values, "{json}");
    };
    check(
        r#"{"a@b.de": ["x@y.de"]}"#,
        r#"{"[EMAIL_1]": ["[EMAIL_2]"]}"#,
        &["EMAIL Text a@b.de", "EMAIL Text x@y.de"],
    );
    check(
        r#"{"phone": 4155550132, "n": 7}"#,
        r#"{"phone": "[PHONE_1]", "n": 7}"#,
        &["PHONE Number 4155550132"],
    );
    check(r#""\nada\u0040example.com\/x""#, r#""\n[EMAIL_1]\/x""#, &["EMAIL Text ada@example.com"]);
    check(
        r#"{"text": "{\"phone\": 4155550132, \"to\": \"a\\u0040b.de\"}"}"#,
        r#"{"text": "{\"phone\": \"[PHONE_1]\", \"to\": \"[EMAIL_2]\"}"}"#,
        &["PHONE Number 4155550132", r"EMAIL Spelled a\u0040b.de"],
    );
    check(
        r#"["[EMAIL_1]", "[OTHER_1]", "[EMAIL_01]"]"#,
        r#"["[EMAIL_1]", "[OTHER_1]", "[EMAIL_01]"]"#,
        &["EMAIL LookAlike [EMAIL_1]"],
    );
    check(
        r#"["EMP-123456", "an EMP-123456"]"#,
        r#"["[STAFF_1]", "an EMP-123456"]"#,
        &["STAFF Text EMP-123456"],
    );
    check(
        r#"{"fullName": "Ada\nL", "rows": [{"Contact": {"x": ["Bob", 7, null]}}], "contact": "Eve"}"#,
        r#"{"fullName": "[NAME_1]", "rows": [{"Contact": {"x": ["[NAME_2]", "[NAME_3]", null]}}], "contact": "Eve"}"#,
        &["NAME Text Ada\nL", "NAME Text Bob", "NAME Number 7"],
    );
    check(
        "{\"full_name\": \"Ada \\ud800 L\"}",
        "{\"full_name\": \"[NAME_1]\\ud800[NAME_2]\"}",
        &["NAME Text Ada ", "NAME Text  L"],
    );
}

/// What a text looks like that is given as an answer, without the numbers.
fn answered(text: &str) -> String {
    let finder = finder();
    let places = finder.in_answer_text(text);
    hidden(text, &places, |at| format!("[{}_7]", places[at].kind.name()))
}

#[test]
fn what_is_coded_is_hidden_whole() {
    let check = |text: &str, expect: &str| assert_eq!(answered(text), expect, "{text}");
    check("YWRhQGV4YW1wbGUuY29t", "[EMAIL_7]");
    check("to=YWRhQGV4YW1wbGUuY29tIQ==;", "to=[EMAIL_7];");
    check("data:x/YWRhQGV4YW1wbGUuY29t", "data:[EMAIL_7]");
    check("YUB4LmNvbQ==", "[EMAIL_7]");
    check("Y2FyZCA0MTExIDExMTEgMTExMSAxMTExOyBhQGIuZGU_Pj8-", "[CREDIT_CARD_7]");
    check("0x616461406578616d706c652e636f6d", "[EMAIL_7]");
    check("616461406578616D706C652E636F6D,", "[EMAIL_7],");
    check("ada%40example.com&x=%20", "[EMAIL_7]&x=%20");
    check("ada%2540example.com", "[EMAIL_7]");
    check("%61%64%61%40%65%78%61%6d%70%6c%65%2e%63%6f%6d", "[EMAIL_7]");
    check("<b>ada&#64;example&period;com</b>", "<b>[EMAIL_7]</b>");
    check("&#x61;da&commat;example.com", "[EMAIL_7]");
    check(r"Result: ada\u0040example.com", "Result: [EMAIL_7]");
    check(r"b'ada\x40example.com'", "b'[EMAIL_7]'");
    check("zo%C3%AB%40example.com", "[EMAIL_7]");
    // Once more coded.
    check("YWRhJTQwZXhhbXBsZS5jb20=", "[EMAIL_7]");
    check("WVdSaFFHVjRZVzF3YkdVdVkyOXQ=", "[EMAIL_7]");
    check("5957526851475634595731776247557559323974", "[EMAIL_7]");
    check("YWRhQGV4YW1wbGUuY29tIQ%3D%3D", "[EMAIL_7]");
    for text in [
        "customer-records/internationalisation",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "550e8400-e29b-41d4-a716-446655440000",
        "100%25 &amp; more, C:\\new\\table",
        "4155550132",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    ] {
        check(text, text);
    }
}

#[test]
fn output_keeps_what_is_meant() {
    let mut known = Known::default();
    known.add(&Kind::named("NAME").expect("a name"), "Ada Lovelace");
    let json = r#"{"full_name": "Dr. [NAME_1]", "to": "[EMAIL_2]", "x": "Ada Lovelace"}"#;
    let finder = finder();
    let places = finder.in_output(json, &known);
    assert_eq!(
        shown(json, &places),
        r#"{"full_name": "[NAME_1][NAME_1]", "to": "[EMAIL_2]", "x": "[NAME_2]"}"#
    );
}

#[test]
fn what_a_script_was_given_is_found_in_other_spellings() {
    let mut known = Known::default();
    let named = |name: &str| Kind::named(name).expect("a name");
    for (kind, value) in [
        ("NAME", "Zoë de la Cruz"),
        ("EMAIL", "maria@x.com"),
        ("PHONE", "+49 30 901820"),
        ("CODE", "AB-77"),
        ("NAME", "Li"),
    ] {
        known.add(&named(kind), value);
    }
    let finder = finder();
    let check = |json: &str, expect: &str| {
        let places = finder.in_output(json, &known);
        assert_eq!(hidden(json, &places, |at| format!("[{}_7]", places[at].kind.name())), expect, "{json}");
    };
    check(r#"["MARIA at X.com", "m-a-r-i-a (x) com"]"#, r#"["MARIA at X.com", "[EMAIL_7]"]"#);
    check(r#"["it is moc.x@airam", "ZURC AL ED ËOZ!"]"#, r#"["it is [EMAIL_7]", "[NAME_7]!"]"#);
    check(r#"["maria@","x.com"]"#, r#"["[EMAIL_7]","[EMAIL_7]"]"#);
    check(
        r#"{"user":"maria","at":"@","domain":"x.com"}"#,
        r#"{"user":"[EMAIL_7]","at":"@","domain":"[EMAIL_7]"}"#,
    );
    check(r#"{"zoe": "x", "zoë_de_la_cruz": 1}"#, r#"{"zoe": "x", "[NAME_7]": 1}"#);
    check(
        r#"[4930901820, 14930901820, 493090, 1820]"#,
        r#"["[PHONE_7]", 14930901820, "[PHONE_7]", "[PHONE_7]"]"#,
    );
    check(r#"["49 (30) 901 820", "9 49 30 901820"]"#, r#"["[PHONE_7]", "9 [PHONE_7]"]"#);
    // Of few letters, only as the whole of a string.
    check(r#"["ab 77", "AB-778", "cab77", "Li"]"#, r#"["[CODE_7]", "AB-778", "cab77", "Li"]"#);
    // Coded, once.
    check(r#"["Wm/DqyBkZSBsYSBDcnV6", "enVyYyBhbCBlZCDDq296"]"#, r#"["[NAME_7]", "[NAME_7]"]"#);
    check(r#"["5a6fc3ab206465206c61204372757a", "Zo%C3%AB+de+la+Cruz"]"#, r#"["[NAME_7]", "[NAME_7]"]"#);
    check(r#"["n&#48;", "Zo&#xeb; de la Cruz"]"#, r#"["n&#48;", "[NAME_7]"]"#);
}

#[test]
fn slots_know_their_field() {
    let fields = |json: &str| slots(json).into_iter().map(|slot| slot.field).collect::<Vec<_>>();
    assert_eq!(fields(r#"{"to": "[EMAIL_1]"}"#), ["to"]);
    assert_eq!(
        fields(r#"{"all": [{"to": [{"email": "x [EMAIL_1]"}]}], "[EMAIL_2]": 1}"#),
        ["all[].to[].email", "[EMAIL_2]"]
    );
    assert_eq!(fields(r#"{"body": "{\"to\": [\"[EMAIL_1]\"]}"}"#), ["body.to[]"]);
    assert_eq!(fields(r#""[EMAIL_1]""#), [""]);
}

#[test]
fn values_are_written_as_their_place_needs() {
    let check = |json: &str, form: Form, value: &str, expect: &str| {
        assert_eq!(filled(json, &slots(json), |_| Some((form, value))), expect, "{json}");
    };
    check(r#"{"a": "[NAME_1]"}"#, Form::Text, "a \"b\"", r#"{"a": "a \"b\""}"#);
    check(r#"{"a": "{\"b\": \"[NAME_1]\"}"}"#, Form::Text, "a \"b\"", r#"{"a": "{\"b\": \"a \\\"b\\\"\"}"}"#);
    check(r#"{"a": "[PHONE_1]"}"#, Form::Number, "4155550132", r#"{"a": 4155550132}"#);
    check(
        r#"{"a": "{\"b\": \"[PHONE_1]\"}"}"#,
        Form::Number,
        "4155550132",
        r#"{"a": "{\"b\": 4155550132}"}"#,
    );
    check(r#"{"a": "tel [PHONE_1]", "[PHONE_1]": 1}"#, Form::Number, "41", r#"{"a": "tel 41", "41": 1}"#);
    check(
        r#"{"a": "{\"b\": \"[EMAIL_1]\"}"}"#,
        Form::Spelled,
        r"a\u0040b.de",
        r#"{"a": "{\"b\": \"a\\u0040b.de\"}"}"#,
    );
    let text = "to [EMAIL_1] and [EMAIL_2]";
    let value = |at: usize| (at == 0).then_some((Form::Text, "a@b.de"));
    assert_eq!(filled(text, &slots_in_text(text), value), "to a@b.de and [EMAIL_2]");
}

#[test]
fn options_that_cannot_be_used_are_refused() {
    let check = |patterns: &[(&str, &str)], fields: &[(&str, &str)], expect: &str| {
        let options = FinderOptions {
            patterns: patterns
                .iter()
                .map(|(kind, pattern)| ((*kind).to_owned(), (*pattern).to_owned()))
                .collect(),
            fields: fields
                .iter()
                .map(|(kind, path)| ((*kind).to_owned(), vec![(*path).to_owned()]))
                .collect(),
            ..FinderOptions::default()
        };
        let error = Finder::new(&options).expect_err("it cannot be used").to_string();
        assert!(error.starts_with(expect), "{error}");
    };
    check(&[("staff", "x")], &[], "invalid kind `staff`: use at most 32 capital letters, digits and `_`");
    check(&[("STAFF_", "x")], &[], "invalid kind `STAFF_`");
    check(&[("STAFF", "(")], &[], "invalid pattern of `STAFF`: regex parse error");
    check(&[("STAFF", "x*")], &[], "invalid pattern of `STAFF`: it matches the empty text");
    check(&[("STAFF", r"(\w{1000}){1000}")], &[], "invalid pattern of `STAFF`: ");
    check(&[], &[("NAME", "a..b")], "invalid field of `NAME`: `a..b` has an empty key");
}
