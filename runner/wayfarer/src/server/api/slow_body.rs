//! Ends a request whose body does not come: a peer that sends a head and then nothing, or a byte now and then.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// How long a peer may send nothing.
const PAUSE: Duration = Duration::from_secs(20);
/// How long a whole body may take.
const WHOLE: Duration = Duration::from_mins(5);

/// The peer was too slow.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time: {} s without a byte, or {} s in all", PAUSE.as_secs(), WHOLE.as_secs())]
struct Slow;

/// The layer below all routes.
pub(super) async fn bounded(request: Request, next: Next) -> Response {
    next.run(request.map(|body| Body::new(Awaited::new(body, PAUSE, WHOLE)))).await
}

struct Awaited {
    body: Body,
    longest_pause: Duration,
    pause: Pin<Box<Sleep>>,
    whole: Pin<Box<Sleep>>,
}

impl Awaited {
    fn new(body: Body, longest_pause: Duration, whole: Duration) -> Self {
        let (pause, whole) = (Box::pin(sleep(longest_pause)), Box::pin(sleep(whole)));
        Self { body, longest_pause, pause, whole }
    }
}

impl HttpBody for Awaited {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if self.whole.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(Slow.into())));
        }
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => {
                let until = now() + self.longest_pause;
                self.pause.as_mut().reset(until);
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending if self.pause.as_mut().poll(context).is_ready() => {
                Poll::Ready(Some(Err(Slow.into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[expect(clippy::disallowed_methods, reason = "a timer of the runtime is set by the runtime's clock")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};

    use super::*;

    #[tokio::test]
    async fn a_body_that_stops_or_drips_is_ended() {
        const PAUSE: Duration = Duration::from_millis(400);
        let read = async |body: Body| {
            let body = Awaited::new(body, PAUSE, Duration::from_secs(2));
            let mut pieces = Body::new(body).into_data_stream();
            let mut count = 0;
            loop {
                match pieces.next().await {
                    Some(Ok(_)) => count += 1,
                    Some(Err(error)) => return (count, Some(error.to_string())),
                    None => return (count, None),
                }
            }
        };
        let piece = || Ok::<_, std::io::Error>(Bytes::from_static(b"x"));
        let stops = stream::once(async move { piece() }).chain(stream::pending());
        let (count, error) = read(Body::from_stream(stops)).await;
        assert!(count == 1 && error.unwrap().contains("did not arrive in time"));
        let drips = stream::unfold((), move |()| async move {
            sleep(PAUSE / 8).await;
            Some((piece(), ()))
        });
        let (count, error) = read(Body::from_stream(drips)).await;
        assert!(count <= 40 && error.is_some(), "{count} bytes");
        assert_eq!(read(Body::from("{\"journeys\":[]}")).await, (1, None));
    }
}
