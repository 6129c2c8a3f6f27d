//! Sheets: one large table of leads, as rows of cells, and a smaller one as objects.

use serde_json::{Value, json};

use super::{Server, unanswered};
use crate::{
    company::{self, FIRMS, INDUSTRIES},
    dice::Dice,
    tool::{Arguments, Effect, Reply, Tool, reply, rows},
};

/// The ids under which the table of leads is known.
const LEADS: [&str; 3] = ["abc", "abc123", "leads-2026"];
/// The ids under which the list of accounts is known.
const ACCOUNTS: [&str; 2] = ["sheet-123", "accounts-2026"];

/// Rows of the table of leads, the header among them.
const ROWS: usize = 10_000;
/// Columns of the table of leads, A to Z.
const COLUMNS: usize = 26;
const HEADER: [&str; COLUMNS] = [
    "FirstName",
    "LastName",
    "Email",
    "Company",
    "Phone",
    "AnnualRevenue",
    "Employees",
    "Industry",
    "City",
    "Country",
    "Website",
    "Source",
    "Owner",
    "Created",
    "LastContact",
    "Score",
    "Consent",
    "Language",
    "Currency",
    "Segment",
    "Campaign",
    "Visits",
    "Downloads",
    "Trial",
    "Discount",
    "Remark",
];
const CITIES: [(&str, &str, &str, &str); 5] = [
    ("Lisbon", "Portugal", "pt", "EUR"),
    ("Oslo", "Norway", "no", "NOK"),
    ("Austin", "United States", "en", "USD"),
    ("Kyoto", "Japan", "ja", "JPY"),
    ("Leeds", "United Kingdom", "en", "GBP"),
];

pub(crate) struct Sheets {
    /// Made when it is first asked for: it is large.
    leads: Vec<[String; COLUMNS]>,
}

impl Sheets {
    pub(crate) fn new() -> Self {
        Self { leads: Vec::new() }
    }

    fn get_values(&mut self, arguments: &Arguments) -> Reply {
        let id = arguments.text("spreadsheetId")?;
        if !LEADS.contains(&id) {
            return Err(format!("no spreadsheet \"{id}\" with cells; there is {}", LEADS.join(", ")));
        }
        let area = Area::parse(arguments.text_or("range", "A1:Z10000")?)?;
        if self.leads.is_empty() {
            self.leads = leads();
        }
        let last_row = area.last_row.min(self.leads.len());
        let rows = self.leads.get(area.first_row..last_row).unwrap_or_default();
        let cells: Vec<&[String]> =
            rows.iter().map(|row| &row[area.first_column..area.last_column]).collect();
        reply(&cells)
    }

    fn get_spreadsheet(arguments: &Arguments) -> Reply {
        let id = arguments.text("id")?;
        if !ACCOUNTS.contains(&id) {
            return Err(format!("no spreadsheet \"{id}\" with records; there is {}", ACCOUNTS.join(", ")));
        }
        reply(&accounts())
    }
}

impl Server for Sheets {
    fn about(&self) -> &'static str {
        "Spreadsheets: leads-2026 (10,000 rows, columns A to Z, row 1 is the header), accounts-2026 (records)"
    }

    fn tools(&self) -> Vec<Tool> {
        let text = json!({"type": "string"});
        vec![
            Tool::new(
                Effect::Reads,
                "get_values",
                "Read cells",
                "Reads the cells of a range as an array of rows, each an array of texts. The first row of a sheet is its header.",
            )
            .takes(
                &["spreadsheetId"],
                json!({
                    "spreadsheetId": {"type": "string", "description": "The spreadsheet's id"},
                    "range": {"type": "string", "description": "Such as A1:Z10000; the whole sheet when left out"},
                }),
            )
            .gives(json!({"type": "array", "items": {"type": "array", "items": text}})),
            Tool::new(
                Effect::Reads,
                "get_spreadsheet",
                "Read records",
                "Reads a whole spreadsheet as an array of objects, one for each row.",
            )
            .takes(&["id"], json!({"id": {"type": "string", "description": "The spreadsheet's id"}}))
            .gives(rows(
                &["id", "name", "status", "city", "seats"],
                json!({
                    "id": text,
                    "name": text,
                    "status": {"enum": ["active", "trial", "closed"]},
                    "city": text,
                    "seats": {"type": "integer"},
                }),
            )),
        ]
    }

    fn call(&mut self, tool: &str, arguments: &Arguments) -> Reply {
        match tool {
            "get_values" => self.get_values(arguments),
            "get_spreadsheet" => Self::get_spreadsheet(arguments),
            _ => unanswered(tool),
        }
    }
}

/// A part of a sheet: rows and columns counted from 0, the last ones not in it.
#[derive(Debug, PartialEq)]
struct Area {
    first_row: usize,
    last_row: usize,
    first_column: usize,
    last_column: usize,
}

