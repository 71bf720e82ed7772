// SPDX-License-Identifier: MIT
//! The buffer that a wait fills.

use std::fmt;
use std::os::unix::io::RawFd;
use std::slice;

use pollux_sys as sys;

use crate::interest::Readiness;

/// One descriptor's readiness.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Event(sys::plx_event);

impl Event {
    /// What the registration was given.
    pub fn token(&self) -> u64 {
        self.0.token
    }

    /// The number of the descriptor, for messages; it is borrowed from no one.
    pub fn fd(&self) -> RawFd {
        self.0.fd
    }

    /// All that is reported; the questions below are its.
    pub fn readiness(&self) -> Readiness {
        Readiness::from_bits(self.0.events)
    }

    /// See [`Readiness::is_readable`].
    pub fn is_readable(&self) -> bool {
        self.readiness().is_readable()
    }

    /// See [`Readiness::is_writable`].
    pub fn is_writable(&self) -> bool {
        self.readiness().is_writable()
    }

    /// See [`Readiness::is_priority`].
    pub fn is_priority(&self) -> bool {
        self.readiness().is_priority()
    }

    /// See [`Readiness::is_read_closed`].
    pub fn is_read_closed(&self) -> bool {
        self.readiness().is_read_closed()
    }

    /// See [`Readiness::is_hangup`].
    pub fn is_hangup(&self) -> bool {
        self.readiness().is_hangup()
    }

    /// See [`Readiness::is_error`].
    pub fn is_error(&self) -> bool {
        self.readiness().is_error()
    }

    fn is_wake(&self) -> bool {
        self.0.events & sys::PLX_WOKEN != 0
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Event")
            .field("token", &self.token())
            .field("fd", &self.fd())
            .field("readiness", &self.readiness())
            .finish()
    }
}

/// What one [`Poller::wait`](crate::Poller::wait) reports. Made once and used again and again.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let poller = pollux::Poller::new()?;
/// let mut events = pollux::Events::with_capacity(64);
/// poller.waker().wake()?;
/// poller.wait(&mut events, None)?;
/// assert!(events.woken() && events.is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Events {
    records: Vec<Event>,
    filled: usize,
}

impl Events {
    /// Room for `capacity` events; a wait with room for none is `EINVAL`.
    pub fn with_capacity(capacity: usize) -> Events {
        let capacity = capacity.min(i32::MAX as usize);
        Events {
            records: vec![Event(sys::plx_event::default()); capacity],
            filled: 0,
        }
    }

    /// How many events a wait reports at most.
    pub fn capacity(&self) -> usize {
        self.records.len()
    }

    /// The events of descriptors; a wake is not among them.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            records: self.filled().iter(),
        }
    }

    /// How many [`iter`](Self::iter) goes through.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Was no descriptor reported?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Did a [`Waker`](crate::Waker) end the wait? Descriptors may be reported beside it.
    pub fn woken(&self) -> bool {
        self.filled().iter().any(Event::is_wake)
    }

    /// Did the time run out? Then there is neither an event nor a wake.
    pub fn timed_out(&self) -> bool {
        self.filled == 0
    }

    /// Forgets what was reported.
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    fn filled(&self) -> &[Event] {
        &self.records[..self.filled]
    }

    pub(crate) fn room(&mut self) -> *mut sys::plx_event {
        self.records.as_mut_ptr().cast()
    }

    pub(crate) fn set_filled(&mut self, count: usize) {
        self.filled = count.min(self.records.len());
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self).finish()
    }
}

/// Goes through the events of descriptors.
#[derive(Clone)]
pub struct Iter<'a> {
    records: slice::Iter<'a, Event>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Event;

    fn next(&mut self) -> Option<&'a Event> {
        self.records.find(|event| !event.is_wake())
    }
}

impl fmt::Debug for Iter<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.clone()).finish()
    }
}

impl<'a> IntoIterator for &'a Events {
    type Item = &'a Event;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(token: u64, events: u32) -> sys::plx_event {
        sys::plx_event {
            token,
            fd: 5,
            events,
        }
    }

    #[test]
    fn a_wake_is_told_apart_from_the_events_of_descriptors() {
        let mut events = Events::with_capacity(3);
        assert!(events.timed_out() && !events.woken());
        // SAFETY: there is room for three.
        unsafe {
            events.room().write(record(0, sys::PLX_WOKEN));
            events.room().add(1).write(record(9, sys::PLX_READABLE));
        }
        events.set_filled(2);
        assert!(events.woken() && !events.timed_out());
        assert_eq!(events.len(), 1);
        assert_eq!(events.iter().next().unwrap().token(), 9);
        events.clear();
        assert!(events.is_empty() && events.timed_out());
    }
}
