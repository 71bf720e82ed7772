// SPDX-License-Identifier: MIT
//! A closure that may be closed at any time, from within itself too.

use std::cell::Cell;

/// Holds a closure. While it runs it is lent out, so that nothing that it does to its own handle
/// can reach it: what is closed then is dropped when it has returned.
pub(crate) struct Callback<V> {
    state: Cell<State<V>>,
}

enum State<V> {
    Idle(V),
    Running,
    Closed,
}

impl<V> Callback<V> {
    pub(crate) fn new(value: V) -> Callback<V> {
        Callback {
            state: Cell::new(State::Idle(value)),
        }
    }

    /// Runs `call` on the closure; nothing if it is running already, or closed.
    pub(crate) fn with<R>(&self, call: impl FnOnce(&mut V) -> R) -> Option<R> {
        match self.state.replace(State::Running) {
            State::Idle(value) => {
                let mut lent = Lent {
                    callback: self,
                    value: Some(value),
                };
                lent.value.as_mut().map(call)
            }
            other => {
                self.state.set(other);
                None
            }
        }
    }

    /// Takes the closure out and closes this; nothing if it is running, or closed.
    pub(crate) fn take(&self) -> Option<V> {
        match self.state.replace(State::Closed) {
            State::Idle(value) => Some(value),
            _ => None,
        }
    }

    /// Drops the closure, now or when it has returned.
    pub(crate) fn close(&self) {
        drop(self.take());
    }
}

/// Brings the closure back, after a panic too.
struct Lent<'a, V> {
    callback: &'a Callback<V>,
    value: Option<V>,
}

impl<V> Drop for Lent<'_, V> {
    fn drop(&mut self) {
        match self.callback.state.replace(State::Closed) {
            State::Running => {
                if let Some(value) = self.value.take() {
                    self.callback.state.set(State::Idle(value));
                }
            }
            // Closed meanwhile: the value goes with this.
            _ => drop(self.value.take()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{catch_unwind, AssertUnwindSafe};
    use std::rc::Rc;

    type Closure = Box<dyn FnMut() -> usize>;

    /// A closure that counts its calls, and a way to see whether it lives.
    fn counting() -> (Rc<()>, Closure) {
        let alive = Rc::new(());
        let inside = Rc::clone(&alive);
        let mut calls = 0;
        let closure = move || {
            let _captured = &inside;
            calls += 1;
            calls
        };
        (alive, Box::new(closure))
    }

    #[test]
    fn a_closure_keeps_its_state_from_call_to_call() {
        let (_, closure) = counting();
        let callback = Callback::new(closure);
        assert_eq!(callback.with(|closure| closure()), Some(1));
        assert_eq!(callback.with(|closure| closure()), Some(2));
    }

    #[test]
    fn a_closed_closure_is_dropped_and_does_not_run() {
        let (alive, closure) = counting();
        let callback = Callback::new(closure);
        callback.close();
        assert_eq!(Rc::strong_count(&alive), 1);
        assert_eq!(callback.with(|closure| closure()), None);
        callback.close();
    }

    #[test]
    fn a_closure_that_closes_itself_lives_until_it_has_returned() {
        let alive = Rc::new(());
        let callback: Rc<Callback<Box<dyn FnMut() -> usize>>>;
        let inside = Rc::clone(&alive);
        let itself: Rc<Cell<Option<Rc<Callback<Closure>>>>> = Rc::default();
        let reach = Rc::clone(&itself);
        callback = Rc::new(Callback::new(Box::new(move || {
            let this = reach.take().unwrap();
            this.close();
            assert!(this.with(|_| ()).is_none());
            Rc::strong_count(&inside)
        })));
        itself.set(Some(Rc::clone(&callback)));
        assert_eq!(callback.with(|closure| closure()), Some(2));
        assert_eq!(Rc::strong_count(&alive), 1);
    }

    #[test]
    fn a_closure_does_not_run_within_itself() {
        let callback = Callback::new(());
        let inner = callback.with(|_| callback.with(|_| ()));
        assert_eq!(inner, Some(None));
        assert_eq!(callback.with(|_| ()), Some(()));
    }

    #[test]
    fn a_closure_survives_its_panic_unless_it_was_closed() {
        let (alive, closure) = counting();
        let callback = Callback::new(closure);
        let panicking = AssertUnwindSafe(|| callback.with(|_| panic!("expected")));
        assert!(catch_unwind(panicking).is_err());
        assert_eq!(callback.with(|closure| closure()), Some(1));
        let panicking = AssertUnwindSafe(|| {
            callback.with(|_| {
                callback.close();
                panic!("expected")
            })
        });
        assert!(catch_unwind(panicking).is_err());
        assert_eq!(Rc::strong_count(&alive), 1);
    }

    #[test]
    fn what_is_taken_is_the_taker_s() {
        let (alive, closure) = counting();
        let callback = Callback::new(closure);
        let mut taken = callback.take().unwrap();
        assert_eq!(taken(), 1);
        assert!(callback.take().is_none());
        drop(callback);
        assert_eq!(Rc::strong_count(&alive), 2);
    }
}