impl Area {
    /// Reads `B2:F100`, `A1` or `A:C`, perhaps with the name of a sheet before it (`Leads!A1:B2`).
    fn parse(range: &str) -> Result<Self, String> {
        let wrong = || format!("\"{range}\" is no range such as A1:Z10000");
        let cells = range.rsplit('!').next().unwrap_or(range);
        let (first, last) = cells.split_once(':').unwrap_or((cells, cells));
        let (first_column, first_row) = cell(first).ok_or_else(wrong)?;
        let (last_column, last_row) = cell(last).ok_or_else(wrong)?;
        let area = Self {
            first_row: first_row.unwrap_or(1) - 1,
            last_row: last_row.unwrap_or(ROWS),
            first_column,
            last_column: last_column + 1,
        };
        if area.first_column < area.last_column && area.first_row < area.last_row {
            Ok(area)
        } else {
            Err(wrong())
        }
    }
}

/// A column from 0 to 25, and a row from 1 where one is given.
fn cell(text: &str) -> Option<(usize, Option<usize>)> {
    let column = text.chars().next()?.to_ascii_uppercase();
    let at = ('A'..='Z').position(|letter| letter == column)?;
    match &text[1..] {
        "" => Some((at, None)),
        row => row.parse().ok().filter(|&row| row > 0).map(|row| (at, Some(row))),
    }
}

fn leads() -> Vec<[String; COLUMNS]> {
    let mut dice = Dice::new(26);
    let header = [HEADER.map(str::to_owned)];
    header.into_iter().chain((1..ROWS as u64).map(|number| lead(number, &mut dice))).collect()
}

fn lead(number: u64, dice: &mut Dice) -> [String; COLUMNS] {
    let (first, last) = company::person(dice);
    let firm = dice.pick(&FIRMS);
    let (city, country, language, currency) = dice.pick(&CITIES);
    // About one firm in eight is large.
    let revenue = if dice.below(8) == 0 { 100_000 + dice.below(900_000) } else { 5_000 + dice.below(95_000) };
    let yes_or_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    [
        first.to_owned(),
        last.to_owned(),
        company::email(first, last, number),
        firm.to_owned(),
        company::phone(number),
        revenue.to_string(),
        (1 + dice.below(400)).to_string(),
        dice.pick(&INDUSTRIES).to_owned(),
        city.to_owned(),
        country.to_owned(),
        format!("https://{}.example.com", firm.to_lowercase().replace(' ', "-")),
        dice.pick(&["Web", "Fair", "Referral", "Partner"]).to_owned(),
        company::owner_id(dice.below(company::OWNERS)),
        format!("2025-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28)),
        format!("2026-{:02}-{:02}", 1 + dice.below(6), 1 + dice.below(28)),
        dice.below(101).to_string(),
        yes_or_no(dice.below(3) > 0),
        language.to_owned(),
        currency.to_owned(),
        dice.pick(&["SMB", "Mid-market", "Enterprise"]).to_owned(),
        format!("C-{:03}", dice.below(120)),
        dice.below(60).to_string(),
        dice.below(9).to_string(),
        yes_or_no(dice.below(5) == 0),
        format!("{}%", dice.below(4) * 5),
        dice.pick(&["", "", "", "call back in spring", "met at the fair", "asked for a quote"]).to_owned(),
    ]
}

fn accounts() -> Vec<Value> {
    let mut dice = Dice::new(123);
    (1..=500)
        .map(|number| {
            let firm = dice.pick(&FIRMS);
            let (city, ..) = dice.pick(&CITIES);
            let status = dice.pick(&["active", "active", "trial", "closed"]);
            json!({
                "id": format!("acc-{number:03}"),
                "name": format!("{firm} {city}"),
                "status": status,
                "city": city,
                "seats": 1 + dice.below(250),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let area = |first_row, last_row, first_column, last_column| {
            Ok(Area { first_row, last_row, first_column, last_column })
        };
        assert_eq!(Area::parse("A1:Z10000"), area(0, 10_000, 0, 26));
        assert_eq!(Area::parse("Leads!B2:C3"), area(1, 3, 1, 3));
        assert_eq!(Area::parse("f7"), area(6, 7, 5, 6));
        assert_eq!(Area::parse("A:C"), area(0, 10_000, 0, 3));
        for wrong in ["", "1", "B2:A1", "A0:B2", "AA1:B2", "é1"] {
            assert_eq!(Area::parse(wrong), Err(format!("\"{wrong}\" is no range such as A1:Z10000")));
        }
    }

    #[test]
    fn the_sheet_has_ten_thousand_rows_of_twenty_six_cells() {
        let leads = leads();
        assert_eq!(leads.len(), 10_000);
        assert_eq!(leads[0][5], "AnnualRevenue");
        let large = leads.iter().filter(|row| row[5].parse::<u64>().is_ok_and(|revenue| revenue > 100_000));
        assert_eq!(large.count(), 1_216);
    }
}
