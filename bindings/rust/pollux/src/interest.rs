// SPDX-License-Identifier: MIT
//! What a descriptor is watched for, and what is reported.

use std::fmt;
use std::ops::BitOr;

use pollux_sys as sys;

/// What a descriptor is watched for, and how. Level is the way unless another one is chosen.
///
/// ```
/// use pollux::Interest;
/// const BOTH_ONCE: Interest = Interest::READABLE.and(Interest::WRITABLE).oneshot();
/// assert_eq!(BOTH_ONCE, (Interest::READABLE | Interest::WRITABLE).oneshot());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Interest(u32);

impl Interest {
    /// Nothing is reported, no hang-up either; the descriptor stays registered.
    pub const NONE: Interest = Interest(0);
    /// A read would not block: data, a connection to accept, the end or an error is there.
    pub const READABLE: Interest = Interest(sys::PLX_READABLE);
    /// A write would not block: room, the end of a connect or an error is there.
    pub const WRITABLE: Interest = Interest(sys::PLX_WRITABLE);
    /// Out-of-band data or another exceptional condition. Needs
    /// [`Capabilities::PRIORITY`](crate::Capabilities::PRIORITY).
    pub const PRIORITY: Interest = Interest(sys::PLX_PRIORITY);

    /// This and the other together; also `|`.
    #[must_use]
    pub const fn and(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }

    /// Reports changes to ready, not the state: read or write until `WouldBlock`. Needs
    /// [`Capabilities::EDGE`](crate::Capabilities::EDGE).
    #[must_use]
    pub const fn edge(self) -> Interest {
        Interest(self.0 | sys::PLX_EDGE)
    }

    /// Reports once and then disarms the whole registration, both directions, until it is set anew.
    #[must_use]
    pub const fn oneshot(self) -> Interest {
        Interest(self.0 | sys::PLX_ONESHOT)
    }

    /// Of the pollers that watch this file so, wakes fewer than all, where
    /// [`Capabilities::EXCLUSIVE`](crate::Capabilities::EXCLUSIVE) is. Not together with
    /// [`oneshot`](Self::oneshot) or [`PRIORITY`](Self::PRIORITY), which is `EINVAL`.
    #[must_use]
    pub const fn exclusive(self) -> Interest {
        Interest(self.0 | sys::PLX_EXCLUSIVE)
    }

    /// Is all of `other` part of this?
    pub const fn contains(self, other: Interest) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }
}

impl BitOr for Interest {
    type Output = Interest;

    fn bitor(self, other: Interest) -> Interest {
        self.and(other)
    }
}

const NAMES: &[(u32, &str)] = &[
    (sys::PLX_READABLE, "READABLE"),
    (sys::PLX_WRITABLE, "WRITABLE"),
    (sys::PLX_PRIORITY, "PRIORITY"),
    (sys::PLX_READ_CLOSED, "READ_CLOSED"),
    (sys::PLX_HANGUP, "HANGUP"),
    (sys::PLX_ERROR, "ERROR"),
    (sys::PLX_EDGE, "EDGE"),
    (sys::PLX_ONESHOT, "ONESHOT"),
    (sys::PLX_EXCLUSIVE, "EXCLUSIVE"),
];

impl fmt::Debug for Interest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bits(formatter, "Interest", self.0, NAMES)
    }
}

/// What is reported of a descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Readiness(u32);

impl Readiness {
    pub(crate) const fn from_bits(bits: u32) -> Readiness {
        Readiness(bits)
    }

    const fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }

    /// A read would not block.
    pub const fn is_readable(self) -> bool {
        self.has(sys::PLX_READABLE)
    }

    /// A write would not block.
    pub const fn is_writable(self) -> bool {
        self.has(sys::PLX_WRITABLE)
    }

    /// An exceptional condition is there.
    pub const fn is_priority(self) -> bool {
        self.has(sys::PLX_PRIORITY)
    }

    /// A hint, beside readable: the peer will send no more. Data may still be unread.
    pub const fn is_read_closed(self) -> bool {
        self.has(sys::PLX_READ_CLOSED)
    }

    /// A hint: both directions are closed. Data may still be unread: readable tells.
    pub const fn is_hangup(self) -> bool {
        self.has(sys::PLX_HANGUP)
    }

    /// A hint: the file is in an error state. Reading, writing or `take_error()` tells which.
    pub const fn is_error(self) -> bool {
        self.has(sys::PLX_ERROR)
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bits(formatter, "Readiness", self.0, NAMES)
    }
}

/// `Title(A | B)`
pub(crate) fn write_bits(
    formatter: &mut fmt::Formatter<'_>,
    title: &str,
    bits: u32,
    names: &[(u32, &str)],
) -> fmt::Result {
    let set = names.iter().filter(|(bit, _)| bits & bit != 0);
    let set: Vec<_> = set.map(|(_, name)| *name).collect();
    write!(formatter, "{}({})", title, set.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interests_join_and_are_shown_by_name() {
        let interest = (Interest::READABLE | Interest::WRITABLE).edge();
        assert!(interest.contains(Interest::WRITABLE));
        assert!(!interest.contains(Interest::PRIORITY));
        assert_eq!(
            format!("{:?}", interest),
            "Interest(READABLE | WRITABLE | EDGE)"
        );
        assert_eq!(format!("{:?}", Interest::NONE), "Interest()");
    }

    #[test]
    fn readiness_tells_each_bit_apart() {
        let readiness = Readiness::from_bits(sys::PLX_READABLE | sys::PLX_HANGUP);
        assert!(readiness.is_readable() && readiness.is_hangup());
        assert!(!readiness.is_writable() && !readiness.is_priority());
        assert!(!readiness.is_error() && !readiness.is_read_closed());
    }
}
