//! The calls of `http`, and what a number names: a request in flight, a response, or nothing any more.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::verdict::Reason;

use super::in_flight::{InFlight, one_of};
use super::words::{details, incoming, outgoing, refusal, short};
use crate::bindings::wayfarer::journey::http as wit;
use crate::capability::grants::Grants;
use crate::capability::link::Capability;
use crate::clock::thread_cpu;
use crate::http::{HttpRequest, HttpResponse, HttpSession, SendError};
use crate::json_path::{SelectError, room, select};
use crate::tape::{Tape, TrafficOwner};

/// A larger document is read on a thread of its own, in bytes: reading one cannot be interrupted.
const LARGE: usize = 256 << 10;

/// What a number names.
enum Slot {
    InFlight(InFlight),
    Response(Arc<HttpResponse>),
    /// It failed, or was released, abandoned or never started.
    Nothing,
}

pub(in crate::capability) struct Http {
    session: Arc<HttpSession>,
    tape: Tape,
    /// By the numbers that the tape gives.
    slots: Vec<Slot>,
}

impl Capability for Http {
    fn begin(grants: &Grants) -> Self {
        Self::over(&grants.session, &grants.tape)
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        wit::add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

type Answer<T> = wasmtime::Result<Result<T, wit::Error>>;

impl Http {
    pub(super) fn over(session: &Arc<HttpSession>, tape: &Tape) -> Self {
        Self { session: Arc::clone(session), tape: tape.clone(), slots: Vec::new() }
    }

    fn owner(&self) -> TrafficOwner {
        TrafficOwner { step: self.tape.current_step(), number: Some(self.tape.number_request()) }
    }

    async fn answer(&mut self, request: HttpRequest) -> Answer<wit::Response> {
        let number = request.owner.number.unwrap_or_default();
        let _held = self.tape.hold(request.body.len() as u64)?;
        let sent = self.session.send(request).await;
        self.keep(number, sent)
    }

    fn keep(&mut self, number: u32, sent: Result<HttpResponse, SendError>) -> Answer<wit::Response> {
        match sent {
            Ok(response) => {
                let answer = outgoing(number, &response);
                self.set(number, Slot::Response(Arc::new(response)));
                Ok(Ok(answer))
            }
            Err(SendError::Failed(error)) => {
                self.tape.tell(number);
                Ok(Err(refusal(error)))
            }
            Err(SendError::Stop(stop)) => Err(stop.into()),
        }
    }

    fn set(&mut self, number: u32, slot: Slot) {
        let place = number as usize;
        if self.slots.len() <= place {
            self.slots.resize_with(place + 1, || Slot::Nothing);
        }
        if let Some(known) = self.slots.get_mut(place) {
            *known = slot;
        }
    }

    fn response(&self, number: u32) -> wasmtime::Result<&Arc<HttpResponse>> {
        match self.slots.get(number as usize) {
            Some(Slot::Response(response)) => Ok(response),
            Some(Slot::InFlight(_)) => {
                wasmtime::bail!("request {number} is in flight: `take` its response first")
            }
            Some(Slot::Nothing) | None => wasmtime::bail!("there is no response {number}, or no longer"),
        }
    }

    fn in_flight(&self, number: u32) -> wasmtime::Result<&InFlight> {
        match self.slots.get(number as usize) {
            Some(Slot::InFlight(request)) => Ok(request),
            _ => wasmtime::bail!(
                "request {number} is not in flight: `start` gives the numbers that `wait` and `take` want"
            ),
        }
    }

    fn check_jar(&self, jar: Option<u32>) -> wasmtime::Result<()> {
        match jar {
            Some(jar) if !self.session.jars().has(jar) => wasmtime::bail!("there is no cookie jar {jar}"),
            _ => Ok(()),
        }
    }
}

impl wit::Host for Http {
    async fn fetch(
        &mut self,
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Answer<wit::Response> {
        let request = short((method, url), headers, body, self.owner());
        self.answer(request).await
    }

    async fn send(&mut self, request: wit::Request) -> Answer<wit::Response> {
        self.check_jar(request.jar)?;
        let request = incoming(request, self.owner());
        self.answer(request).await
    }

    fn start(&mut self, request: wit::Request) -> wasmtime::Result<u32> {
        self.check_jar(request.jar)?;
        let owner = self.owner();
        let number = owner.number.unwrap_or_default();
        let held = self.tape.hold(request.body.len() as u64)?;
        let started = InFlight::start(&self.session, incoming(request, owner), &self.tape, held);
        self.set(number, Slot::InFlight(started));
        Ok(number)
    }

    async fn wait(&mut self, requests: Vec<u32>, timeout_ms: Option<u32>) -> wasmtime::Result<Vec<u32>> {
        let mut waiters = Vec::with_capacity(requests.len());
        for number in &requests {
            waiters.push(self.in_flight(*number)?.waiter());
        }
        let done = |http: &Self| -> Vec<u32> {
            requests
                .iter()
                .copied()
                .filter(|number| http.in_flight(*number).is_ok_and(InFlight::is_done))
                .collect()
        };
        if requests.is_empty() || !done(self).is_empty() {
            return Ok(done(self));
        }
        one_of(waiters, timeout_ms.map(|ms| Duration::from_millis(ms.into()))).await;
        Ok(done(self))
    }

    async fn take(&mut self, number: u32) -> Answer<wit::Response> {
        self.in_flight(number)?;
        let slot = self.slots.get_mut(number as usize).map(|slot| std::mem::replace(slot, Slot::Nothing));
        let Some(Slot::InFlight(request)) = slot else {
            wasmtime::bail!("request {number} is not in flight")
        };
        let sent = request.take().await;
        self.keep(number, sent)
    }

    fn abandon(&mut self, number: u32) -> wasmtime::Result<()> {
        self.in_flight(number)?;
        self.set(number, Slot::Nothing);
        self.tape.give_up(number);
        Ok(())
    }

    fn last(&mut self) -> wasmtime::Result<Option<u32>> {
        Ok(self.tape.last_request())
    }

    fn header(&mut self, number: u32, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.response(number)?.header_text(&name))
    }

    fn headers(&mut self, number: u32) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.response(number)?.header_texts())
    }

