//! The life of one server: started, followed, lost, started again.
//!
//! A server that is lost is started again after a pause that grows with every failure. A call that comes
//! during the pause asks for the next try at once, as long as few tries have failed in a row; a call that
//! comes while a try is under way waits for it, within its own deadline. Else the call fails with the reason.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};
use tools::{Server, ServerState};

use crate::{
    connect::{Connected, Known, Target, connect},
    connection::{Connection, Listed},
    entry::Starts,
    failure::Failure,
    listing::Listing,
    memory::Remembered,
    news::ServerNews,
    shared::Shared,
    slot::{Down, Slot, Status},
};

/// The pause after the first failure; it doubles with each further one.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest pause. A server that comes back is found within minutes without a call asking for it.
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// So many failures in a row, and calls no longer cut the pause short: a server that dies at every call
/// would else be started as often as scripts call it.
const EAGER_TRIES: u32 = 3;
/// A connection that lived this long was a good one: its end counts as the first failure.
const GOOD_LIFE: Duration = Duration::from_secs(30);
/// Servers change several tools in a row and say so each time; one list answers them all.
const CHANGES_SETTLE: Duration = Duration::from_millis(200);
/// A server that says "changed" while nothing changed is asked less and less often, down to this.
const CHANGES_SETTLE_MAX: Duration = Duration::from_secs(60);

/// Keeps one server up until the future is dropped or `shared.stop` says so; then closes it.
pub(crate) async fn supervise(slot: Arc<Slot>, shared: Arc<Shared>) {
    tokio::select! {
        () = live(&slot, &shared) => {}
        () = shared.stop.cancelled() => {}
    }
    let reason = "Narrows is shutting down".to_owned();
    let last = Down { reason, eager: false, needs_login: false };
    if let Status::Up(connection) = slot.status.send_replace(Status::Down(last)) {
        connection.link.close(shared.settings.close_grace).await;
    }
    settle(&slot, &shared);
}

async fn live(slot: &Arc<Slot>, shared: &Shared) {
    let remembered = recall(slot, shared).await;
    if !starts_at_once(slot, shared, remembered.as_ref()) {
        idle(slot, shared).await;
    }
    let mut known = remembered.unwrap_or_default();
    let mut failures = 0;
    loop {
        slot.status.send_replace(Status::Connecting);
        let (failure, connection) = match start(slot, shared, known).await {
            Ok(connected) => {
                let born = Instant::now();
                known = Known { era: connected.connection.hello.era_to_remember(), is_sse: connected.is_sse };
                let connection = Arc::new(connected.connection);
                let listed = connected.listed;
                let reason = follow(slot, shared, &connection, listed, connected.is_sse).await;
                if born.elapsed() >= GOOD_LIFE {
                    failures = 0;
                }
                (Failure::Lost(reason), Some(connection))
            }
            Err(failure) => (failure, None),
        };
        failures += 1;
        let needs_login = matches!(failure, Failure::NeedsLogin(_));
        let reason = slot.secrets.hide_from_people(failure.in_words());
        lose(slot, shared, Down { reason, eager: failures < EAGER_TRIES && !needs_login, needs_login });
        // What is left of it is ended before the next is started: they might want the same files.
        if let Some(connection) = connection {
            connection.link.close(shared.settings.close_grace).await;
        }
        if needs_login {
            wait_for_login(slot).await;
            failures = 0;
        } else {
            wait_for_next_try(slot, failures).await;
        }
    }
}

fn starts_at_once(slot: &Slot, shared: &Shared, remembered: Option<&Known>) -> bool {
    match &shared.settings.starts {
        Starts::All => true,
        Starts::Unknown => remembered.is_none(),
        Starts::Only(names) => names.contains(slot.name()),
    }
}

/// Waits for a call.
async fn idle(slot: &Slot, shared: &Shared) {
    let reason = "it was not started".to_owned();
    slot.status.send_replace(Status::Down(Down { reason, eager: true, needs_login: false }));
    show(slot, shared, |server| server.state = ServerState::Idle);
    settle(slot, shared);
    slot.wanted.notified().await;
    show(slot, shared, |server| server.state = ServerState::Starting);
}

/// Shows the tools of the last time until the server has answered; a call to one of them waits for it.
async fn recall(slot: &Arc<Slot>, shared: &Shared) -> Option<Known> {
    let memory = slot.memory.clone();
    let loaded = tokio::task::spawn_blocking(move || memory.load()).await;
    let remembered = loaded.ok().flatten()?;
    if !remembered.listing.tools.is_empty() {
        show(slot, shared, |server| {
            server.title = remembered.title.clone();
            server.instructions = remembered.instructions.clone();
            server.tools = remembered.listing.tools.clone();
        });
    }
    Some(Known { era: remembered.era, is_sse: remembered.is_sse })
}

async fn start(slot: &Slot, shared: &Shared, known: Known) -> Result<Connected, Failure> {
    // The semaphore is never closed, so the only outcome is a permit.
    let _permit = shared.starts.acquire().await;
    slot.facts().starts += 1;
    let born = Instant::now();
    let limit = shared.settings.start_timeout;
    let target = Target {
        transport: &slot.entry.transport,
        sign_in: slot.entry.sign_in.clone(),
        secrets: slot.secrets(),
        settings: &shared.settings,
        note_log: &|log| slot.set_log(log),
    };
    let connected = timeout(limit, connect(&target, known)).await;
    let connected = connected.unwrap_or_else(|_| Err(Failure::Lost(too_slow(slot, limit))))?;
    slot.facts().connect_ms = Some(u64::try_from(born.elapsed().as_millis()).unwrap_or(u64::MAX));
    Ok(connected)
}

