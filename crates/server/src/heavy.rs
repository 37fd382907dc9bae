//! Work that computes for milliseconds: signatures and the like. It has threads of its own, of low priority, so that those
//! which carry moves are never kept waiting; what does not fit into its queue is refused.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use tokio::sync::oneshot;
use tracing::warn;

/// How many wait for each thread, at most.
const WAITING_MAX: usize = 32;
/// Added to the niceness of the threads.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Threads for heavy work.
pub(crate) struct Heavy {
    jobs: SyncSender<Job>,
}

/// There is no room for more work now, or the work did not end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too much heavy work is waiting")]
pub(crate) struct Busy;

impl Heavy {
    /// Starts as many threads as there are processors.
    pub(crate) fn start() -> io::Result<Self> {
        Self::with_threads(thread::available_parallelism().map_or(1, usize::from))
    }

    fn with_threads(count: usize) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(WAITING_MAX * count);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..count {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new().name("heavy".to_owned()).spawn(move || work(&waiting))?;
        }
        Ok(Self { jobs })
    }

    /// Does something on one of the threads.
    ///
    /// # Errors
    /// [`Busy`] if the queue is full; then nothing was done.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            // Whoever asked may have gone.
            if !answer.is_closed() {
                drop(answer.send(job()));
            }
        });
        match self.jobs.try_send(job) {
            Ok(()) => answered.await.map_err(|_| Busy),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Busy),
        }
    }
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    // On Linux this is about the calling thread alone.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        warn!(error = &error as &dyn std::error::Error, "heavy.priority");
    }
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // One job that panics is its own asker's loss: its answer never comes.
        drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_is_refused_and_the_rest_is_done() {
        let heavy = Arc::new(Heavy::with_threads(1).unwrap());
        let (release, held) = channel::<()>();
        let (begun, begins) = channel();
        let blocker = {
            let heavy = Arc::clone(&heavy);
            tokio::spawn(async move {
                heavy
                    .run(move || {
                        begun.send(()).unwrap();
                        held.recv()
                    })
                    .await
            })
        };
        tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();
        let waiting: Vec<_> = (0..=WAITING_MAX)
            .map(|number| {
                let heavy = Arc::clone(&heavy);
                tokio::spawn(async move { heavy.run(move || number).await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(heavy.run(|| ()).await, Err(Busy));
        release.send(()).unwrap();
        blocker.await.unwrap().unwrap().unwrap();
        let mut done = 0;
        for one in waiting {
            done += usize::from(one.await.unwrap().is_ok());
        }
        assert_eq!(done, WAITING_MAX, "one of them found the queue full");
    }

    #[tokio::test]
    async fn a_job_that_panics_ends_itself_alone() {
        let heavy = Heavy::with_threads(1).unwrap();
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let answer = heavy.run(|| -> () { panic!("on purpose") }).await;
        std::panic::set_hook(quiet);
        assert_eq!(answer, Err(Busy));
        assert_eq!(heavy.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn the_threads_give_way_to_others() {
        let heavy = Heavy::with_threads(1).unwrap();
        let own = rustix::process::getpriority_process(None).unwrap();
        let theirs = heavy.run(|| rustix::process::getpriority_process(None).unwrap()).await.unwrap();
        assert_eq!(theirs, NICENESS);
        assert_eq!(rustix::process::getpriority_process(None).unwrap(), own, "and nobody else does");
    }
}
