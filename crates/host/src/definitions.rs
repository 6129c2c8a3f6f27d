//! What all tool definitions of a surface cost a model, counted once and off the way.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use surface::Surface;
use tokio::sync::watch;

/// A catalog that is still filling changes often; it is counted when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(250);

/// A surface, for as long as its address is taken, and its tokens.
type Counted = (Weak<Surface>, u64);

/// The count of the last surface asked about.
#[derive(Clone, Default)]
pub(crate) struct Definitions {
    last: Arc<Mutex<Option<Counted>>>,
}

impl Definitions {
    /// The tokens of all definitions. At once when they were counted before.
    pub(crate) async fn tokens(&self, surface: &Arc<Surface>) -> u64 {
        if let Some(known) = self.known(surface) {
            return known;
        }
        let asked = surface.clone();
        let counted = tokio::task::spawn_blocking(move || asked.definition_tokens()).await;
        let tokens = counted.unwrap_or_default();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::downgrade(surface), tokens));
        tokens
    }

    /// Counts each surface ahead of need, until there are no more.
    pub(crate) async fn keep_counted(self, mut surfaces: watch::Receiver<Arc<Surface>>) {
        drop(tokio::task::spawn_blocking(surface::warm_up).await);
        loop {
            let surface = surfaces.borrow_and_update().clone();
            match tokio::time::timeout(QUIET, surfaces.changed()).await {
                Ok(Ok(())) => continue,
                Ok(Err(_)) => return,
                Err(_) => drop(self.tokens(&surface).await),
            }
            drop(surface);
            if surfaces.changed().await.is_err() {
                return;
            }
        }
    }

    fn known(&self, surface: &Arc<Surface>) -> Option<u64> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, tokens) = last.as_ref()?;
        std::ptr::eq(known.as_ptr(), Arc::as_ptr(surface)).then_some(*tokens)
    }
}