fn too_slow(slot: &Slot, limit: Duration) -> String {
    let said = slot.facts().log.as_ref().map(|log| log.words()).unwrap_or_default();
    format!("the server did not list its tools within {limit:?} (`narrows.start_timeout_seconds`){said}")
}

/// Shows the server's tools and follows their changes until the connection is lost; says why it was.
async fn follow(
    slot: &Arc<Slot>,
    shared: &Shared,
    connection: &Arc<Connection>,
    listed: Listed,
    is_sse: bool,
) -> String {
    let (news, name, secrets) = (shared.news.clone(), slot.name().clone(), slot.secrets());
    connection.link.peer().tell(Box::new(move |said| {
        // Nobody may listen.
        let _ = news.send(ServerNews { server: name.clone(), news: said.without(&secrets) });
    }));
    slot.status.send_replace(Status::Up(Arc::clone(connection)));
    let mut refresh_after = listed.refresh_after;
    take_list(slot, shared, connection, listed.listing, is_sse).await;
    let mut pause = CHANGES_SETTLE;
    let listen = connection.listen(&slot.subscriptions);
    let mut listen = std::pin::pin!(listen);
    loop {
        tokio::select! {
            () = connection.link.peer().closed() => return lost(connection),
            () = &mut listen => {}
            () = connection.list_changed(refresh_after) => {}
        }
        tokio::select! {
            () = connection.link.peer().closed() => return lost(connection),
            () = sleep(pause) => {}
        }
        match timeout(shared.settings.start_timeout, connection.list()).await {
            Ok(Ok(Listed { listing, refresh_after: after })) => {
                refresh_after = after;
                let changed = take_list(slot, shared, connection, listing, is_sse).await;
                pause = if changed { CHANGES_SETTLE } else { (pause * 2).min(CHANGES_SETTLE_MAX) };
            }
            Ok(Err(Failure::Lost(_))) if connection.link.peer().is_closed() => return lost(connection),
            Ok(Err(failure)) => {
                let failure = slot.secrets.hide_from_people(failure.to_string());
                tracing::warn!(server = %slot.name(), failure, "the new list is not taken");
            }
            Err(_) => tracing::warn!(server = %slot.name(), "the server does not list its changed tools"),
        }
    }
}

fn lost(connection: &Connection) -> String {
    connection.link.peer().reason().unwrap_or_else(|| "the connection was lost".to_owned())
}

/// Shows a list and remembers it; whether it differs from what was shown.
async fn take_list(
    slot: &Arc<Slot>,
    shared: &Shared,
    connection: &Connection,
    listing: Listing,
    is_sse: bool,
) -> bool {
    let hello = &connection.hello;
    let changed = show(slot, shared, |server| {
        server.title = hello.title.clone();
        server.instructions = hello.instructions.clone();
        server.tools = listing.tools.clone();
        server.dropped = listing.dropped.clone();
        server.state = ServerState::Ready;
        server.needs_login = None;
    });
    settle(slot, shared);
    let (memory, title, instructions) =
        (slot.memory.clone(), hello.title.clone(), hello.instructions.clone());
    let remembered = Remembered { era: hello.era_to_remember(), is_sse, title, instructions, listing };
    if changed {
        // An error means that saving panicked, which is reported by the panic itself.
        let _ = shared.tasks.spawn_blocking(move || memory.save(&remembered)).await;
    }
    changed
}

fn lose(slot: &Slot, shared: &Shared, down: Down) {
    let reason = down.reason.clone();
    let needs_login = down.needs_login.then(|| reason.clone());
    match down.needs_login {
        true => tracing::warn!(server = %slot.name(), reason, "a server wants its person to sign in"),
        false => tracing::warn!(server = %slot.name(), reason, "a server cannot be reached"),
    }
    slot.status.send_replace(Status::Down(down));
    show(slot, shared, |server| {
        server.needs_login = needs_login;
        let known = !server.tools.is_empty();
        server.state = if known { ServerState::Stale { reason } } else { ServerState::Failed { reason } };
    });
    settle(slot, shared);
}

/// A server that wants its person to sign in is left alone until that may have happened.
async fn wait_for_login(slot: &Slot) {
    match &slot.entry.sign_in {
        Some(sign_in) => sign_in.changed().await,
        // Only who signs requests says that a person has to sign in.
        None => std::future::pending().await,
    }
}

async fn wait_for_next_try(slot: &Slot, failures: u32) {
    let wanted = async {
        if failures < EAGER_TRIES {
            slot.wanted.notified().await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = sleep(pause_after(failures)) => {}
        () = wanted => {}
    }
}

/// Doubling, and somewhere in the upper half of it, so that servers lost together do not come back together.
fn pause_after(failures: u32) -> Duration {
    let full = PAUSE_FIRST.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(PAUSE_MAX);
    let random = RandomState::new().build_hasher().finish();
    full.mul_f64(0.5 + 0.5 * (random % 1000) as f64 / 1000.0)
}

/// Changes what the catalog shows of a server; whether that made a difference.
fn show(slot: &Slot, shared: &Shared, change: impl FnOnce(&mut Server)) -> bool {
    {
        let mut facts = slot.facts();
        let mut server = (*facts.server).clone();
        change(&mut server);
        if server == *facts.server {
            return false;
        }
        facts.server = Arc::new(server);
    }
    shared.publish();
    true
}

fn settle(slot: &Slot, shared: &Shared) {
    if !slot.settled.swap(true, Ordering::AcqRel) {
        shared.unsettled.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_bounded() {
        for (failures, seconds) in [(1, 1.0), (2, 2.0), (5, 16.0), (9, 256.0), (10, 300.0), (u32::MAX, 300.0)]
        {
            let pause = pause_after(failures).as_secs_f64();
            assert!(pause >= seconds / 2.0 && pause <= seconds, "{failures}: {pause}");
        }
    }
}
