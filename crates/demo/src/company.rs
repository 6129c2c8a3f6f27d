//! The people, firms and words the company's data is made of. All invented.

use crate::dice::Dice;

pub(crate) const FIRST_NAMES: [&str; 16] = [
    "Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Lena",
    "Mateo", "Nadia", "Oskar", "Priya",
];
pub(crate) const LAST_NAMES: [&str; 16] = [
    "Abara", "Brandt", "Castillo", "Dube", "Eriksen", "Fontaine", "Greco", "Horvat", "Ito", "Jansen",
    "Kowalski", "Lindgren", "Moreau", "Novak", "Okafor", "Petrova",
];
pub(crate) const FIRMS: [&str; 12] = [
    "Acorn Robotics",
    "Bluewater Logistics",
    "Cobalt Health",
    "Driftwood Media",
    "Evergreen Foods",
    "Fulcrum Finance",
    "Granite Insurance",
    "Harbor Analytics",
    "Ironbark Energy",
    "Juniper Travel",
    "Kestrel Aviation",
    "Lumen Education",
];
pub(crate) const INDUSTRIES: [&str; 6] =
    ["Technology", "Finance", "Healthcare", "Retail", "Energy", "Education"];

/// How many people own opportunities and tasks.
pub(crate) const OWNERS: u64 = 12;
/// How many meetings left notes in the drive that belong to an opportunity.
pub(crate) const MEETINGS: u64 = 24;

/// The id of an owner, 0 to [`OWNERS`]` - 1`.
pub(crate) fn owner_id(number: u64) -> String {
    format!("005A{:02}", number + 1)
}

/// The id of the document with the notes of a meeting, 1 to [`MEETINGS`].
pub(crate) fn notes_id(number: u64) -> String {
    format!("doc-notes-{number:02}")
}

/// A first and a last name.
pub(crate) fn person(dice: &mut Dice) -> (&'static str, &'static str) {
    (dice.pick(&FIRST_NAMES), dice.pick(&LAST_NAMES))
}

/// An address nobody has: `example.com` is set aside for this.
pub(crate) fn email(first: &str, last: &str, number: u64) -> String {
    format!("{}.{}{number}@example.com", first.to_lowercase(), last.to_lowercase())
}

/// A telephone number from the range set aside for fiction.
pub(crate) fn phone(number: u64) -> String {
    format!("+1 {} 555 01{:02}", 201 + number / 100 % 700, number % 100)
}

/// A social security number of the shape everybody uses in examples.
pub(crate) fn ssn(number: u64) -> String {
    let number = 456_000 + number;
    format!("123-{:02}-{:04}", number / 10_000 % 100, number % 10_000)
}

/// A card number that passes the Luhn check and belongs to no bank's real range.
pub(crate) fn card(number: u64) -> String {
    let digits = format!("400000{:09}", number * 37 % 1_000_000_000);
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0') * if at % 2 == 0 { 2 } else { 1 };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    let whole = format!("{digits}{}", (10 - sum % 10) % 10);
    format!("{} {} {} {}", &whole[..4], &whole[4..8], &whole[8..12], &whole[12..])
}

/// A moment for things that are made while the company runs: it has no clock, only an order.
pub(crate) fn moment(number: usize) -> String {
    format!("2026-01-05T{:02}:{:02}:{:02}Z", number / 3_600 % 24, number / 60 % 60, number % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_is_shaped_like_the_real_thing() {
        assert_eq!(card(0), "4000 0000 0000 0002");
        assert_eq!(ssn(1), "123-45-6001");
        assert_eq!(ssn(4_084), "123-46-0084");
        assert_eq!(phone(7), "+1 201 555 0107");
        assert_eq!(email("Ada", "Ito", 3), "ada.ito3@example.com");
    }
}
