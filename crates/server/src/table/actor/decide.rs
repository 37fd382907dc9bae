//! Deciding one request, against the staged table and behind a guard: a defect costs one answer and no table.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use tabletop::audience::Patch;
use tabletop::command::Command;
use tabletop::decide::{Context, Decision};
use tabletop::event::SeatState;
use tabletop::id::{AccountId, CommandId, SeatId};
use tabletop::permission::authorize;
use tabletop::refusal::Refusal;
use tokio::sync::oneshot;
use tracing::error;

use super::leaks::first_token;
use super::{Actor, Answer, Answerable, Decided, FirstAnswer, Told, Turn, Work, tell_back};

impl Actor {
    /// Decides one request against the staged table. Answers refusals and repeated commands itself.
    pub(super) fn decide(&mut self, work: Work, now_ms: u64) -> Option<Decided> {
        match work {
            Work::Command { connection, seat, id, command, turn } => {
                let in_flight = self.in_flight.iter().any(
                    |decided| matches!(&decided.work, Answerable::Command { seat: s, id: i, .. } if *s == seat && *i == id),
                );
                if in_flight {
                    // Sent twice before the first was committed: answered after it.
                    self.in_flight.push(Decided {
                        work: Answerable::Command { connection, seat, id },
                        events: Vec::new(),
                        stopped: false,
                        made: None,
                        warns: Vec::new(),
                    });
                    return None;
                }
                if let Some(first) = self.answers.get(seat, &id).cloned() {
                    self.ack(connection, &id, &first, Told::default(), Patch::default());
                    return None;
                }
                if turn == Turn::TooSoon {
                    self.ack(connection, &id, &FirstAnswer::too_soon(), Told::default(), Patch::default());
                    return None;
                }
                let asked = first_token(&command);
                let resolve = || {
                    let resolved = protocol::resolve(&self.audience, seat, command);
                    resolved.map_err(|refusal| self.telling(refusal, asked))
                };
                match self.decide_command(seat, &id, resolve, now_ms) {
                    Ok(decision) => {
                        let Decision { events, stopped, made, warns } = decision;
                        Some(Decided {
                            work: Answerable::Command { connection, seat, id },
                            events,
                            stopped,
                            made,
                            warns,
                        })
                    }
                    Err(no) => {
                        let answer = FirstAnswer::no(&no);
                        self.answers.remember(seat, id.clone(), answer.clone());
                        self.ack(connection, &id, &answer, Told::default(), Patch::default());
                        None
                    }
                }
            }
            Work::Knock { knock, generation, reply } => {
                if generation != self.staged.invite_generation()
                    && self.staged.seat_of(knock.account).is_none()
                {
                    tell_back(reply, Err(Answer::Refused(Refusal::Unknown)));
                    return None;
                }
                let decided = self.guarded(|| self.staged.decide_knock(&knock));
                for_person(decided, knock.account, reply)
            }
            Work::Device { seat, account, reply } => {
                let decided = self.guarded(|| self.staged.decide_device(seat, account));
                for_person(decided, account, reply)
            }
            Work::Import { seat, scene, reply } => {
                let id = CommandId::parse("import").ok()?;
                let import = || Ok(Command::ImportScene(scene));
                match self.decide_command(seat, &id, import, now_ms) {
                    Ok(Decision { events, stopped, made, warns }) => {
                        let work = Answerable::Import { seat, reply };
                        Some(Decided { work, events, stopped, made, warns })
                    }
                    Err(no) => {
                        tell_back(reply, Err(no));
                        None
                    }
                }
            }
        }
    }

    fn decide_command(
        &self,
        seat: SeatId,
        id: &CommandId,
        command: impl FnOnce() -> Result<Command, Refusal>,
        now_ms: u64,
    ) -> Result<Decision, Answer> {
        self.guarded(|| {
            let permit = authorize(&self.staged, seat, command()?)
                .inspect_err(|refusal| self.shared.security.command_refused(self.id, refusal, now_ms))?;
            let mut entropy = self.shared.dice.draws(seat, id);
            let undo = self.audience.undo_window(seat);
            self.staged.decide(&mut Context { now_ms, entropy: &mut *entropy, undo }, permit)
        })
    }

    /// A panic while deciding refuses the request; deciding changes nothing, so nothing is lost.
    fn guarded(&self, decide: impl FnOnce() -> Result<Decision, Refusal>) -> Result<Decision, Answer> {
        let decided = catch_unwind(AssertUnwindSafe(decide));
        decided.map(|decided| decided.map_err(Answer::Refused)).unwrap_or_else(|_| {
            error!(table = %self.id, "table.decide.panicked");
            self.shared.counters.decisions_panicked.fetch_add(1, Ordering::Relaxed);
            Err(Answer::Defect)
        })
    }
}

fn for_person(
    decided: Result<Decision, Answer>,
    account: AccountId,
    reply: oneshot::Sender<Result<SeatState, Answer>>,
) -> Option<Decided> {
    match decided {
        Ok(Decision { events, stopped, made, warns }) => {
            Some(Decided { work: Answerable::Knock { account, reply }, events, stopped, made, warns })
        }
        Err(no) => {
            tell_back(reply, Err(no));
            None
        }
    }
}
