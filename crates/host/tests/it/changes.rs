//! Changes of files and skills, with a crash at each change of the store: each is made once.

use host::Outcome;
use store::StopAfter;

use crate::{
    durable::{background, ends_before_crash, killed_after, over, taking_up, undisturbed_after, value},
    fixture::World,
};

/// Changes of one file at once, and of a skill, which is no file.
const SCRIPT: &str = r#"call fs/appendFile {"path":"/workspace/log","text":"<one>"}
call fs/appendFile {"path":"/workspace/log","text":"<two>"}
call fs/appendFile {"path":"/workspace/log","text":"<six>"}
call fs/mkdir {"path":"/workspace/folder"}
call fs/writeFile {"path":"/skills/report.ts","text":"export const a = 1"}
wait
call fs/rename {"from":"/workspace/folder","to":"/workspace/moved"}
call fs/rm {"path":"/skills/report.ts"}
call fs/mkdir {"path":"/workspace/other"}
wait
call fs/readFile {"path":"/workspace/log","encoding":"utf-8"}
wait
return-answers"#;

async fn crash_after(changes: usize) -> bool {
    let world = World::new();
    let stop = StopAfter::changes(changes);
    let first = killed_after(&world, &stop);
    let id = first.host.submit(background(SCRIPT)).expect("it is admitted");
    let ended = ends_before_crash(&stop, over(&first.host, &id)).await;
    let second = taking_up(&world);
    let record = over(&second.host, &id).await;
    assert_eq!(record.outcome, Outcome::Returned, "after {changes}: {:?}", record.error);
    let mut answers = value(&record);
    let log = answers.pop().and_then(|log| log.as_str().map(str::to_owned)).unwrap_or_default();
    assert_eq!(answers, ["undefined"; 8], "after {changes}");
    let times = ["<one>", "<two>", "<six>"].map(|word| log.matches(word).count());
    assert_eq!(times, [1, 1, 1], "after {changes}: {log}");
    !ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_at_once_are_made_once_wherever_a_crash_comes() {
    let changes = undisturbed_after(2, crash_after).await;
    assert!(changes > 6, "only {changes} changes were made");
}
