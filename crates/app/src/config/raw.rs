//! The `narrows` key as written: its keys, their kinds and their manual.

use host::QueueLimits;
use secrecy::SecretString;
use wire::Limits;

use super::{
    keys::{
        Count, DiskMegabytes, EngineMegabytes, FileMegabytes, Images, Kilobytes, MemoryMegabytes,
        PersonSeconds, Processes, Seconds, SecretText, Text, Texts, Tokens, section,
    },
    privacy::RawPrivacy,
    rules::{RawRules, TrustWord, Word},
    sandbox::RawSandbox,
    store::RawStore,
};

section! {
    /// Everything below `narrows`.
    RawNarrows {
        /// Limits of every run. Each error that a limit causes names its key.
        limits: RawLimits,
        /// How many runs there may be. They are shared out between clients.
        runs: RawRuns,
        /// How long one server may take from its start to its list of tools. Package runners that download on
        /// first use need more than a few seconds.
        start_timeout_seconds: Seconds,
        /// Variables of Narrows' own environment that every stdio server gets beside
        /// [those that all get](#what-a-server-gets-of-the-environment), by their names. The same key in the entry of
        /// one server is for that server alone.
        env_pass: Texts,
        /// The folder for workspaces, skills and what is remembered of servers. A relative path counts from the
        /// folder of this file; `~/` is your home. By default `narrows` in the XDG data folder.
        data_dir: Text,
        /// How many processes execute scripts. Each carries many runs at once; a second one helps when scripts
        /// compute a lot.
        runners: Processes,
        /// What stands between a script and this machine; see [sandbox.md](sandbox.md).
        sandbox: RawSandbox,
        /// Where the runs that have ended are kept, with their scripts and results, and how long: see [runs.md](runs.md).
        store: RawStore,
        /// Which tools may be called, with which arguments, how often: see [rules.md](rules.md).
        rules: RawRules,
        /// Calls that wait for a person: see [approvals.md](approvals.md).
        approvals: RawApprovals,
        /// What personal data is hidden from models: see [privacy.md](privacy.md).
        privacy: RawPrivacy,
        /// What holds for calls that no rule fits.
        default_rule: Word,
        /// Whose definitions of tools are taken as they are. `pin`: those seen first, of a server and of each of its
        /// tools; a tool that changes later is held back until you accept it with `narrows trust`. `strict`: a tool
        /// that a known server adds is held back too. `always`: everybody's, whatever they become.
        /// See [trust.md](trust.md).
        trust: TrustWord,
        /// What scripts may be.
        script: RawScript,
        /// When the signatures of all tools fit this many model tokens (o200k), they stand in the server's
        /// instructions and the agent needs no search; 0 keeps them out.
        inline_tokens: Tokens,
        /// The HTTP face (`narrows serve --http`).
        http: RawHttp,
    }
}

section! {
    /// Limits of a run.
    RawLimits {
        /// Time the script itself computes.
        cpu_seconds: Seconds,
        /// Time from start to end, not counting time spent waiting for tools or people.
        wall_seconds: Seconds,
        /// Memory of the script.
        memory_mb: EngineMegabytes,
        /// Size of the script's source.
        source_kb: Kilobytes,
        /// Tool calls a run may make.
        calls: Count,
        /// Tool calls that may be under way at once; more wait their turn.
        in_flight: Count,
        /// Printed text.
        printed_kb: Kilobytes,
        /// The returned value as JSON: what is kept, not what the model is shown at once.
        value_kb: Kilobytes,
        /// The arguments of one call as JSON.
        argument_kb: Kilobytes,
        /// The largest value the model is shown whole, and the size of a page. Of a larger one it is shown the beginning, the shape and a handle.
        shown_kb: Kilobytes,
        /// Images of the value that a model is shown with one answer; further ones are named with a handle. `0` for models that see none.
        shown_images: Images,
        /// These images together, as Base64.
        shown_images_kb: Kilobytes,
        /// Time one tool call may take.
        call_seconds: Seconds,
        /// Everything in a workspace together.
        workspace_mb: DiskMegabytes,
        /// Files and folders in a workspace.
        workspace_files: Count,
        /// One file of a workspace.
        file_mb: FileMegabytes,
        /// How deep arguments, answers and values may nest.
        depth: Count,
    }
}

section! {
    /// How many runs there may be.
    RawRuns {
        /// Runs at once, computing or waiting for tools. One client alone has at most half; more wait in the queue, in
        /// which clients take turns and what a client waits for comes before what runs in the background.
        at_once: Count,
        /// Runs beside them that hibernate: they wait for long, as for a person, and have left their workers. One client alone
        /// has at most half; a further run that waits keeps its place among those at once.
        hibernating: Count,
        /// Runs in the queue, of all clients. A further one is refused: nothing of it was run.
        queued: Count,
        /// Runs of one client in the queue. Over HTTP a client is a connection.
        queued_per_client: Count,
        /// The scripts in the queue together. Those of one client alone fill at most half.
        queued_mb: MemoryMegabytes,
    }
}

section! {
    /// Calls that wait for a person.
    RawApprovals {
        /// How long a person may take to decide about a call; then it is refused. The time limits of a run stand still meanwhile.
        wait_seconds: PersonSeconds,
    }
}

section! {
    /// Scripts.
    RawScript {
        /// Patterns a script is refused for: `eval`, `function` (the constructor), `computed-import`, `require`,
        /// `process`, `network`. None of them can leave the sandbox; refusing them is a matter of taste.
        refuse: Texts,
    }
}

