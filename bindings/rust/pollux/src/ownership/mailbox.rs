// SPDX-License-Identifier: MIT
//! Messages from any thread to one that may be gone.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::closed;

/// Locks. Nothing of the program's runs while one of our locks is held, so none is ever poisoned
/// half way.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Messages for a target `T`, which is there from [`open`](Self::open) to [`close`](Self::close).
pub(crate) struct Mailbox<T, M> {
    inside: Mutex<Inside<T, M>>,
}

struct Inside<T, M> {
    target: Option<T>,
    messages: VecDeque<M>,
}

impl<T, M> Mailbox<T, M> {
    pub(crate) fn new() -> Mailbox<T, M> {
        let inside = Inside {
            target: None,
            messages: VecDeque::new(),
        };
        Mailbox {
            inside: Mutex::new(inside),
        }
    }

    pub(crate) fn open(&self, target: T) {
        lock(&self.inside).target = Some(target);
    }

    /// No use of the target is in progress when this returns, and none follows. What was not taken
    /// is the caller's to drop.
    pub(crate) fn close(&self) -> VecDeque<M> {
        let mut inside = lock(&self.inside);
        inside.target = None;
        std::mem::take(&mut inside.messages)
    }

    /// Uses the target, while it is there.
    pub(crate) fn with_target(&self, call: impl FnOnce(&T) -> io::Result<()>) -> io::Result<()> {
        let inside = lock(&self.inside);
        call(inside.target.as_ref().ok_or_else(closed)?)
    }

    /// Leaves a message if `announce` succeeds, which tells the target of it.
    pub(crate) fn send(
        &self,
        message: M,
        announce: impl FnOnce(&T) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut inside = lock(&self.inside);
        let announced = match &inside.target {
            Some(target) => announce(target),
            None => Err(closed()),
        };
        if announced.is_ok() {
            inside.messages.push_back(message);
        } else {
            // The drop of the message is the program's: not under the lock.
            drop(inside);
            drop(message);
        }
        announced
    }

    /// The oldest message.
    pub(crate) fn take(&self) -> Option<M> {
        lock(&self.inside).messages.pop_front()
    }

    pub(crate) fn take_all(&self) -> VecDeque<M> {
        std::mem::take(&mut lock(&self.inside).messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::Arc;
    use std::thread;

    #[test]
    fn messages_of_one_thread_keep_their_order() {
        let mailbox = Arc::new(Mailbox::new());
        let announced = Arc::new(AtomicUsize::new(0));
        mailbox.open(Arc::clone(&announced));
        let senders: Vec<_> = (0..3)
            .map(|sender| {
                let mailbox = Arc::clone(&mailbox);
                thread::spawn(move || {
                    for number in 0..20 {
                        let announce = |target: &Arc<AtomicUsize>| {
                            target.fetch_add(1, Ordering::Relaxed);
                            Ok(())
                        };
                        mailbox.send((sender, number), announce).unwrap();
                    }
                })
            })
            .collect();
        senders
            .into_iter()
            .for_each(|sender| sender.join().unwrap());
        assert_eq!(announced.load(Ordering::Relaxed), 60);
        let mut next = [0; 3];
        while let Some((sender, number)) = mailbox.take() {
            assert_eq!(number, next[sender]);
            next[sender] += 1;
        }
        assert_eq!(next, [20; 3]);
    }

    #[test]
    fn a_closed_mailbox_refuses_and_gives_back_what_it_had() {
        let mailbox = Mailbox::new();
        mailbox.open(());
        mailbox.send("kept", |_| Ok(())).unwrap();
        assert_eq!(mailbox.close(), ["kept"]);
        let refused = mailbox.send("late", |_| Ok(())).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::NotFound);
        assert!(mailbox.with_target(|_| Ok(())).is_err());
        assert!(mailbox.take().is_none() && mailbox.take_all().is_empty());
    }

    #[test]
    fn a_message_that_cannot_be_announced_is_dropped_outside_of_the_lock() {
        struct Nosy(Arc<Mailbox<(), Nosy>>);
        impl Drop for Nosy {
            fn drop(&mut self) {
                assert!(self.0.take_all().is_empty());
            }
        }
        let mailbox = Arc::new(Mailbox::new());
        mailbox.open(());
        let message = Nosy(Arc::clone(&mailbox));
        assert!(mailbox.send(message, |_| Err(closed())).is_err());
    }
}
