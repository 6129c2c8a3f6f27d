//! Tells a client that asked for it how far its request is: progress notifications of the protocol.

use std::time::{Duration, Instant};

use axum::http::request::Parts;
use rmcp::{
    Peer, RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::RequestContext,
};

use super::route::Accepted;

/// How often a client hears of a request that goes on. Clients begin their time-outs anew with every word, of which the
/// shortest are a few seconds.
const EVERY: Duration = Duration::from_secs(1);

/// Who is told of one request.
pub(super) struct Reporter {
    /// `None` where nobody asked, or where nothing can be said before the answer.
    client: Option<(ProgressToken, Peer<RoleServer>)>,
    began: Instant,
}

impl Reporter {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let parts = context.extensions.get::<Parts>();
        let accepted = parts.and_then(|parts| parts.extensions.get::<Accepted>());
        let token = context.meta.get_progress_token();
        let token = token.filter(|_| accepted.is_none_or(|accepted| accepted.takes_events()));
        Self { client: token.map(|token| (token, context.peer.clone())), began: Instant::now() }
    }

    /// Waits for some work, and tells the client meanwhile what it waits for.
    pub(super) async fn during<T>(&self, work: impl Future<Output = T>, what: impl Fn() -> String) -> T {
        let Some((token, peer)) = &self.client else { return work.await };
        let mut work = std::pin::pin!(work);
        loop {
            if let Ok(done) = tokio::time::timeout(EVERY, work.as_mut()).await {
                return done;
            }
            // It has to grow from one time to the next, and time does.
            let seconds = self.began.elapsed().as_secs_f64();
            let progress = ProgressNotificationParam::new(token.clone(), seconds).with_message(what());
            // A client that cannot be told loses nothing but the news.
            let _ = peer.notify_progress(progress).await;
        }
    }
}
