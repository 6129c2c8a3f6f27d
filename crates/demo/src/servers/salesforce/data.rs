//! The records on the company's first day.
//!
//! Most dates are fixed and far away, past or future, so that what is overdue stays the same. Only a won deal
//! and three tasks a day around today move along with it: every week from Sunday to Saturday has the same.

use serde_json::{Map, Value, json};

use super::Record;
use crate::{
    calendar::Day,
    company::{self, FIRMS},
    dice::Dice,
};

const OPPORTUNITIES: u64 = 1_000;
/// Days before and after today that have a won deal and tasks.
const DAYS_AROUND: i64 = 42;
/// What the won deal of a day is worth, Sunday first.
const WON_BY_WEEKDAY: [u64; 7] = [18_500, 24_000, 31_250, 12_800, 46_000, 27_500, 9_900];
const STAGES: [(&str, u64); 6] = [
    ("Prospecting", 10),
    ("Qualification", 25),
    ("Proposal", 50),
    ("Negotiation", 75),
    ("Closed Won", 100),
    ("Closed Lost", 0),
];
const PLANS: [&str; 5] = ["renewal", "expansion", "pilot", "new seats", "training"];
const TEAMS: [(&str, &str, &str); 6] = [
    ("Billing", "#support-billing", "invoice, refund, charged, payment"),
    ("Technical", "#support-technical", "error, crash, timeout, not working"),
    ("Accounts", "#support-accounts", "password, login, locked out, two-factor"),
    ("Shipping", "#support-shipping", "delivery, parcel, courier, damaged box"),
    ("Integrations", "#support-integrations", "webhook, api key, import, export"),
    ("Onboarding", "#support-onboarding", "getting started, training, setup, invite"),
];

/// Every object with its records.
pub(super) fn objects(today: Day) -> [(&'static str, Vec<Record>); 4] {
    [
        ("Lead", leads()),
        ("Opportunity", opportunities(today)),
        ("Support_Team__c", teams()),
        ("Task", tasks(today)),
    ]
}

/// Forty active customers and ten former ones.
pub(super) fn customers() -> Vec<Record> {
    let mut dice = Dice::new(7);
    (1..=50)
        .map(|number| {
            let (first, last) = company::person(&mut dice);
            record(json!({
                "id": format!("cust-{number:02}"),
                "name": format!("{first} {last}"),
                "email": company::email(first, last, number),
                "ssn": company::ssn(number * 83),
                "phone": company::phone(number),
                "card": company::card(number),
                "status": if number % 5 == 0 { "inactive" } else { "active" },
                "city": dice.pick(&["Lisbon", "Oslo", "Austin", "Kyoto", "Leeds"]),
            }))
        })
        .collect()
}

fn opportunities(today: Day) -> Vec<Record> {
    let mut dice = Dice::new(456);
    (1..=OPPORTUNITIES)
        .map(|number| {
            let firm = dice.pick(&FIRMS);
            let name = format!("{firm} {} {number}", dice.pick(&PLANS));
            let owner = company::owner_id(dice.below(company::OWNERS));
            let offset = i64::try_from(number).unwrap_or(0) - 1 - DAYS_AROUND;
            let (close, amount, (stage, probability)) = if offset <= DAYS_AROUND {
                let day = today.plus(offset);
                (day, WON_BY_WEEKDAY[day.weekday()], ("Closed Won", 100))
            } else {
                (far_day(&mut dice), 1_000 + 250 * dice.below(400), dice.pick(&STAGES))
            };
            // The meetings' notes belong to the first opportunities after the won deals of these weeks.
            let meeting =
                u64::try_from(offset - DAYS_AROUND).ok().filter(|at| (1..=company::MEETINGS).contains(at));
            record(json!({
                "Id": format!("opp-{number:03}"),
                "Name": name,
                "Amount": amount,
                "StageName": stage,
                "Probability": probability,
                "CloseDate": close.to_string(),
                "OwnerId": owner,
                "Meeting_Notes_Doc_Id__c": meeting.map(company::notes_id),
            }))
        })
        .collect()
}

/// Three in ten are long over, the others far ahead.
fn far_day(dice: &mut Dice) -> Day {
    let within = i64::try_from(dice.below(300)).unwrap_or(0);
    if dice.below(10) < 3 { Day::of(2024, 1, 8).plus(within) } else { Day::of(2099, 1, 5).plus(within) }
}

fn tasks(today: Day) -> Vec<Record> {
    let mut dice = Dice::new(3);
    let mut tasks = Vec::new();
    for offset in -DAYS_AROUND..=DAYS_AROUND {
        for kind in ["Call", "Meeting", "Mail"] {
            let number = tasks.len() + 1;
            tasks.push(record(json!({
                "Id": format!("task-{number:03}"),
                "Subject": format!("{kind} with {}", dice.pick(&FIRMS)),
                "OwnerId": company::owner_id(dice.below(company::OWNERS)),
                "WhoId": format!("cust-{:02}", 1 + dice.below(50)),
                "ActivityDate": today.plus(offset).to_string(),
                "Status": if offset < 0 { "Completed" } else { "Planned" },
            })));
        }
    }
    tasks
}

fn leads() -> Vec<Record> {
    let mut dice = Dice::new(25);
    (1..=25)
        .map(|number| {
            let (first, last) = company::person(&mut dice);
            record(json!({
                "Id": format!("lead-{number:05}"),
                "FirstName": first,
                "LastName": last,
                "Email": company::email(first, last, 900 + number),
                "Company": dice.pick(&FIRMS),
                "Lead_Source__c": "Web",
            }))
        })
        .collect()
}

fn teams() -> Vec<Record> {
    let numbered = (1..).zip(TEAMS);
    numbered
        .map(|(number, (name, channel, keywords))| {
            record(json!({
                "Id": format!("team-{number}"),
                "Name": name,
                "Slack_Channel__c": channel,
                "Keywords__c": keywords,
                super::FOREIGN_KEY: 7_000 + number,
            }))
        })
        .collect()
}

/// The object a `json!` of this file is.
fn record(value: Value) -> Record {
    match value {
        Value::Object(record) => record,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    fn count(records: &[Record], condition: &str, today: Day) -> usize {
        let filter = Filter::parse(condition).expect("the condition can be read");
        records.iter().filter(|record| filter.holds(record, today)).count()
    }

    #[test]
    fn every_week_has_the_same_won_deals_whatever_today_is() {
        for shift in 0..7 {
            let today = Day::of(2026, 11, 22).plus(shift);
            let all = opportunities(today);
            let sunday = today.plus(-i64::try_from(today.weekday()).expect("below 7"));
            let week = format!("CloseDate >= {sunday} AND CloseDate <= {}", sunday.plus(6));
            assert_eq!(count(&all, &format!("StageName = 'Closed Won' AND {week}"), today), 7);
            assert_eq!(count(&tasks(today), &week.replace("CloseDate", "ActivityDate"), today), 21);
            assert_eq!(count(&all, "CloseDate < TODAY AND StageName != \"Closed Won\"", today), 240);
            assert_eq!(count(&all, "Meeting_Notes_Doc_Id__c != null", today), 24);
        }
    }

    #[test]
    fn every_owner_has_something_overdue() {
        let today = Day::of(2026, 11, 22);
        let all = opportunities(today);
        for number in 0..company::OWNERS {
            let owner = company::owner_id(number);
            let condition = format!("OwnerId = {owner} AND CloseDate < TODAY AND StageName != 'Closed Won'");
            assert!(count(&all, &condition, today) > 0, "{owner}");
        }
    }
}
