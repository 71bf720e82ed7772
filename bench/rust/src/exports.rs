// SPDX-License-Identifier: MIT
//! What C++ sees of each peer: ../../loops/rust.hpp declares it.

use std::ffi::c_void;
use std::os::unix::io::RawFd;
use std::slice;

use crate::peer::Peer;
use crate::peers::{Mio, Polling, PollingLevel, PolluxRust, PolluxRustEdge, PolluxRustOneshot};
use crate::work::accept::{AcceptSample, Acceptor};
use crate::work::chain::{chain, Pair};
use crate::work::churn::{churn, ChurnTimes};
use crate::work::server::{Echo, Server, Service};
use crate::work::wake::{busy, ping, storm, Storm};
use crate::work::Sample;

/// bench::RustPeer.
#[repr(C)]
pub struct Functions {
    chain: unsafe extern "C" fn(*const Pair, usize, usize, u64) -> Sample,
    churn: unsafe extern "C" fn(*const RawFd, usize, u64) -> ChurnTimes,
    ping: unsafe extern "C" fn(*mut f64, usize),
    busy: extern "C" fn(u64) -> f64,
    storm: extern "C" fn(i64) -> Storm,
    open_echo: unsafe extern "C" fn(*const RawFd, usize) -> Opened,
    open_http: unsafe extern "C" fn(*const RawFd, usize, Http) -> Opened,
    open_acceptor: extern "C" fn(RawFd, RawFd, bool) -> *mut c_void,
    accept: unsafe extern "C" fn(*mut c_void) -> AcceptSample,
    close_acceptor: unsafe extern "C" fn(*mut c_void),
}

/// bench::RustOpened: a server, whichever it is, and what can be done with it.
#[repr(C)]
pub struct Opened {
    server: *mut c_void,
    serve: unsafe extern "C" fn(*mut c_void, u64, More, *mut c_void) -> Sample,
    close: unsafe extern "C" fn(*mut c_void),
}

/// bench::RustHttp: where C++ keeps how far each request has come, and what answers those that end.
#[repr(C)]
pub struct Http {
    services: *mut c_void,
    answer: unsafe extern "C" fn(*mut c_void, usize, RawFd, *const u8, usize) -> u64,
}

impl Service for Http {
    fn answer(&mut self, token: usize, connection: RawFd, bytes: &[u8]) -> u64 {
        let (bytes, count) = (bytes.as_ptr(), bytes.len());
        // SAFETY: there is a service for each connection, as long as the server is there.
        unsafe { (self.answer)(self.services, token, connection, bytes, count) }
    }
}

/// How many more bytes come, of the clients that are given.
type More = extern "C" fn(*mut c_void) -> u64;

impl Functions {
    const fn of<P: Peer + Send>() -> Functions {
        Functions {
            chain: chain_of::<P>,
            churn: churn_of::<P>,
            ping: ping_of::<P>,
            busy: busy_of::<P>,
            storm: storm_of::<P>,
            open_echo: open_echo::<P>,
            open_http: open_http::<P>,
            open_acceptor: open_acceptor::<P>,
            accept: accept::<P>,
            close_acceptor: close::<Acceptor<P>>,
        }
    }
}

macro_rules! export {
    ($name:ident, $peer:ty) => {
        #[allow(non_upper_case_globals)]
        #[no_mangle]
        pub static $name: Functions = Functions::of::<$peer>();
    };
}

export!(bench_mio, Mio);
export!(bench_polling, Polling);
export!(bench_polling_level, PollingLevel);
export!(bench_pollux_rust, PolluxRust);
export!(bench_pollux_rust_edge, PolluxRustEdge);
export!(bench_pollux_rust_oneshot, PolluxRustOneshot);

// Each pointer leads to as many as is said beside it.

unsafe extern "C" fn chain_of<P: Peer>(
    pairs: *const Pair,
    count: usize,
    active: usize,
    events: u64,
) -> Sample {
    // SAFETY: as above.
    chain::<P>(
        unsafe { slice::from_raw_parts(pairs, count) },
        active,
        events,
    )
}

unsafe extern "C" fn churn_of<P: Peer>(
    fds: *const RawFd,
    count: usize,
    changes: u64,
) -> ChurnTimes {
    // SAFETY: as above.
    churn::<P>(unsafe { slice::from_raw_parts(fds, count) }, changes)
}

unsafe extern "C" fn ping_of<P: Peer + Send>(trips: *mut f64, count: usize) {
    // SAFETY: as above.
    ping::<P>(unsafe { slice::from_raw_parts_mut(trips, count) });
}

extern "C" fn busy_of<P: Peer>(count: u64) -> f64 {
    busy::<P>(count)
}

extern "C" fn storm_of<P: Peer + Send>(time: i64) -> Storm {
    storm::<P>(time)
}

unsafe extern "C" fn open_echo<P: Peer>(fds: *const RawFd, count: usize) -> Opened {
    // SAFETY: as above.
    open::<P, _>(unsafe { slice::from_raw_parts(fds, count) }, Echo)
}

unsafe extern "C" fn open_http<P: Peer>(fds: *const RawFd, count: usize, http: Http) -> Opened {
    // SAFETY: as above.
    open::<P, _>(unsafe { slice::from_raw_parts(fds, count) }, http)
}

fn open<P: Peer, S: Service>(fds: &[RawFd], service: S) -> Opened {
    let server: Server<P, S> = Server::new(fds, service);
    Opened {
        server: Box::into_raw(Box::new(server)).cast(),
        serve: serve::<P, S>,
        close: close::<Server<P, S>>,
    }
}

unsafe extern "C" fn serve<P: Peer, S: Service>(
    server: *mut c_void,
    bytes: u64,
    more: More,
    clients: *mut c_void,
) -> Sample {
    // SAFETY: it is what open() made together with this, and nobody else uses it.
    let server: &mut Server<P, S> = unsafe { &mut *server.cast() };
    server.serve(bytes, || more(clients))
}

extern "C" fn open_acceptor<P: Peer>(
    listener: RawFd,
    end: RawFd,
    is_exclusive: bool,
) -> *mut c_void {
    let acceptor: Acceptor<P> = Acceptor::new(listener, end, is_exclusive);
    Box::into_raw(Box::new(acceptor)).cast()
}

unsafe extern "C" fn accept<P: Peer>(acceptor: *mut c_void) -> AcceptSample {
    // SAFETY: it is what open_acceptor() of the same peer returned, and nobody else uses it.
    let acceptor: &mut Acceptor<P> = unsafe { &mut *acceptor.cast() };
    acceptor.run()
}

unsafe extern "C" fn close<T>(opened: *mut c_void) {
    // SAFETY: as where it is used, for the last time.
    drop(unsafe { Box::from_raw(opened.cast::<T>()) });
}
