// SPDX-License-Identifier: MIT
//! The example at work.

#[allow(dead_code)]
#[path = "../examples/echo.rs"]
mod echo;

use pollux::Backend;

#[test]
fn a_client_that_does_not_read_is_not_read_from_and_loses_nothing() {
    let total = 32 << 20;
    for backend in Backend::available() {
        let (taken, changes) = echo::demonstrate(backend, total).unwrap();
        assert!(taken < total, "{}: the server took all", backend);
        assert!(
            changes >= 2,
            "{}: the server never waited to write",
            backend
        );
    }
}