    fn details(&mut self, number: u32) -> wasmtime::Result<wit::ResponseDetails> {
        Ok(details(self.response(number)?))
    }

    fn body(&mut self, number: u32, offset: u32, length: u32) -> wasmtime::Result<Vec<u8>> {
        let body = &self.response(number)?.body;
        let begin = (offset as usize).min(body.len());
        let end = begin.saturating_add(length as usize).min(body.len());
        Ok(body.get(begin..end).unwrap_or_default().to_vec())
    }

    fn text(&mut self, number: u32) -> wasmtime::Result<String> {
        let response = self.response(number)?;
        let _room = self.tape.hold(3 * response.body.len() as u64)?;
        Ok(response.text().into_owned())
    }

    async fn json(
        &mut self,
        number: u32,
        path: String,
    ) -> wasmtime::Result<Result<Vec<String>, wit::JsonError>> {
        let response = Arc::clone(self.response(number)?);
        let is_large = response.body.len() > LARGE;
        let tape = self.tape.clone();
        let read = move || -> wasmtime::Result<_> {
            let text = response.text();
            let _room = tape.hold(room(&path, &text))?;
            Ok(select(&path, &text))
        };
        let selected = if is_large { self.beside(read).await?? } else { read()? };
        if matches!(selected, Err(SelectError::Path(_))) {
            self.tape.refuse(Reason::Interface);
        }
        Ok(selected.map_err(|error| match error {
            SelectError::NotJson(why) => wit::JsonError::NotJson(why),
            SelectError::Path(why) => wit::JsonError::Path(why),
            SelectError::TooLarge(_) => wit::JsonError::Path(error.to_string()),
        }))
    }

    fn release(&mut self, number: u32) -> wasmtime::Result<()> {
        self.response(number)?;
        self.set(number, Slot::Nothing);
        Ok(())
    }
}

impl Http {
    /// Computes on a thread of its own, charged to the attempt.
    async fn beside<T: Send + 'static>(
        &self,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> wasmtime::Result<T> {
        let meter = self.tape.meter().clone();
        let computed = tokio::task::spawn_blocking(move || {
            let before = thread_cpu();
            let result = compute();
            meter.charge(thread_cpu().saturating_sub(before));
            result
        });
        computed.await.map_err(|error| wasmtime::format_err!("reading JSON failed: {error}"))
    }
}
