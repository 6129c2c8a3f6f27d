//! The person behind a client while one of its requests waits for a run.

use host::{Decision, Host, RunId, RunStatus};
use rmcp::model::InputRequiredResult;
use tokio::task::JoinHandle;

use super::asking::{Asker, Form};

/// What is told to a request that waits for a run.
pub(super) enum Told {
    /// How far the run is; `None` when there is no such run.
    Status(Option<RunStatus>),
    /// The client is to ask this.
    Question(InputRequiredResult),
    /// The person has decided: the run goes on.
    Decided,
    /// Calls wait, and this client does not get them decided.
    Undecided,
}

/// Asks a person, one form after the other.
pub(super) struct Person<'a> {
    asker: Asker,
    /// Who decides, for those who look later.
    name: String,
    host: &'a Host,
    /// The form that is open. It stays open when the request is answered before: the decision counts all the same.
    open: Option<JoinHandle<Option<Decision>>>,
}

impl<'a> Person<'a> {
    pub(super) fn new(asker: Asker, name: String, host: &'a Host) -> Self {
        Self { asker, name, host, open: None }
    }

    /// Waits until a run does not go on before a person has decided, and gets it decided where that is possible.
    pub(super) async fn asked_about(&mut self, run: &RunId) -> Told {
        if self.open.is_none() {
            let waiting = self.host.asks(Some(run)).await;
            let form = Form::of(&waiting);
            match (&self.asker, form) {
                (Asker::ByRequest(peer), Some(form)) => {
                    self.host.show(&form.calls);
                    let (host, name, peer) = (self.host.clone(), self.name.clone(), peer.clone());
                    self.open = Some(tokio::spawn(async move {
                        let decision = form.ask(&peer).await;
                        if let Some(decision) = decision {
                            host.decide(&form.calls, decision, &name).await;
                        }
                        decision
                    }));
                }
                (Asker::ByResult, Some(form)) => {
                    let under = self.host.show(&form.calls);
                    return Told::Question(form.result(run, &under));
                }
                (Asker::Nobody, _) | (_, None) => {
                    let calls: Vec<_> = waiting.iter().map(|waiting| waiting.id.clone()).collect();
                    self.host.show(&calls);
                    return Told::Undecided;
                }
            }
        }
        let Some(open) = &mut self.open else { return Told::Undecided };
        let decided = open.await.ok().flatten();
        self.open = None;
        if decided.is_some() { Told::Decided } else { Told::Undecided }
    }
}
