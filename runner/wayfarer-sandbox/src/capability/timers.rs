//! `timers`: the attempt's clock.

use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};

use super::context::instant;
use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::timers::{Host, add_to_linker};
use crate::clock::wall_now;
use crate::tape::{Stop, Tape};

pub(super) struct Timers {
    tape: Tape,
    /// `describe` has nothing to wait for, and holds a place that others wait for.
    may_sleep: bool,
}

impl Capability for Timers {
    fn begin(grants: &Grants) -> Self {
        Self { tape: grants.tape.clone(), may_sleep: grants.context.is_some() }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl Host for Timers {
    async fn sleep_ms(&mut self, duration_ms: u32) -> wasmtime::Result<()> {
        if !self.may_sleep {
            let why = "`describe` must not sleep: it only says what the component holds";
            return Err(Stop::Misused(why.to_owned()).into());
        }
        // At the deadline the attempt ends in any case: its outer wait ends it.
        tokio::time::sleep(Duration::from_millis(duration_ms.into()).min(self.tape.limits().wall)).await;
        Ok(())
    }

    fn elapsed_us(&mut self) -> wasmtime::Result<u32> {
        Ok(u32::try_from(self.tape.now().0).unwrap_or(u32::MAX))
    }

    fn remaining_ms(&mut self) -> wasmtime::Result<u32> {
        Ok(u32::try_from(self.tape.remaining().as_millis()).unwrap_or(u32::MAX))
    }

    fn now_ms(&mut self) -> wasmtime::Result<f64> {
        Ok(instant(wall_now().as_millis()))
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;

    use super::*;

    #[tokio::test]
    async fn elapsed_and_remaining_add_up_to_the_deadline() {
        let wall = Duration::from_secs(30);
        let mut timers =
            Timers { tape: Tape::live(Limits { wall, ..Limits::default() }, [7; 32], None), may_sleep: true };
        timers.sleep_ms(2).await.unwrap();
        let elapsed = timers.elapsed_us().unwrap();
        assert!(elapsed >= 2_000, "{elapsed}");
        assert!(timers.remaining_ms().unwrap() <= 30_000 - elapsed / 1_000);
        assert!(timers.now_ms().unwrap() > 1_700_000_000_000.0);
    }

    #[tokio::test]
    async fn describe_has_no_sleep() {
        let mut timers = Timers { tape: Tape::live(Limits::default(), [7; 32], None), may_sleep: false };
        let error = timers.sleep_ms(1).await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(Stop::Misused(why)) if why.contains("must not sleep")));
    }

    #[tokio::test]
    async fn no_sleep_outlasts_the_deadline() {
        let wall = Duration::from_millis(5);
        let mut timers =
            Timers { tape: Tape::live(Limits { wall, ..Limits::default() }, [7; 32], None), may_sleep: true };
        let slept = tokio::time::timeout(Duration::from_secs(20), timers.sleep_ms(u32::MAX)).await;
        assert!(slept.is_ok());
        assert_eq!(timers.remaining_ms().unwrap(), 0);
    }
}
