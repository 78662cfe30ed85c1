//! What every guest's store is given, whatever its runtime model: limits, time, cancellation, fuel.

use wasmtime::{Store, UpdateDeadline};

use crate::engine::EPOCH;
use crate::host::HostState;

/// Puts the limits of the store's run into force. `host` finds the [`HostState`] in the store's data.
///
/// At each tick of the engine's epoch the guest is stopped if its run was cancelled or has used up its own time;
/// otherwise it lets others run for a moment, after `tick`.
pub(super) fn prepare<T: Send + 'static>(
    store: &mut Store<T>,
    host: fn(&mut T) -> &mut HostState,
    tick: fn(&mut T),
) -> wasmtime::Result<()> {
    store.limiter(move |data| &mut host(data).limiter);
    // An engine that counts fuel starts a store with none, so that it must be given some in any case.
    if store.get_fuel().is_ok() {
        let fuel = host(store.data_mut()).run.limits.fuel.unwrap_or(u64::MAX);
        store.set_fuel(fuel)?;
    }
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |mut context| {
        let run = &host(context.data_mut()).run;
        run.clock.ran_while_asking(EPOCH);
        if run.cancel.is_cancelled() || run.clock.active() > run.limits.time {
            return Ok(UpdateDeadline::Interrupt);
        }
        tick(context.data_mut());
        Ok(UpdateDeadline::Yield(1))
    });
    Ok(())
}
