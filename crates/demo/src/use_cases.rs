//! Five scripts an agent might write for the company's people.

/// A script and what it is for.
#[derive(Debug, Clone, Copy)]
pub struct UseCase {
    /// A few words.
    pub title: &'static str,
    /// What a person would have asked for: one sentence.
    pub what: &'static str,
    /// TypeScript, as an agent would submit it.
    pub script: &'static str,
}

/// The use cases, from the simplest to the busiest.
pub const USE_CASES: [UseCase; 5] = [
    UseCase {
        title: "Meeting notes",
        what: "Put the decisions and actions of last month's meetings on the deals they belong to",
        script: include_str!("../scripts/meeting-notes.ts"),
    },
    UseCase {
        title: "Customer update",
        what: "Write to every active customer, whose addresses and numbers the model never sees",
        script: include_str!("../scripts/customer-update.ts"),
    },
    UseCase {
        title: "Qualified leads",
        what: "Import the leads worth calling out of a sheet of 10,000 rows",
        script: include_str!("../scripts/qualified-leads.ts"),
    },
    UseCase {
        title: "Weekly report",
        what: "Write this week's sales report, share it and mail the link",
        script: include_str!("../scripts/weekly-report.ts"),
    },
    UseCase {
        title: "Ticket triage",
        what: "Give each of the 100 new tickets to the right team, urgent ones first",
        script: include_str!("../scripts/ticket-triage.ts"),
    },
];
