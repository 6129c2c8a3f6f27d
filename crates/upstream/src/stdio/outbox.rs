//! Writing to a server's standard input without waiting for it, and without half-written lines.
//!
//! A line is written at once when the pipe has room, which spares the hop to another task on nearly every
//! call. What does not fit is kept and written by one task. A caller that gives up never leaves half a line.

use std::{collections::VecDeque, io, sync::Arc};

use parking_lot::Mutex;
use tokio::{net::unix::pipe, sync::Notify};

use crate::failure::Failure;

/// What a server may leave unread. Arguments are bounded where they enter (some MB); 64 in flight are a run.
const UNREAD_BYTES_MAX: usize = 128 << 20;

/// The write end of a server's standard input.
pub(crate) struct Outbox {
    state: Mutex<State>,
    more: Notify,
}

struct State {
    /// `None` once closed: the server then sees the end of its input.
    pipe: Option<Arc<pipe::Sender>>,
    unsent: VecDeque<u8>,
}

impl Outbox {
    pub(crate) fn new(pipe: pipe::Sender) -> Arc<Self> {
        let state = State { pipe: Some(Arc::new(pipe)), unsent: VecDeque::new() };
        Arc::new(Self { state: Mutex::new(state), more: Notify::new() })
    }

    /// Sends a message; its line end is added here.
    pub(crate) fn send(&self, mut message: Vec<u8>) -> Result<(), Failure> {
        message.push(b'\n');
        let mut state = self.state.lock();
        let Some(pipe) = state.pipe.clone() else {
            return Err(Failure::Lost("the connection to the server was closed".to_owned()));
        };
        if state.unsent.len() + message.len() > UNREAD_BYTES_MAX {
            return Err(Failure::Lost("the server does not read what it is sent".to_owned()));
        }
        let sent = if state.unsent.is_empty() { try_write(&pipe, &message)? } else { 0 };
        if sent < message.len() {
            state.unsent.extend(&message[sent..]);
            self.more.notify_one();
        }
        Ok(())
    }

    /// Ends the server's input.
    pub(crate) fn close(&self) {
        self.state.lock().pipe = None;
        self.more.notify_one();
    }

    /// Writes what did not fit at once, until the outbox is closed or the server is gone.
    pub(crate) async fn write_rest(&self) {
        while let Some(pipe) = self.waiting_pipe().await {
            if pipe.writable().await.is_err() || self.write_some(&pipe).is_err() {
                return;
            }
        }
    }

    /// The pipe, once there is something to write; `None` once closed.
    async fn waiting_pipe(&self) -> Option<Arc<pipe::Sender>> {
        loop {
            {
                let state = self.state.lock();
                let pipe = state.pipe.clone()?;
                if !state.unsent.is_empty() {
                    return Some(pipe);
                }
            }
            self.more.notified().await;
        }
    }

    fn write_some(&self, pipe: &pipe::Sender) -> Result<(), Failure> {
        let mut state = self.state.lock();
        let sent = try_write(pipe, state.unsent.as_slices().0)?;
        state.unsent.drain(..sent);
        Ok(())
    }
}

fn try_write(pipe: &pipe::Sender, bytes: &[u8]) -> Result<usize, Failure> {
    match pipe.try_write(bytes) {
        Ok(sent) => Ok(sent),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Err(error) => Err(Failure::Lost(format!("the server's input is closed ({})", error.kind()))),
    }
}