section! {
    /// The HTTP face.
    RawHttp {
        /// Where `narrows serve --http` listens when the flag names no address. A port alone is one of this machine.
        address: Text,
        /// The credential clients must send as `Authorization: Bearer …`. May hold variables, as in
        /// `${NARROWS_TOKEN}`; that variable is also read when this key is missing. Needed for every address
        /// other machines can reach.
        token: SecretText,
        /// Names and addresses a request's `Host` may carry besides the address itself and, on a loopback
        /// address, `localhost`. Name the public host name here when a proxy stands in front.
        hosts: Texts,
        /// Values of `Origin` that are allowed besides, on a loopback address, those of pages this machine serves
        /// itself. Requests from web pages elsewhere are refused; programs send no `Origin`. Pages of an origin that is
        /// named here, as browsers spell it, may read answers as well (CORS); no others may.
        origins: Texts,
        /// Requests answered at once: most wait for a run. A further one is answered with 503 and `Retry-After`. Each takes
        /// a file descriptor, of which a process often has 1024.
        requests: Count,
        /// How long requests may go on once the server is to stop. Then runs end, or go on in the next `narrows serve`.
        drain_seconds: Seconds,
    }
}

const KB: u64 = 1024;
const MB: u64 = 1024 * KB;

impl RawLimits {
    /// The limits in force, as they would stand in a file.
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            cpu_seconds: Some(Seconds::from_ms(limits.cpu_ms)),
            wall_seconds: Some(Seconds::from_ms(limits.wall_ms)),
            memory_mb: Some(EngineMegabytes(limits.memory_bytes / MB)),
            source_kb: Some(Kilobytes(limits.source_bytes / KB)),
            calls: Some(Count(limits.calls)),
            in_flight: Some(Count(limits.in_flight)),
            printed_kb: Some(Kilobytes(limits.printed_bytes / KB)),
            value_kb: Some(Kilobytes(limits.value_bytes / KB)),
            argument_kb: Some(Kilobytes(limits.argument_bytes / KB)),
            shown_kb: Some(Kilobytes(limits.shown_bytes / KB)),
            shown_images: Some(Images(limits.shown_images)),
            shown_images_kb: Some(Kilobytes(limits.shown_image_bytes / KB)),
            call_seconds: Some(Seconds::from_ms(limits.call_ms)),
            workspace_mb: Some(DiskMegabytes(limits.workspace_bytes / MB)),
            workspace_files: Some(Count(limits.workspace_files)),
            file_mb: Some(FileMegabytes(limits.file_bytes / MB)),
            depth: Some(Count(limits.depth)),
        }
    }

    /// The limits these keys ask for; the defaults where they are silent.
    pub(super) fn resolve(&self) -> Limits {
        let base = Limits::default();
        Limits {
            cpu_ms: self.cpu_seconds.map_or(base.cpu_ms, Seconds::ms),
            wall_ms: self.wall_seconds.map_or(base.wall_ms, Seconds::ms),
            memory_bytes: self.memory_mb.map_or(base.memory_bytes, |it| it.0 * MB),
            source_bytes: self.source_kb.map_or(base.source_bytes, |it| it.0 * KB),
            calls: self.calls.map_or(base.calls, |it| it.0),
            in_flight: self.in_flight.map_or(base.in_flight, |it| it.0),
            printed_bytes: self.printed_kb.map_or(base.printed_bytes, |it| it.0 * KB),
            value_bytes: self.value_kb.map_or(base.value_bytes, |it| it.0 * KB),
            argument_bytes: self.argument_kb.map_or(base.argument_bytes, |it| it.0 * KB),
            shown_bytes: self.shown_kb.map_or(base.shown_bytes, |it| it.0 * KB),
            shown_images: self.shown_images.map_or(base.shown_images, |it| it.0),
            shown_image_bytes: self.shown_images_kb.map_or(base.shown_image_bytes, |it| it.0 * KB),
            call_ms: self.call_seconds.map_or(base.call_ms, Seconds::ms),
            workspace_bytes: self.workspace_mb.map_or(base.workspace_bytes, |it| it.0 * MB),
            workspace_files: self.workspace_files.map_or(base.workspace_files, |it| it.0),
            file_bytes: self.file_mb.map_or(base.file_bytes, |it| it.0 * MB),
            depth: self.depth.map_or(base.depth, |it| it.0),
        }
    }
}

impl RawRuns {
    /// The limits in force, as they would stand in a file.
    pub(super) fn of(limits: &QueueLimits) -> Self {
        Self {
            at_once: Some(Count(limits.at_once as u64)),
            hibernating: Some(Count(limits.hibernating as u64)),
            queued: Some(Count(limits.queued as u64)),
            queued_per_client: Some(Count(limits.queued_per_client as u64)),
            queued_mb: Some(MemoryMegabytes(limits.queued_bytes / MB)),
        }
    }

    /// The limits these keys ask for; the defaults where they are silent.
    pub(super) fn resolve(&self) -> QueueLimits {
        let base = QueueLimits::default();
        QueueLimits {
            at_once: self.at_once.map_or(base.at_once, Count::as_usize),
            hibernating: self.hibernating.map_or(base.hibernating, Count::as_usize),
            queued: self.queued.map_or(base.queued, Count::as_usize),
            queued_per_client: self.queued_per_client.map_or(base.queued_per_client, Count::as_usize),
            queued_bytes: self.queued_mb.map_or(base.queued_bytes, |it| it.0 * MB),
        }
    }
}

impl SecretText {
    pub(super) fn text(&self) -> &SecretString {
        &self.raw
    }
}
