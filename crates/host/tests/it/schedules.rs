//! Crashes of runs of which all is random, by a seed: what the script asks for, how much of it at once, what it waits for, in which order
//! it is answered, whether it hibernates meanwhile, and when the crash comes.

use std::{env, fmt::Write, iter, thread, time::Duration};

use fastrand::Rng;
use host::{Outcome, RunRecord};
use parking_lot::Mutex;
use serde_json::Value;
use store::StopAfter;
use tokio::{
    runtime::Builder,
    time::{error::Elapsed, timeout},
};

use crate::{
    durable::{background, ends_before_crash, killed_hibernating, over, taking_up, value},
    fixture::{Fixture, World},
};

/// Schedules where nothing else is said. `NARROWS_SCHEDULES=10000` runs so many, `NARROWS_SEED=7` begins at another.
const SCHEDULES: u64 = 30;

/// Schedules at once.
const AT_ONCE: usize = 4;

/// All is waited for, then what was appended is read.
const LAST: &str = r#"wait
call fs/readFile {"path":"/workspace/log","encoding":"utf-8"}
wait
return-answers"#;

/// What a run does, and when its process is killed.
#[derive(Default)]
struct Schedule {
    seed: u64,
    script: String,
    /// The arguments of the calls that change something.
    echoed: Vec<String>,
    /// The words that are appended to a file.
    appended: Vec<String>,
    hibernates_after: Duration,
    changes: usize,
}

impl Schedule {
    fn of(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut schedule = Self { seed, ..Self::default() };
        for group in 0..random.u64(2..8) {
            for at in 0..random.u64(1..5) {
                schedule.ask(10 * group + at, &mut random);
            }
            schedule.script.push_str(if random.u8(..3) == 0 { "wait-for-one\n" } else { "wait\n" });
        }
        schedule.append(1_000);
        schedule.script.push_str(LAST);
        schedule.hibernates_after = if random.bool() { Duration::ZERO } else { Duration::from_secs(60) };
        // Before the second change nothing is known of the run.
        schedule.changes = random.usize(2..17);
        schedule
    }

    fn about(&self) -> String {
        let Self { seed, changes, hibernates_after, script, .. } = self;
        format!(
            "seed {seed}, killed after {changes} changes, hibernates after {hibernates_after:?}:\n{script}"
        )
    }

    fn ask(&mut self, id: u64, random: &mut Rng) {
        let call = match random.u8(..6) {
            0 => format!("servers/crm/look {{\"id\":{id}}}"),
            1 => format!("timer {{\"ms\":{}}}", random.u8(..5)),
            2 => return self.append(id),
            _ => {
                self.echoed.push(format!("{{\"id\":{id}}}"));
                format!("servers/crm/echo {{\"id\":{id}}}")
            }
        };
        let _ = writeln!(self.script, "call {call}");
    }

    fn append(&mut self, id: u64) {
        let word = format!("<{id}>");
        let _ =
            writeln!(self.script, "call fs/appendFile {{\"path\":\"/workspace/log\",\"text\":\"{word}\"}}");
        self.appended.push(word);
    }
}

/// Runs what a seed says in a process that is killed, and goes on in another. Whether it was killed before the run had ended.
async fn crash(seed: u64) -> bool {
    let world = World::new();
    let schedule = Schedule::of(seed);
    let stop = StopAfter::changes(schedule.changes);
    let first = killed_hibernating(&world, &stop, schedule.hibernates_after);
    let id = first.host.submit(background(&schedule.script)).expect("it is admitted");
    let hangs =
        |process: &Fixture| format!("it hangs: {:?}, {}", process.host.progress(&id), schedule.about());
    let ended = within_bound(ends_before_crash(&stop, over(&first.host, &id))).await;
    let ended = ended.unwrap_or_else(|_| panic!("{}", hangs(&first)));
    let second = taking_up(&world);
    let record = within_bound(over(&second.host, &id)).await.unwrap_or_else(|_| panic!("{}", hangs(&second)));
    check(&schedule, &second, &record);
    !ended
}

/// Shorter than what `over` waits, which knows no seed.
async fn within_bound<T>(work: impl Future<Output = T>) -> Result<T, Elapsed> {
    timeout(Duration::from_secs(50), work).await
}

fn check(schedule: &Schedule, fixture: &Fixture, record: &RunRecord) {
    assert_eq!(record.outcome, Outcome::Returned, "{:?}, {}", record.error, schedule.about());
    let answers = value(record);
    let rejected: Vec<_> =
        answers.iter().map(|answer| &answer["rejected"]).filter(|it| !it.is_null()).collect();
    let is_unknown = |rejected: &&Value| rejected["name"] == "UnknownOutcomeError";
    assert!(rejected.iter().all(is_unknown), "{rejected:?}, {}", schedule.about());
    let unknown: Vec<_> = rejected.iter().map(|rejected| rejected["data"].to_string()).collect();
    for sent in &schedule.echoed {
        let times = fixture.tools.calls.lock().iter().filter(|call| *call == sent).count();
        let is_right = times == 1 || times == 0 && unknown.contains(sent);
        assert!(is_right, "{sent} was called {times} times, {}", schedule.about());
    }
    let log = answers.last().and_then(Value::as_str).unwrap_or_default();
    for word in &schedule.appended {
        assert_eq!(log.matches(word).count(), 1, "{word} in {answers:?}, {}", schedule.about());
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |number| number.parse().expect("a number"))
}

/// In a runtime of its own: what a killed process would leave goes with it, so that ten thousand leave nothing.
fn crash_alone(seed: u64) -> bool {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(crash(seed))
}

#[test]
fn a_run_goes_on_after_a_crash_in_any_schedule() {
    let from = number("NARROWS_SEED", 1);
    let seeds = Mutex::new(from..from + number("NARROWS_SCHEDULES", SCHEDULES));
    let next = || seeds.lock().next();
    let killed_of_one = || iter::from_fn(next).filter(|seed| crash_alone(*seed)).count();
    let killed: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(killed_of_one)).collect();
        threads.into_iter().map(|thread| thread.join().expect("it passes")).sum()
    });
    assert!(killed > 0, "nothing was disturbed");
}
