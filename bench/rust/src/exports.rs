// SPDX-License-Identifier: MIT
//! What C++ calls: ../../loops/rust.hpp has the types.

use std::os::unix::io::RawFd;
use std::slice;

use crate::peers::{Mio, Polling, PollingLevel, PolluxRust};
use crate::work::chain::{chain, Pair};
use crate::work::echo::echo;
use crate::work::ping::ping;
use crate::work::Sample;

macro_rules! export {
    ($peer:ty, $chain:ident, $echo:ident, $ping:ident) => {
        /// # Safety
        ///
        /// There are so many pairs.
        #[no_mangle]
        pub unsafe extern "C" fn $chain(
            pairs: *const Pair,
            count: usize,
            active: usize,
            events: u64,
        ) -> Sample {
            // SAFETY: as above.
            let pairs = unsafe { slice::from_raw_parts(pairs, count) };
            chain::<$peer>(pairs, active, events)
        }

        /// # Safety
        ///
        /// There are so many connections.
        #[no_mangle]
        pub unsafe extern "C" fn $echo(
            connections: *const RawFd,
            count: usize,
            messages: u64,
        ) -> Sample {
            // SAFETY: as above.
            let connections = unsafe { slice::from_raw_parts(connections, count) };
            echo::<$peer>(connections, messages)
        }

        /// # Safety
        ///
        /// There is room for so many trips.
        #[no_mangle]
        pub unsafe extern "C" fn $ping(trips: *mut f64, count: usize) {
            // SAFETY: as above.
            ping::<$peer>(unsafe { slice::from_raw_parts_mut(trips, count) })
        }
    };
}

export!(Mio, bench_mio_chain, bench_mio_echo, bench_mio_ping);
export!(
    Polling,
    bench_polling_chain,
    bench_polling_echo,
    bench_polling_ping
);
export!(
    PollingLevel,
    bench_polling_level_chain,
    bench_polling_level_echo,
    bench_polling_level_ping
);
export!(
    PolluxRust,
    bench_pollux_rust_chain,
    bench_pollux_rust_echo,
    bench_pollux_rust_ping
);
