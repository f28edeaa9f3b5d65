//! One attempt's session, set up for a test.

use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::egress::EgressPolicy;
use wayfarer_model::limits::Limits;
use wayfarer_model::traffic::{Blame, HttpFacts, TrafficError, TrafficErrorKind, TrafficRecord};

use crate::http::{
    HttpRequest, HttpResponse, HttpSession, RedirectPolicy, SealedSecrets, Secret, SecretPlaces, SendError,
};
use crate::net::{Network, NetworkSettings, RootStore};
use crate::tape::{Stop, Tape};

/// How to set one up; loopback is allowed, by address and by the name `localhost`.
pub(crate) struct Setup {
    pub(crate) settings: NetworkSettings,
    pub(crate) limits: Limits,
    pub(crate) secrets: Vec<Secret>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        let settings = NetworkSettings { roots: RootStore::Only(Vec::new()), ..NetworkSettings::default() };
        Self { settings, limits: Limits::default(), secrets: Vec::new() }
            .allow(&["127.0.0.0/8", "localhost:*"])
    }

    pub(crate) fn allow(mut self, entries: &[&str]) -> Self {
        self.settings.policy = EgressPolicy::parse("network.allow", entries.iter().copied()).unwrap();
        self
    }

    pub(crate) fn trust(mut self, authority_pem: &str) -> Self {
        self.settings.roots = RootStore::Only(vec![authority_pem.as_bytes().to_vec()]);
        self
    }

    pub(crate) fn limit(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    pub(crate) fn secret(mut self, name: &str, value: &str, hosts: &[&str]) -> Self {
        let hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
        let places = SecretPlaces {
            headers: vec![http::header::AUTHORIZATION, http::HeaderName::from_static("x-key")],
            basic: true,
            query: vec!["k".to_owned()],
            form: vec!["k".to_owned()],
            json: vec!["$.k".parse().unwrap()],
        };
        self.secrets.push(Secret { hosts, plaintext: true, places, ..Secret::new(name, value) });
        self
    }

    pub(crate) fn start(self) -> Rig {
        let tape = Tape::live(self.limits, [7; 32], None);
        let random = tape.clone();
        let secrets = Arc::new(SealedSecrets::new(self.secrets, |buffer| random.fill_random(buffer)));
        let network = Arc::new(Network::new(self.settings).unwrap());
        let session = Arc::new(HttpSession::new(network, tape.clone(), Arc::clone(&secrets)));
        Rig { tape, session, secrets }
    }
}

/// A session, and the tape that it writes on.
pub(crate) struct Rig {
    pub(crate) tape: Tape,
    pub(crate) session: Arc<HttpSession>,
    pub(crate) secrets: Arc<SealedSecrets>,
}

impl Rig {
    /// All at the same time; answers in order.
    pub(crate) async fn send_all(
        &self,
        requests: Vec<HttpRequest>,
    ) -> Result<Vec<Result<HttpResponse, TrafficError>>, Stop> {
        let sends = requests.into_iter().map(|request| async {
            match self.session.send(request).await {
                Ok(response) => Ok(Ok(response)),
                Err(SendError::Failed(error)) => Ok(Err(error)),
                Err(SendError::Stop(stop)) => Err(stop),
            }
        });
        futures_util::future::try_join_all(sends).await
    }

    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TrafficError> {
        // A test that hangs should fail, and say where.
        match tokio::time::timeout(Duration::from_secs(20), self.session.send(request)).await.unwrap() {
            Ok(response) => Ok(response),
            Err(SendError::Failed(error)) => Err(error),
            Err(SendError::Stop(stop)) => panic!("stopped: {stop}"),
        }
    }

    pub(crate) async fn get(&self, url: &str) -> Result<HttpResponse, TrafficError> {
        self.send(HttpRequest { redirects: RedirectPolicy::Follow(5), ..HttpRequest::new("GET", url) }).await
    }

    /// What a request fails with: kind, blame and text.
    pub(crate) async fn fails(&self, request: HttpRequest) -> (TrafficErrorKind, Blame, String) {
        let error = self.send(request).await.unwrap_err();
        (error.kind, error.blame, error.message)
    }

    /// Ends the tape.
    pub(crate) fn records(&self) -> Vec<TrafficRecord> {
        self.tape.finish().recording.traffic
    }
}

/// What only HTTP knows of a record.
pub(crate) fn http(record: &TrafficRecord) -> &HttpFacts {
    record.kind.http().unwrap()
}

pub(crate) fn get(url: &str) -> HttpRequest {
    HttpRequest::new("GET", url)
}

pub(crate) fn post(url: &str, media_type: &str, body: &str) -> HttpRequest {
    HttpRequest {
        headers: vec![("Content-Type".into(), media_type.into())],
        body: body.to_owned().into(),
        ..HttpRequest::new("POST", url)
    }
}

pub(crate) fn text(response: &HttpResponse) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}
