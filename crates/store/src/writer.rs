//! The one that changes the database, and the one that reads it: each works off a queue.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, try_join_all},
};
use tokio::sync::{mpsc, oneshot};

use crate::{StoreError, database::Database};

/// Changes that are committed together at most. More would make the first wait for the last.
const BATCH_MAX: usize = 512;

/// Something to do with the database.
pub(crate) type Work<T> =
    Box<dyn for<'d> FnOnce(&'d dyn Database) -> BoxFuture<'d, Result<T, StoreError>> + Send>;

/// Work in the queue.
pub(crate) trait Task: Send {
    /// Does the work. An error means that the database failed, and with it everything in the same transaction.
    fn run<'a>(&'a mut self, database: &'a dyn Database) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Tells the outcome to the one who asked, once it is known whether the transaction was committed.
    fn tell(self: Box<Self>, committed: Result<(), StoreError>);
}

/// The outcome of a change or a question, when it is there. The work is done whether this is awaited or not.
#[derive(Debug)]
#[must_use = "drop it by name where nothing has to be durable"]
pub struct Pending<T>(oneshot::Receiver<Result<T, StoreError>>);

struct Asked<T> {
    work: Option<Work<T>>,
    outcome: Option<Result<T, StoreError>>,
    asker: oneshot::Sender<Result<T, StoreError>>,
}

/// Work as a task, and what its asker waits for.
pub(crate) fn task<T: Send + 'static>(work: Work<T>) -> (Box<dyn Task>, Pending<T>) {
    let (asker, outcome) = oneshot::channel();
    (Box::new(Asked { work: Some(work), outcome: None, asker }), Pending(outcome))
}

impl<T> Pending<T> {
    /// An outcome that is there.
    pub(crate) fn is_done(outcome: Result<T, StoreError>) -> Self {
        let (asker, pending) = oneshot::channel();
        // Its receiver is here.
        let _ = asker.send(outcome);
        Self(pending)
    }
}

impl<T: Send> Task for Asked<T> {
    fn run<'a>(&'a mut self, database: &'a dyn Database) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let Some(work) = self.work.take() else { return Ok(()) };
            match self.outcome.insert(work(database).await) {
                Err(error) if !error.is_of_one_change() => Err(error.clone()),
                Ok(_) | Err(_) => Ok(()),
            }
        }
        .boxed()
    }

    fn tell(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { outcome, asker, .. } = *self;
        let outcome = committed.and_then(|()| outcome.unwrap_or_else(|| Err(closed())));
        // Who does not listen any more needs no answer.
        let _ = asker.send(outcome);
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(context).map(|told| told.unwrap_or_else(|_| Err(closed())))
    }
}

fn closed() -> StoreError {
    StoreError::Failed("the store is closed".into())
}

/// Makes changes, as many in one commit as are waiting, until the store is closed.
pub(crate) async fn write(database: &dyn Database, mut tasks: mpsc::UnboundedReceiver<Box<dyn Task>>) {
    let mut batch = Vec::new();
    while tasks.recv_many(&mut batch, BATCH_MAX).await > 0 {
        // Each begins in its turn, and where the way to the database is long they are on it together.
        let work = try_join_all(batch.iter_mut().map(|task| task.run(database)));
        let committed = transaction(database, work).await.map(drop);
        batch.drain(..).for_each(|task| task.tell(committed.clone()));
    }
}

/// Answers questions, one after the other, until the store is closed.
pub(crate) async fn read(database: &dyn Database, mut tasks: mpsc::UnboundedReceiver<Box<dyn Task>>) {
    while let Some(mut task) = tasks.recv().await {
        let read = match database.ready().await {
            Ok(()) => task.run(database).await,
            Err(error) => Err(error),
        };
        task.tell(read);
    }
}

/// Does work in one transaction: all of it, or nothing.
pub(crate) async fn transaction<T>(
    database: &dyn Database,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    database.ready().await?;
    database.script(database.begin()).await?;
    let done = match work.await {
        Ok(value) => database.script("COMMIT").await.map(|()| value),
        Err(error) => Err(error),
    };
    if done.is_err() {
        // A database that failed may have rolled back by itself.
        let _ = database.script("ROLLBACK").await;
    }
    done
}
