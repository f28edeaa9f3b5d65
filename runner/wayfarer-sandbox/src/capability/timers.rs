//! `timers`: the attempt's clock.

use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::units::Micros;

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::timers::{Host, add_to_linker};
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
    async fn sleep(&mut self, duration_us: u64) -> wasmtime::Result<()> {
        if !self.may_sleep {
            let why = "`describe` must not sleep: it only says what the component holds";
            return Err(Stop::Misused(why.to_owned()).into());
        }
        // At the deadline the attempt ends in any case: its outer wait ends it.
        tokio::time::sleep(Duration::from_micros(duration_us).min(self.tape.limits().wall)).await;
        Ok(())
    }

    fn elapsed_us(&mut self) -> wasmtime::Result<u64> {
        Ok(self.tape.now().0)
    }

    fn remaining_us(&mut self) -> wasmtime::Result<u64> {
        Ok(Micros::from_duration(self.tape.remaining()).0)
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
        timers.sleep(2_000).await.unwrap();
        let elapsed = timers.elapsed_us().unwrap();
        assert!(elapsed >= 2_000, "{elapsed}");
        assert!(elapsed + timers.remaining_us().unwrap() <= 30_000_000 + elapsed);
        assert!(timers.remaining_us().unwrap() <= 30_000_000 - elapsed);
    }

    #[tokio::test]
    async fn describe_has_no_sleep() {
        let mut timers = Timers { tape: Tape::live(Limits::default(), [7; 32], None), may_sleep: false };
        let error = timers.sleep(1).await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(Stop::Misused(why)) if why.contains("must not sleep")));
    }

    #[tokio::test]
    async fn no_sleep_outlasts_the_deadline() {
        let wall = Duration::from_millis(5);
        let mut timers =
            Timers { tape: Tape::live(Limits { wall, ..Limits::default() }, [7; 32], None), may_sleep: true };
        let slept = tokio::time::timeout(Duration::from_secs(20), timers.sleep(u64::MAX)).await;
        assert!(slept.is_ok());
        assert_eq!(timers.remaining_us().unwrap(), 0);
    }
}
