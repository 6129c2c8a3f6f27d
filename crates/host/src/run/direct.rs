//! A run that is one call and no script: what a client asks of a server itself.
//!
//! It has a place in the queue, an end and a record as every run, and its call waits for a person where the rules say so. It
//! leaves nothing to go on from: a call whose answer was lost is not made again.

use tools::AnswerForm;

use super::{Context, Value, stop::Stop};
use crate::{
    broker::Origin,
    host::DirectCall,
    record::{Failure, Outcome},
};

use super::{Order, Stage};

/// The number of the call: it is the only one.
const CALL: u32 = 1;

/// Makes the call, unless the run is cancelled before its answer.
pub(super) async fn carry(context: &Context, call: &DirectCall, order: &Order) -> Result<Value, Stop> {
    order.progress.is(Stage::Waiting);
    let asked = call.asked(Origin { call: Some(CALL), ..Origin::default() });
    let caller = context.caller();
    let answered = tokio::select! {
        biased;
        () = order.cancel.cancelled() => return Err(Stop::cancelled()),
        answered = context.parts.broker.call(asked, &caller) => answered,
    };
    match answered {
        Ok(answer) => Ok(Some(match call.form {
            AnswerForm::Result => answer.value,
            AnswerForm::Value => answer.whole(),
        })),
        Err(unanswered) => Err(Stop::new(Outcome::Threw, Failure::of_call(&unanswered))),
    }
}
