// SPDX-License-Identifier: MIT
//! Which kernel interface is underneath, and what it can do.

use std::fmt;
use std::io;
use std::ops::BitOr;
use std::str::FromStr;

use pollux_sys as sys;

use crate::error::{invalid, text};

/// A kernel interface that tells readiness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Linux epoll(7).
    Epoll,
    /// kqueue(2) of macOS and the BSDs.
    Kqueue,
    /// POSIX poll(2).
    Poll,
}

impl Backend {
    /// Those that work here and now, best first.
    ///
    /// ```
    /// for backend in pollux::Backend::available() {
    ///     println!("{backend}: {:?}", backend.capabilities());
    /// }
    /// ```
    pub fn available() -> Vec<Backend> {
        let mut ids = [0; 16];
        // SAFETY: the array has room for that many.
        let count = unsafe { sys::plx_backend_list(ids.as_mut_ptr(), ids.len()) };
        let found = &ids[..count.min(ids.len())];
        found
            .iter()
            .filter_map(|id| Backend::from_id(*id))
            .collect()
    }

    /// `"epoll"`, `"kqueue"` or `"poll"`; [`FromStr`] is the way back.
    pub fn name(self) -> &'static str {
        // SAFETY: any number may be asked for.
        text(unsafe { sys::plx_backend_name(self.id()) })
    }

    /// What it can do; nothing if it is not compiled in.
    pub fn capabilities(self) -> Capabilities {
        // SAFETY: any number may be asked for.
        Capabilities(unsafe { sys::plx_backend_capabilities(self.id()) })
    }

    pub(crate) fn id(self) -> u32 {
        match self {
            Backend::Epoll => sys::PLX_BACKEND_EPOLL,
            Backend::Kqueue => sys::PLX_BACKEND_KQUEUE,
            Backend::Poll => sys::PLX_BACKEND_POLL,
        }
    }

    pub(crate) fn from_id(id: u32) -> Option<Backend> {
        match id {
            sys::PLX_BACKEND_EPOLL => Some(Backend::Epoll),
            sys::PLX_BACKEND_KQUEUE => Some(Backend::Kqueue),
            sys::PLX_BACKEND_POLL => Some(Backend::Poll),
            _ => None,
        }
    }

    /// Of something that exists, and so has a backend that this version of the crate knows.
    pub(crate) fn in_use(id: u32) -> Backend {
        Backend::from_id(id).expect("the version of the library was checked when it was linked")
    }

    pub(crate) fn id_or_auto(backend: Option<Backend>) -> u32 {
        backend.map_or(sys::PLX_BACKEND_AUTO, Backend::id)
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Backend {
    type Err = io::Error;

    /// Exactly a [`Backend::name`]; anything else is `EINVAL`.
    fn from_str(name: &str) -> io::Result<Backend> {
        let all = [Backend::Epoll, Backend::Kqueue, Backend::Poll];
        all.into_iter()
            .find(|backend| backend.name() == name)
            .ok_or_else(invalid)
    }
}

/// A set of things that a [`Backend`] can do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Capabilities(pub(crate) u32);

impl Capabilities {
    /// The empty set.
    pub const NONE: Capabilities = Capabilities(0);
    /// [`Interest::edge`](crate::Interest::edge) is there.
    pub const EDGE: Capabilities = Capabilities(sys::PLX_CAP_EDGE);
    /// [`Interest::exclusive`](crate::Interest::exclusive) wakes fewer waiters; everywhere else it
    /// is accepted and wakes them all.
    pub const EXCLUSIVE: Capabilities = Capabilities(sys::PLX_CAP_EXCLUSIVE);
    /// [`Interest::PRIORITY`](crate::Interest::PRIORITY) is there.
    pub const PRIORITY: Capabilities = Capabilities(sys::PLX_CAP_PRIORITY);
    /// [`Readiness::is_read_closed`](crate::Readiness::is_read_closed) can be reported.
    pub const READ_CLOSED: Capabilities = Capabilities(sys::PLX_CAP_READ_CLOSED);
    /// Timeouts are finer than a millisecond.
    pub const NS_TIMEOUT: Capabilities = Capabilities(sys::PLX_CAP_NS_TIMEOUT);
    /// A descriptor that can be nested in another event loop is there.
    pub const NATIVE_FD: Capabilities = Capabilities(sys::PLX_CAP_NATIVE_FD);

    /// Are all of `others` in this set?
    pub const fn contains(self, others: Capabilities) -> bool {
        self.0 & others.0 == others.0
    }
}

impl BitOr for Capabilities {
    type Output = Capabilities;

    fn bitor(self, other: Capabilities) -> Capabilities {
        Capabilities(self.0 | other.0)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (sys::PLX_CAP_EDGE, "EDGE"),
            (sys::PLX_CAP_EXCLUSIVE, "EXCLUSIVE"),
            (sys::PLX_CAP_PRIORITY, "PRIORITY"),
            (sys::PLX_CAP_READ_CLOSED, "READ_CLOSED"),
            (sys::PLX_CAP_NS_TIMEOUT, "NS_TIMEOUT"),
            (sys::PLX_CAP_NATIVE_FD, "NATIVE_FD"),
        ];
        crate::interest::write_bits(formatter, "Capabilities", self.0, &names)
    }
}
